/* SPDX-License-Identifier: Apache-2.0 */
/* What every decoded struct begins with, and lists of NAME = value. */
#ifndef CORE_DECL_H
#define CORE_DECL_H

#include <stddef.h>
#include <stdint.h>

#define DECL_FIELDS 40 /* no schema has more rows */

/* First member of every decoded struct: which fields were said, and where. Bit and index = schema row. */
struct decl {
	uint64_t set;     /* said, and decoded */
	uint64_t said;    /* said, right or wrong */
	const char *file; /* of the block, as shown in messages; may be an included one */
	int line;         /* of the block */
	int lines[DECL_FIELDS];
};

struct strings {
	const char **at;
	size_t count;
};

struct env_var {
	const char *name, *value;
};

struct env_vars {
	struct env_var *at;
	size_t count;
};

#endif
