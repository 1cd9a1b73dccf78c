/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of this host brought into a machine by the host's rsync, which finds out itself what differs. */
#ifndef GUEST_RSYNC_H
#define GUEST_RSYNC_H

#include <stdint.h>

#include "core/env.h"
#include "core/folder.h"
#include "core/text.h"

struct rsync { /* all borrowed */
	const struct folder *folder;
	const char *machine; /* as `shell` knows it */
	const char *user;    /* who logs in */
	const char *shell;   /* for rsync's -e: see rsync_add_word() */
	bool full;           /* contents are compared, not sizes and times */
};

struct rsync_result {
	size_t files;   /* transferred */
	size_t others;  /* directories, links and the like that were made */
	uint64_t bytes; /* of those files */
	size_t removed;
	size_t skipped;      /* devices, sockets and the like */
	char *skipped_first; /* one of them; owned, NULL if there is none */
};

/*
 * Runs it: what is gone here goes there too, except what the patterns leave out. Files belong to the folder's owner and
 * group, by default the login's. ERROR_GUEST with a hint if there is no rsync in the guest, ERROR_NOT_FOUND with one if
 * there is none here.
 */
int rsync_run(const struct rsync *r, struct rsync_result *out, struct error *err);
void rsync_result_clear(struct rsync_result *r);
#define cleanup_rsync_result cleanup(rsync_result_clear)
/* Adds a word to a command for rsync's -e, quoted as rsync(1) wants it there. */
void rsync_add_word(struct text *shell, const char *word);
/* The --filter options that leave out what the patterns do in gitignore(5); strings live in the arena. */
struct strings rsync_filters(const struct strings *patterns, struct arena *a);

#endif
