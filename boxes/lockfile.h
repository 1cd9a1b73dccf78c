/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bothy.lock: which boxes, byte for byte, a project's machines are made from, and what its
 * provisioning files were. One JSON object a line, members always in the same order, lines sorted: branches that
 * add boxes in different places merge without a conflict, and those that add them in the same place do with
 * "bothy.lock merge=union" in .gitattributes, since the order of lines means nothing to whoever reads them.
 * A conflict that is left in the file, and the same item twice, are errors with their line.
 *
 *   {"box":"debian/12","provider":"kvm","architecture":"amd64","wanted":">= 2026","version":"20261114","size":340787200,"sha256":"…","urls":["https://…"]}
 *   {"file":"app.sh","sha256":"…"}
 *
 * "wanted" is the box_version that asked for it: machines that ask for different versions of a box have a line each. It is
 * left out where any version will do, "version" where there is none. Mirrors are further strings in "urls", added by hand: they are kept.
 * Other members are errors that name them. Strings that are not UTF-8: boxes/jsonstring.h. Lines may end in CR LF.
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
	char *wanted;  /* the constraint that asked for it; NULL: any version */
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
/* Atomic; writes nothing if the file has these very bytes already, nor an empty lock where there is no file. */
int lockfile_save(const struct lockfile *l, const char *path, const struct owner *owner,
		  struct error *err);
/* Of the same name, provider and architecture, and asked for in the same way (all compared as given), or NULL. Borrowed. */
const struct lock_box *lockfile_box(const struct lockfile *l, const struct lock_box *like);
/* Whether they are of the same name, provider and architecture. */
bool lock_box_is_kin(const struct lock_box *a, const struct lock_box *b);
/* Of that path, or NULL. Borrowed. */
const struct lock_file *lockfile_file(const struct lockfile *l, const char *path);
/* Puts a copy in, or in the place of the one that lockfile_box() finds. URLs that its kin of the same digest have are kept behind the new ones. */
void lockfile_put_box(struct lockfile *l, const struct lock_box *box);
void lockfile_put_file(struct lockfile *l, const char *path, const char *digest);
/* The index-th one; others keep their order. */
void lockfile_drop_box(struct lockfile *l, size_t index);
void lockfile_drop_file(struct lockfile *l, const char *path);
/* A line for people for each difference between the two: "box debian/12 (kvm, amd64): not locked yet", …; returns how many. */
size_t lockfile_differences(const struct lockfile *before, const struct lockfile *after,
			    struct problems *out);
void lockfile_clear(struct lockfile *l);
#define cleanup_lockfile cleanup(lockfile_clear)

#endif
