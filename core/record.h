/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ran in a machine: one result a provisioner, kept in .bothy/machines/<name>/provision.json as
 * {"machine":ID,"ran":[{"name","digest","ok"}],"ready":DIGEST,"start":TEXT}. A machine made anew has another id, and
 * then nothing has run in it.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/env.h"
#include "core/error.h"
#include "core/fs.h"

struct record_entry {
	const char *name;
	char digest[DIGEST_HEX_BYTES];
	bool ok;
};

struct record {
	struct arena arena;
	const char *machine_id; /* the engine's id of the machine; NULL: nothing known */
	struct record_entry *entries;
	size_t count;
	/* Of the readiness (core/readiness.h) it was last seen to reach, if that was since it started; else "". */
	char ready[DIGEST_HEX_BYTES];
	const char *start; /* observed_machine.start when it was; NULL: unknown */
};

/* Loads the record; a missing or damaged file is an empty record. */
void record_load(const char *path, struct record *out);
/*
 * Puts the result of p in, one of `all`, the machine's provisioners, under the digest of what has run. The other results
 * follow their provisioners to the names these have now; those of provisioners that are gone are dropped.
 */
void record_set(struct record *r, const struct provisioners *all, const struct provisioner *p,
		const char *digest, bool ok);
/* That it was seen to reach the readiness of that digest after that start; NULL: it is not known to. */
void record_set_ready(struct record *r, const char *digest, const char *start);
/* Forgets everything if it is not about the machine of that id. */
void record_for_machine(struct record *r, const char *machine_id);
int record_save(const struct record *r, const char *path, const struct owner *owner,
		struct error *err);
/*
 * The result of p, one of `all`: that of its digest, also under an earlier name, else that of its
 * name (then it has changed), else NULL. No result stands for two provisioners. Borrowed.
 */
const struct record_entry *record_find(const struct record *r, const struct provisioners *all,
				       const struct provisioner *p);
void record_clear(struct record *r);
#define cleanup_record cleanup(record_clear)

#endif
