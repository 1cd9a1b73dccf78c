/* SPDX-License-Identifier: Apache-2.0 */
/* Output of provisioners, cut into whole lines: each event holds lines that are complete. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "core/event.h"
#include "core/text.h"

/* The first three members filled is ready. */
struct lines {
	const struct watcher *watch;
	const char *machine, *step;
	struct text pending[2];
};

/* Takes bytes of stream 1 or 2. Always 0. */
int lines_add(struct lines *l, int stream, const void *data, size_t len);
/* Emits what came without a newline, and clears. */
void lines_finish(struct lines *l);

#endif
