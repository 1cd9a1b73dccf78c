/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: running a command with input, and collecting what it says. */
#ifndef GUEST_RUN_H
#define GUEST_RUN_H

#include <sys/types.h>

#include "guest/guest.h"

struct run_input {
	const void *data; /* first this */
	size_t len;
	int fd; /* then this to its end; -1: nothing */
	/* Or, if not NULL, what this puts into buf: how many bytes, 0 at the end, -1 with err set. */
	ssize_t (*read)(void *ctx, void *buf, size_t size, struct error *err);
	void *ctx;
};

struct run_spec {
	const char *command;
	const char *what;                  /* for messages; NULL: "running a command in 'web'" */
	const struct run_input *input;     /* NULL: empty */
	const struct guest_output *output; /* NULL: thrown away */
	int64_t deadline_ms;
	bool regardless; /* goes on although the user interrupted */
};

int run_command(struct guest *g, const struct run_spec *spec, int *out_status, struct error *err);
/* As above, with the end of the output of both streams (at most 64 KiB) in *said instead. */
int run_capture(struct guest *g, const struct run_spec *spec, struct text *said, int *out_status,
		struct error *err);
/* The last line that is not empty, for messages: "no reason given" if there is none. Cuts `said` short. */
const char *run_last_line(struct text *said);
/* The same of tar: GNU's last line never says why it failed, the one before does. */
const char *run_tar_reason(struct text *said);
/* What stands behind `mark` in its line; NULL if it was not said. Shells and programs may have said more. Caller frees. */
char *run_marked(const struct text *said, const char *mark);

#endif
