/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation of the fake provider on its state file: it is counted, waits, takes the lock, and
 * can be told to go wrong before its beginning and between its halves. What is not committed has
 * not happened.
 */
#ifndef PROVIDERS_FAKE_CHANGE_H
#define PROVIDERS_FAKE_CHANGE_H

#include <jansson.h>

#include "providers/fake_fault.h"
#include "providers/provider.h"

struct fake { /* the fake provider's struct provider */
	struct provider base;
	char *path;  /* of the state file; owned */
	char *bases; /* directory of what was poured; owned */
	struct fake_faults faults;
};

const struct fake *fake_of(const struct provider *p);

struct fake_change {
	const struct fake *fake;
	const char *operation, *subject; /* "machine_create", "web"; borrowed */
	unsigned number;
	int64_t deadline_ms; /* $BOTHY_FAKE's delay ends then, at the latest; 0: no matter when */
	json_t *root;        /* the state as it will be written */
	int lock_fd;
};

#define FAKE_NO_CHANGE        \
	{                     \
		.lock_fd = -1 \
	}

/* -1 with ERROR_STOPPED if interrupted meanwhile, ERROR_PROVIDER if told to fail. */
int fake_change_begin(struct fake_change *c, const struct provider *p, const char *operation,
		      const char *subject, struct error *err);
/* The same in two steps, for what takes long and needs no lock for it: it is counted; then the lock is taken. */
int fake_change_announce(struct fake_change *c, const struct provider *p, const char *operation,
			 const char *subject, struct error *err);
int fake_change_lock(struct fake_change *c, struct error *err);
/*
 * What a log calls the machine of that id: its name tells more. It cannot change between this and
 * the lock. The caller frees it.
 */
char *fake_change_name(const struct provider *p, const char *id);
/* The machine of that id, in whatever state; borrowed. NULL with ERROR_NOT_FOUND if there is none. */
json_t *fake_change_machine(const struct fake_change *c, const char *id, struct error *err);
/* Call it between the halves: it fails or kills if told to, and leaves the first half in the file. */
int fake_change_half(struct fake_change *c, struct error *err);
int fake_change_commit(struct fake_change *c, struct error *err);
/* Both, for what has no second half. */
int fake_change_finish(struct fake_change *c, struct error *err);
/* Lets go of the lock. */
void fake_change_clear(struct fake_change *c);
#define cleanup_fake_change cleanup(fake_change_clear)

/* For tests that run in one process: the next operation is number 1 again. */
void fake_change_count_anew(void);

#endif
