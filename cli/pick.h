/* SPDX-License-Identifier: Apache-2.0 */
/* Which boxes of the store a command line means: a name, narrowed by options. */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include "boxes/entry.h"
#include "cli/options.h"

struct pick {
	const char *name;
	const char *version, *provider, *architecture; /* NULL: any */
};

#define PICK_ROWS(pick_)                                                                              \
	{ 0, "box-version", OPTION_STRING, &(pick_)->version, "VERSION", "only this one" },           \
		{ 0, "provider", OPTION_STRING, &(pick_)->provider, "PROVIDER", "kvm or container" }, \
	{                                                                                             \
		'a', "architecture", OPTION_STRING, &(pick_)->architecture, "ARCH",                   \
			"amd64, arm64, …"                                                           \
	}

/* A path is taken as the store has it: absolute. */
bool pick_fits(const struct pick *pick, const struct entry *e);
/* "1.1 (kvm, amd64); 1.0 (kvm, amd64)", for people. Caller frees. */
char *pick_choices(const struct entry *const *at, size_t count);
/* Those that fit, borrowed from `all`, freed by the caller. ERROR_NOT_FOUND with the nearest name, or what there is of that name, if none does. */
int pick_entries(const struct pick *pick, const struct entries *all, const struct entry ***out,
		 size_t *out_count, struct error *err);

#endif
