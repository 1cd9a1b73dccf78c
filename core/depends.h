/* SPDX-License-Identifier: Apache-2.0 */
/* depends_on: names to indices, and no circles. */
#ifndef CORE_DEPENDS_H
#define CORE_DEPENDS_H

#include "core/env.h"
#include "core/error.h"

/* Sets the dependencies of machine `index` from names; unknown ones and itself become problems at `line`. */
void depends_resolve(struct env *env, size_t index, const struct strings *names, int line,
		     struct problems *problems);
/* Reports each circle once, naming its machines in order. */
void depends_check_cycles(const struct env *env, struct problems *problems);

#endif
