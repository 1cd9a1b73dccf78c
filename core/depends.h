/* SPDX-License-Identifier: Apache-2.0 */
/* depends_on: names to indices, and no circles. */
#ifndef CORE_DEPENDS_H
#define CORE_DEPENDS_H

#include "core/env.h"
#include "core/error.h"

/* `said` is what the machine itself declares: naming itself there is a problem at `line`. */
void depends_check_self(const struct machine *m, const struct strings *said, int line,
			struct problems *problems);
/*
 * Sets the dependencies of machine `index` from names, also inherited ones; unknown ones become
 * problems at `line`. A machine that inherits itself does not wait for itself.
 */
void depends_resolve(struct env *env, size_t index, const struct strings *names, int line,
		     struct problems *problems);
/* Reports each circle once, naming its machines in order. */
void depends_check_cycles(const struct env *env, struct problems *problems);

#endif
