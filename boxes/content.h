/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in the store under a digest: boxes/DIGEST.json in the home of boxes, written once all is
 * known of it, just before its disks or its root filesystem are where they belong. Its times tell when it was last used.
 */
#ifndef BOXES_CONTENT_H
#define BOXES_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/image.h"

struct content {
	char digest[DIGEST_HEX_BYTES]; /* SHA-256 of the file that was given */
	enum image_kind kind;
	uint64_t size_bytes; /* of that file */
	struct image_disk disks[IMAGE_MAX_DISKS];
	size_t disk_count;
	char *user; /* who to log in as; NULL: "vagrant" with the well-known key, else "root"; owned */
	unsigned first_boot; /* enum first_boot */
	char *architecture; /* as its metadata tells, in Debian's words; NULL if it does not; owned */
};

/* ERROR_NOT_FOUND if there is none; a file that is damaged counts as none. */
int content_load(const char *home, const char *digest, struct content *out, struct error *err);
int content_save(const char *home, const struct content *c, struct error *err);
/* Gone already is success. */
int content_remove(const char *home, const char *digest, struct error *err);
/* Remembers that it is used now. Failing to is no error. */
void content_touch(const char *home, const char *digest);
/* Seconds since 1970 of the last use; 0 if there is no such content. */
int64_t content_used_at(const char *home, const char *digest);
/* Digests of all there are, sorted, also of damaged ones, whose disks may still lie about; freed by the caller, strings and list. */
int content_list(const char *home, char ***out, size_t *out_count, struct error *err);
/* Borrows from c and name. The first of its disks; where a root filesystem is, the caller adds. */
void content_image(const struct content *c, const char *name, struct image *out);
void content_clear(struct content *c);
#define cleanup_content cleanup(content_clear)

#endif
