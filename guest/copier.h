/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of this host copied into a machine, and copied again when it has changed: only what differs from what was
 * sent before goes, as one tar stream over one channel, and only what was sent before is removed. The guest needs sh and
 * tar, of busybox too.
 *
 * What was sent is kept on this host (guest/sent.h). The guest has a mark below ~/.local/state/bothy of whoever writes
 * there, root if the login may become that: a machine that was put back to an earlier state gets everything again.
 */
#ifndef GUEST_COPIER_H
#define GUEST_COPIER_H

#include "core/folder.h"
#include "core/fs.h"
#include "guest/guest.h"

struct copier; /* owned */

struct copier_result {
	size_t files, directories; /* sent; links are files */
	uint64_t bytes;
	size_t removed;
	bool whole;          /* everything went, not only what differs */
	size_t skipped;      /* devices, sockets and the like */
	char *skipped_first; /* one of them; owned, NULL if there is none */
};

/*
 * `folder` is borrowed as long as the copier lives. What was sent to the machine of that id (the engine's) is kept in
 * `directory`, made if missing.
 */
struct copier *copier_new(const struct folder *folder, const char *machine_id,
			  const char *directory, const struct owner *owner);
/* Where it keeps that, without the suffix: another place for each machine and each way of copying. Caller frees. */
char *copier_name(const struct folder *folder, const char *machine_id, const char *directory);
/* Whether a copy into that machine has ever come to its end. */
bool copier_has_copied(const struct folder *folder, const char *machine_id, const char *directory);
void copier_free(struct copier **c);
#define cleanup_copier cleanup(copier_free)

/*
 * Brings the machine to what the directory holds now; `full` sends everything again. After a failure or an interruption
 * the next call, of another process too, makes up for it. Files belong to the folder's owner and group, by default the
 * login's. With COPIER_KEEP the record is
 * only added to, which is quick for large trees: copier_save() completes it.
 * ERROR_GUEST for what the guest cannot do, others for what cannot be read here.
 */
int copier_sync(struct copier *c, struct guest *g, unsigned how, struct copier_result *out,
		struct error *err);
enum { COPIER_FULL = 1, COPIER_KEEP = 2 }; /* how */
/* Completes what is kept of what was sent. */
int copier_save(struct copier *c, struct error *err);
void copier_result_clear(struct copier_result *r);
#define cleanup_copier_result cleanup(copier_result_clear)

#endif
