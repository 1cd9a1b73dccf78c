/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory, in an order that neither locale nor file system changes: digests are made over it. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stddef.h>

#include "core/error.h"
#include "core/mem.h"

struct names {
	char **at;
	size_t count;
};

/* All names but "." and "..", ordered by their bytes. On error there is nothing to free. */
int names_in(const char *path, struct names *out, struct error *err);
void names_free(struct names *n);

#define cleanup_names cleanup(names_free)

#endif
