/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of kind rsync and copy, brought into a machine that runs. */
#ifndef CLI_SYNC_H
#define CLI_SYNC_H

#include "cli/session.h"
#include "guest/copier.h"

#define SYNC_FOLDERS "folders" /* below a machine's directory: what is kept of its folders */

/* One machine and its folders. To be cleared with syncing_clear(). */
struct syncing {
	struct session *session; /* borrowed, as the other two */
	const struct machine *want;
	const struct observed_machine *have; /* its provider, id and login are looked at */
	struct guest **
		guest; /* the login, kept by the caller; NULL behind it: opened where it is needed */
	struct copier **copiers; /* one a folder, made as needed */
};

struct sync_result {
	size_t files, others; /* sent; others are directories and the like */
	uint64_t bytes;
	size_t removed;
	size_t skipped;
	char *skipped_first; /* NULL: none */
	int64_t took_ms;
};

/* Whether that kind is brought into the machine, not shared with it. */
bool sync_is_for(const struct folder *f);
/* Makes the folder's directory on this host if it says create = true. */
int sync_make_source(const struct session *s, const struct folder *f, struct error *err);
/* Brings want->folders[index]; `how` as for copier_sync(). Adds to *sum. After an error the login may be closed. */
int sync_folder(struct syncing *s, size_t index, unsigned how, struct sync_result *sum,
		struct error *err);
/* Completes what COPIER_KEEP left undone. */
int sync_save(struct syncing *s, struct error *err);
/* Why that folder, one of sync_is_for(), has still to be brought: "./src was never copied"; NULL: it was. Caller frees. */
char *sync_reason(struct session *s, const struct observed_machine *have, const struct folder *f);
/* "sent 3 files (12 KiB), removed 2, in 0.1 s" or "up to date". Caller frees. */
char *sync_describe(const struct sync_result *r);
/* "left out 2 that …, such as 'fifo'"; NULL if nothing was left out. Caller frees. */
char *sync_describe_skipped(const struct sync_result *r, const struct folder *f);
/* {"files","directories","bytes","removed","elapsed_ms"} */
json_t *sync_document(const struct sync_result *r);
/* What `part` names goes over to `sum`. */
void sync_result_add(struct sync_result *sum, struct sync_result *part);
void sync_result_clear(struct sync_result *r);
void syncing_clear(struct syncing *s);
#define cleanup_sync_result cleanup(sync_result_clear)

#endif
