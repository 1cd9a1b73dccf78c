/* SPDX-License-Identifier: Apache-2.0 */
/* Logs as they grow. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <sys/types.h>

#include "cli/logs.h"

/* How far a log was shown. */
struct followed {
	char *path;
	ino_t inode; /* a log that is begun anew is another file */
	uint64_t shown;
};

/* Shows whole lines of logs. The first two members filled is ready. */
struct follower {
	void (*show)(void *ctx, const struct log *log, const char *data, size_t len);
	void *ctx;
	struct followed *at;
	size_t count;
};

/* Takes a log for shown as far as its first `shown` bytes. */
void follow_skip(struct follower *f, const struct log *log, uint64_t shown);
/*
 * Shows what has come to that log since the last call: all of one that is new or was begun anew; of one that was cut in
 * its middle, what comes from now on. One that is gone is no error.
 */
int follow_look(struct follower *f, const struct log *log, struct error *err);
void follow_clear(struct follower *f);

#endif
