/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a machine keeps who it is, and what has to go before others are made from it: keys, ids, leases, seeds of
 * random numbers, logs, histories. One table for machines that run (guest/scrub.h) and for trees that are packed.
 */
#ifndef CORE_IDENTITY_PATHS_H
#define CORE_IDENTITY_PATHS_H

#include <stddef.h>
#include <sys/types.h>

enum identity_fate {
	IDENTITY_KEEP,
	IDENTITY_EMPTY,  /* a file stays, without content; what is no file is kept */
	IDENTITY_REMOVE, /* with all that is below it */
	IDENTITY_UNLINK, /* removed where it is a file; a symbolic link is no identity */
	IDENTITY_KEYS, /* lists who may log in: our keys go, or all where that cannot be told: emptied */
};

struct identity_path {
	/*
	 * From the root, without a slash before it. "*" stands for any characters but "/", and matches names with a
	 * dot before them only at the end ("tmp" and all that is in it: "tmp/" followed by "*").
	 */
	const char *pattern;
	enum identity_fate fate;
};

/* Static. */
const struct identity_path *identity_paths(size_t *out_count);
/* What becomes of the path ("etc/machine-id"), which is of that type and mode (stat(2)). */
enum identity_fate identity_path_fate(const char *path, mode_t mode);

#endif
