/* SPDX-License-Identifier: Apache-2.0 */
/* What a provisioner says while it runs: shown as it comes, kept in its log, its last lines remembered for its failure. */
#ifndef CLI_TRANSCRIPT_H
#define CLI_TRANSCRIPT_H

#include "cli/session.h"
#include "core/event.h"
#include "core/plan.h"
#include "guest/guest.h"

struct transcript;

/*
 * For a STEP_PROVISION. Its log of an earlier run is gone then. Of what is sensitive one line is shown and kept, which
 * says that it is.
 */
int transcript_open(struct session *s, const struct watcher *watch, const struct step *step,
		    struct transcript **out, struct error *err);
/* As struct guest_output wants it: ctx is the transcript. Never fails. */
int transcript_write(void *ctx, int stream, const void *data, size_t len, struct error *err);
/* A line of ours among what it says: "try 2 of 3". */
void transcript_say(struct transcript *t, const char *line);
/*
 * Ends it, and the log. With `failed`, the error that it ended with, adds the command's first line and, where nobody
 * has just read them on a terminal (of the only machine there), the last lines; and where to read on. Nothing of what
 * is sensitive. Frees it.
 */
void transcript_close(struct transcript **t, struct error *failed);

#endif
