/* SPDX-License-Identifier: Apache-2.0 */
/* A root filesystem in the store of the samples' folder. */
#ifndef TESTS_UNIT_STORED_SAMPLE_H
#define TESTS_UNIT_STORED_SAMPLE_H

#include "tests/unit/import_samples.h"

/* The tree of a box that was taken in; {0} is none. */
struct stored {
	char *root;
};

static inline void stored_clear(struct stored *s)
{
	free(s->root);
	*s = (struct stored){ 0 };
}
#define cleanup_stored cleanup(stored_clear)

static inline int store_file(const char *name, const struct rootfs_limits *limits,
			     struct stored *out, struct error *err)
{
	cleanup_growing struct growing *file = NULL;
	struct import_spec spec = { .name = name, .limits = limits };
	struct content c = { 0 };

	if (growing_open(sample_path(name), &file, err) < 0)
		return -1;
	spec.file = file;
	if (take_any(&spec, NULL, &c, err) < 0)
		return -1;
	out->root = rootfs_stored(sample_path("home"), c.digest);
	content_clear(&c);
	return 0;
}

#endif
