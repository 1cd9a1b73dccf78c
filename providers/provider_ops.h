/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider implements: the slots of an engine that owns machines and networks, with their contract:
 *
 * - State the goal, not the motion: removing what is gone, starting what runs succeeds.
 * - Never print, never ask. Obey the deadline and the stop flag (core/stop.h).
 * - On failure leave things as they were found, or name in the error what remains.
 * - Everything made carries project, machine, owner and version in the engine's own metadata, so that observe finds
 *   it without any file of ours; from the first moment on, also when the process is killed half-way (then `complete` is false).
 * - Different machines may be worked on by different threads at the same time. Callers use the provider_*() wrappers of
 *   providers/provider.h, never a slot.
 */
#ifndef PROVIDERS_PROVIDER_OPS_H
#define PROVIDERS_PROVIDER_OPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/observed.h"
#include "providers/provider_card.h"
#include "providers/provider_creation.h"

struct provider_ops {
	const char *name;    /* "kvm" */
	const char *engine;  /* providers of one engine share networks: "libvirt", "fake" */
	const char *summary; /* one line for help */
	enum image_kind image_kind;
	bool has_guest;  /* false: machines of it cannot be logged into */
	bool needs_root; /* to create or start machines */

	/* ERROR_ENGINE if the engine cannot be reached, with a hint saying what to do. */
	int (*open)(const struct provider_conf *conf, struct provider **out, struct error *err);
	void (*close)(struct provider *p);
	/* Whether these machines could be made here; findings are added to `out`. 0 unless checking itself failed. */
	int (*check)(struct provider *p, const struct env *env, struct problems *out,
		     struct error *err);
	/* doctor: what is missing or odd about the engine on this host, each with the command that mends it. */
	void (*report)(const struct provider_conf *conf, struct problems *out);
	/* What folders its machines can have, without asking the engine. */
	void (*folders)(const struct provider_conf *conf, struct folder_abilities *out);
	/* Adds this provider's machines and its engine's networks to `out`; project_id NULL: of every project. */
	int (*observe)(struct provider *p, const char *project_id, struct observed *out,
		       struct error *err);

	/* IMAGE_DISK only: is the base image of that digest there, whole? */
	int (*base_exists)(struct provider *p, const char *digest, bool *out, struct error *err);
	/*
	 * Takes over what the source pours, which fills *image but for image->name. Never visible half. Disks that are
	 * not in image->disks go. If that digest's base is there by the end, what was poured goes, which is success.
	 */
	int (*base_import)(struct provider *p, struct image *image,
			   const struct image_source *source, struct error *err);
	/* Gone already is success; ERROR_BUSY, saying which, if a machine of any project has a disk over it. */
	int (*base_remove)(struct provider *p, const char *digest, struct error *err);
	int (*base_sweep)(struct provider *p, struct error *err); /* of what dead processes left */

	/*
	 * Makes the networks of env that this engine's machines have cards on exist, run and hold an address and the
	 * names for each of those cards; what has other settings is made anew with its addresses where they fit. Networks
	 * of the project that env has no more go once no machine has a card on them. FOREIGN ones are started at most.
	 * Addresses and subnets given before stay. ERROR_BUSY, naming both, for a subnet that something else has.
	 */
	int (*network_ensure)(struct provider *p, const struct env *env, struct error *err);
	/* Removes all that were made for it once no machine of the project is left; until then they stay, which is success. */
	int (*network_remove)(struct provider *p, const char *project_id, struct error *err);

