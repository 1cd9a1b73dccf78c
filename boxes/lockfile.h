/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bothy.lock: which boxes, byte for byte, a project's machines are made from, and what its
 * provisioning files were. One JSON object a line, members always in the same order, lines sorted: two branches
 * that add boxes merge without a conflict, and a conflict that is left in the file is an error with its line.
 *
 *   {"box":"debian/12","provider":"kvm","architecture":"amd64","version":"20261114","size":340787200,"sha256":"…","urls":["https://…"]}
 *   {"file":"app.sh","sha256":"…"}
 *
 * "version" is left out where there is none. Mirrors are further strings in "urls", added by hand: they are kept.
 */
#ifndef BOXES_LOCKFILE_H
#define BOXES_LOCKFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boxes/offer.h"
#include "core/error.h"
#include "core/fs.h"

#define LOCKFILE_NAME "bothy.lock"

struct lock_box {
	char *name; /* as the machine's box field has it; relative paths stay so */
	char *provider, *architecture;
	char *version; /* NULL: none */
	uint64_t size_bytes;
	char digest[DIGEST_HEX_BYTES];
	char **urls;
	size_t url_count;
};

struct lock_file {
	char *path; /* relative to the project */
	char digest[DIGEST_HEX_BYTES];
};

struct lockfile {
	struct lock_box *boxes;
	size_t box_count;
	struct lock_file *files;
	size_t file_count;
};

/* No file is an empty lock. ERROR_BOX names file, line and what is wrong. */
int lockfile_load(const char *path, struct lockfile *out, struct error *err);
/* Atomic; writes nothing if the file has these very bytes already. */
int lockfile_save(const struct lockfile *l, const char *path, const struct owner *owner,
		  struct error *err);
/* Of that name, provider and architecture (compared as given), or NULL. Borrowed. */
const struct lock_box *lockfile_box(const struct lockfile *l, const char *name,
				    const char *provider, const char *architecture);
/* Puts a copy in, or in the place of the one with the same name, provider and architecture: then URLs it had are kept behind the new ones if the digest is the same. */
void lockfile_put_box(struct lockfile *l, const struct lock_box *box);
void lockfile_put_file(struct lockfile *l, const char *path, const char *digest);
/* Every box of that name, whatever its provider and architecture. */
void lockfile_drop_box(struct lockfile *l, const char *name);
void lockfile_drop_file(struct lockfile *l, const char *path);
/* A line for people for each difference between the two: "box debian/12 (kvm, amd64): not locked yet", …; returns how many. */
size_t lockfile_differences(const struct lockfile *before, const struct lockfile *after,
			    struct problems *out);
void lockfile_clear(struct lockfile *l);
#define cleanup_lockfile cleanup(lockfile_clear)

#endif
