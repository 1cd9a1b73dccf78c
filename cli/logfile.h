/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that cannot fill the disk: of what is written to it, whole up to some size, the beginning and the end are kept,
 * with a line between them that says how much is left out.
 */
#ifndef CLI_LOGFILE_H
#define CLI_LOGFILE_H

#include <stddef.h>

#include "core/error.h"
#include "core/fs.h"

#define LOGFILE_HEAD_BYTES ((size_t)4 << 20)
/* Of the end at least so much is kept, and never twice as much. */
#define LOGFILE_TAIL_BYTES ((size_t)4 << 20)
/* "[bothy: 123456 bytes are left out here]", at the head's end. */
#define LOGFILE_GAP "[bothy: %llu bytes are left out here]\n"

struct logfile;

/* A new file of mode 0600 in the place of any that was there; whoever reads that one goes on seeing it. */
int logfile_open(const char *path, const struct owner *owner, struct logfile **out,
		 struct error *err);
/* Each call is to hold whole lines. A disk that is full stops the log, not what is logged: logfile_close() tells. */
void logfile_add(struct logfile *l, const void *data, size_t len);
/* -1 if not everything could be written. Frees it in any case. */
int logfile_close(struct logfile **l, struct error *err);

#endif
