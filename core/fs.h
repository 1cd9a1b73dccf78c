/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and folders: whole-file reads with a limit, atomic writes, locks, and removal of trees.
 *
 * What bothy writes into a project belongs to whoever owns the project's directory, also under
 * sudo: `struct owner` travels to every call that creates something there.
 */
#ifndef CORE_FS_H
#define CORE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/text.h"

struct owner {
	bool set; /* false: leave what is created to the caller's own ids */
	uid_t uid;
	gid_t gid;
};

/* Who owns `directory`; set only when running as root. */
struct owner fs_owner_of(const char *directory);
/* Gives what the descriptor is of to the owner, who may be NULL; -1 with errno. */
int fs_give(int fd, const struct owner *owner);

/* Appends the file to `out`; more than max_bytes is an error that names the limit. */
int fs_read(const char *path, size_t max_bytes, struct text *out, struct error *err);
/*
 * Temp file beside it, fsync, rename, fsync of the directory: a reader sees the old or the new
 * file, also after a crash. What killed processes left of theirs goes. `owner` may be NULL.
 */
int fs_write(const char *path, const void *data, size_t len, mode_t mode, const struct owner *owner,
	     struct error *err);
/* Removes what killed processes left of writing that file or, if the path ends with a slash, any in that folder. */
void fs_sweep(const char *path);
/*
 * Opens the file or directory to be read, if `directory`, a project's, absolute and without links, has it in it: also where
 * somebody puts links there meanwhile. NULL: wherever it is. ERROR_DENIED if a link leads out, or into .bothy.
 */
int fs_open_within(const char *directory, const char *path, int *out_fd, struct error *err);
/* As fs_read(), of what fs_open_within() opens. */
int fs_read_within(const char *directory, const char *path, size_t max_bytes, struct text *out,
		   struct error *err);
/* Writes everything to a descriptor; -1 with errno. */
int fs_write_all(int fd, const void *data, size_t len);
/* Makes the directory and its parents; those it made get mode and owner (may be NULL). */
int fs_make_dirs(const char *path, mode_t mode, const struct owner *owner, struct error *err);
/* The same of an absolute path where others may put links on the way: one of them is no directory. */
int fs_make_dirs_without_links(const char *path, mode_t mode, const struct owner *owner,
			       struct error *err);
/* Removes a file or a whole tree, without following symlinks or crossing mounts. Gone already is success. */
int fs_remove(const char *path, struct error *err);
bool fs_exists(const char *path);

/* Joins with exactly one slash; an absolute `name` wins. Caller frees. */
char *fs_join(const char *directory, const char *name);
/* Absolute path without symlinks; the file must exist. Caller frees. */
int fs_real_path(const char *path, char **out, struct error *err);
/* The home of whoever runs this, under sudo the caller's; NULL if there is none. Caller frees. */
char *fs_user_home(void);
/* Where bothy keeps boxes: $BOTHY_HOME, else /var/lib/bothy for root, else $XDG_DATA_HOME/bothy. Caller frees. */
char *fs_home(void);

/*
 * A file that comes with the program, such as "catalog.json": below the installed share, or for a program that
 * stands in the build folder of its sources below boxes/ there. It need not exist. Caller frees.
 */
char *fs_shipped(const char *name);

/*
 * Takes an exclusive lock on the file, made if missing; the holder's pid and `what` are written
 * into it, if the disk has room. Held by someone else: ERROR_BUSY, saying by whom. With wait_ms > 0 it keeps trying that
 * long. *out_fd releases the lock when closed. Only its holder may remove the file: what is locked is the file of that
 * name, not one that had it.
 */
int fs_lock(const char *path, const char *what, int wait_ms, const struct owner *owner, int *out_fd,
	    struct error *err);

#endif
