/* SPDX-License-Identifier: Apache-2.0 */
/* What exists, as the engines tell it. Arena-owned plain data; the planner reads nothing else. */
#ifndef CORE_OBSERVED_H
#define CORE_OBSERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/env.h"
#include "core/mem.h"

enum machine_state {
	MACHINE_NOT_CREATED,
	MACHINE_RUNNING,
	MACHINE_PAUSED,
	MACHINE_SAVED,
	MACHINE_STOPPED,
	MACHINE_UNKNOWN,
};

struct observed_card {
	const char *
		network; /* name in the project, see struct network; the engine's own for FOREIGN */
	const char *mac;
	const char *address, *ipv6; /* NULL: not known */
	const char *settings;       /* card_settings() it was made with; NULL if unknown */
	bool link_down;             /* its cable is pulled out */
};

struct observed_machine {
	const char *provider;
	const char *id;   /* the engine's: a UUID */
	const char *name; /* the machine's name in its project */
	struct project project;
	enum machine_state state;
	const char *
		start; /* another text after every start by whomever; NULL: it does not run, or unknown */
	bool complete; /* false: its creation did not come to its end */
	bool layered; /* a layer takes its changes, see machine_layer in providers/provider_ops.h */
	const char *box_name;
	char box_digest[DIGEST_HEX_BYTES];
	const char *hostname;
	unsigned cpus;
	uint64_t memory_mib, disk_mib; /* disk_mib 0: as large as the box */
	const char *accel;             /* "kvm" or "tcg"; NULL where it has no meaning */
	const char *accel_wanted; /* "auto", "kvm" or "tcg" as it was asked for; NULL likewise */
	const char *command; /* container: process 1 with its arguments, shell-quoted; NULL: init */
	const char *folders; /* shared with it, see core/folder_note.h; NULL: none */
	const char *login_user; /* as given to it when it was created; NULL if unknown */
	const char *address;    /* where the host reaches it; NULL if it does not, or unknown */
	unsigned ssh_port;      /* there; 0: the guest's own */
	struct observed_card *cards; /* in the order of the machine */
	size_t card_count;
	const char *key_id;  /* which seed it got, see seed_id in guest/; NULL if none */
	const char *owner;   /* login name of who created it */
	const char *version; /* of the bothy that created it */
};

struct observed_network {
	const char *engine;      /* that it belongs to: "libvirt" or "fake" */
	const char *name;        /* in its project, see struct network: "management", "lan", … */
	const char *engine_name; /* what the engine calls it */
	enum network_kind kind;
	const char *settings; /* network_settings() it was made with; NULL if unknown */
	struct project project;
	const char *subnet;     /* "10.87.3.0/24"; NULL: none */
	struct strings members; /* machines that have a card's place reserved */
	struct strings names;   /* that its DNS knows; `at` NULL: unknown, or it has none */
	bool active;
};

/* Two cards, by their hardware addresses, that hear nothing of each other, see cards_part in providers/provider_ops.h. */
struct observed_parting {
	const char *project_id;
	const char *one, *other;
};

struct observed {
	struct arena arena;
	struct observed_machine *machines;
	size_t machine_count;
	struct observed_network *networks;
	size_t network_count;
	struct observed_parting *partings;
	size_t parting_count;
};

/* Zeroed records at the end of the lists, for a provider to fill. */
struct observed_machine *observed_add_machine(struct observed *o);
struct observed_network *observed_add_network(struct observed *o);
void observed_add_parting(struct observed *o, const char *project_id, const char *one,
			  const char *other);
/* The machine of that project and name, or NULL. `project_id` NULL: any project. Borrowed. */
const struct observed_machine *observed_machine(const struct observed *o, const char *project_id,
						const char *name);
const struct observed_network *observed_network(const struct observed *o, const char *project_id,
						const char *engine, const char *name);
/* Names of the machines of its project with which a card of that one is parted, in the order of the list. Lives in `arena`. */
struct strings observed_parted(const struct observed *o, const struct observed_machine *m,
			       struct arena *arena);
/* "running", "not_created", …: the words of status. Static. */
const char *machine_state_name(enum machine_state state);
void observed_clear(struct observed *o);
#define cleanup_observed cleanup(observed_clear)

#endif