	/*
	 * Defines the machine and its disks from the image, not started; *out_id is the engine's id, freed by the
	 * caller. seed->disk is attached if image->first_boot has FIRST_BOOT_NOCLOUD, else not looked at.
	 */
	int (*machine_create)(struct provider *p, const struct provider_creation *what,
			      char **out_id, struct error *err);
	/*
	 * Gives a stopped machine the settings and the seed of `what` (image NULL: not used); keeps its disks, takes a
	 * layer away. One made with a seed disk gets seed->disk instead (NULL: keeps the old), others never get one.
	 */
	int (*machine_update)(struct provider *p, const char *id,
			      const struct provider_creation *what, struct error *err);
	int (*machine_start)(struct provider *p, const char *id, struct error *err);
	/* GRACEFUL asks the guest, and forces it off when the deadline passes. */
	int (*machine_stop)(struct provider *p, const char *id, enum provider_stop how,
			    int64_t deadline_ms, struct error *err);
	/* Stops it if need be and removes it with its disks and everything made for it. */
	int (*machine_remove)(struct provider *p, const char *id, struct error *err);
	/* Where this host reaches its SSH; known before it boots. ERROR_GUEST, saying why, if it has no way in. */
	int (*machine_address)(struct provider *p, const char *id, struct provider_address *out,
			       struct error *err);
	/* Its cards in the order of the machine, *out_count of them; provider_cards_free(). */
	int (*machine_cards)(struct provider *p, const char *id, struct provider_card **out,
			     size_t *out_count, struct error *err);
	/* The same before it is made or changed, once its networks are there; none where guests get the engine's own addresses. */
	int (*machine_places)(struct provider *p, const struct provider_creation *what,
			      struct provider_card **out, size_t *out_count, struct error *err);
	int (*machine_state)(struct provider *p, const char *id, enum machine_state *out,
			     struct error *err);

	/* Slots from here on are NULL where the engine has no such thing. */

	/* What the user should know before this machine is made or started, such as that it will be slow; NULL if nothing. The caller frees. */
	char *(*caveat)(struct provider *p, const struct env *env, const struct machine *m);

	/* Stands in for a login where has_guest is false: counts as done, fails and delays as told. */
	int (*machine_provision)(struct provider *p, const char *id, const struct provisioner *what,
				 struct error *err);
	/*
	 * For packaging. `on`: puts a fresh layer over every disk of the stopped machine, which takes all changes, also
	 * those of later starts, until it is taken away. Off: drops it and what it took; no layer is success.
	 */
	int (*machine_layer)(struct provider *p, const char *id, bool on, struct error *err);
	/*
	 * Pours the disks of the stopped machine, not the seed's, the boot disk first, as it sees them through a layer:
	 * qcow2 that stands on nothing else, of exactly the length that begin() is told.
	 */
	int (*machine_export)(struct provider *p, const char *id, const struct image_target *target,
			      struct error *err);
	/* Opens the root directory of a stopped container, read-only. Closing *out_fd undoes it all. */
	int (*machine_tree)(struct provider *p, const char *id, int *out_fd, struct error *err);
	/*
	 * Pulls the cable of the card with that MAC out, or plugs it in; until the machine is off. ERROR_NOT_FOUND if it
	 * has no such card, ERROR_DENIED with a hint where that needs root.
	 */
	int (*card_link)(struct provider *p, const char *id, const char *mac, bool up,
			 struct error *err);
	/*
	 * Drops whatever goes from one of these MACs to one of those and back, on every network of the project; adds to
	 * what was cut before. `a` NULL: heals all. Gone with the networks of the project. Needs root.
	 */
	int (*cards_part)(struct provider *p, const char *project_id, const struct strings *a,
			  const struct strings *b, struct error *err);
	/*
	 * Ports of this host that the engine itself leads into that machine, where the host cannot reach its address
	 * (user-mode networking): replaces those it had. NULL, or *out_done false: bothy's own forwarder must do it.
	 */
	int (*machine_forward)(struct provider *p, const char *id, struct port *ports, size_t count,
			       bool *out_done, struct error *err);

	/* Attaches to the console without taking it from anyone. */
	int (*console_open)(struct provider *p, const char *id, struct provider_console **out,
			    struct error *err);
	/* What has arrived since, without waiting; 0 bytes if nothing; -1 only if the console is gone. */
	ssize_t (*console_read)(struct provider_console *c, void *buf, size_t size);
	/* Both directions between the console and two descriptors until Ctrl-] or the end. */
	int (*console_attach)(struct provider *p, const char *id, int in_fd, int out_fd,
			      struct error *err);
	void (*console_close)(struct provider_console *c);
};

#endif
