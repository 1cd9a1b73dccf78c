/* SPDX-License-Identifier: Apache-2.0 */
/* An env in the making: what the files of core/normalize share. All borrowed but for what its arena has. */
#ifndef CORE_NORMALIZER_H
#define CORE_NORMALIZER_H

#include <stdint.h>

#include "core/cidr.h"
#include "core/normalize.h"

#define DRAFT_NOT_USED SIZE_MAX

/* A network in the making. */
struct draft {
	struct network network;
	bool declared; /* by network "x" */
	bool has_subnet, has_ipv6;
	struct cidr subnet;
	struct cidr6 ipv6;
	const char *subnet_file; /* where it was said */
	int subnet_line;
	size_t index; /* in env.networks, or DRAFT_NOT_USED */
};

struct normalizer {
	const struct env_raw *raw;
	const struct normalize_conf *conf;
	struct env *env;
	struct problems *problems;
	struct machine_raw *merged; /* by machine of env: with what defaults{} say */
	struct draft *drafts; /* in env's arena; cards have indices of it until all is known */
	size_t draft_count;
	const struct card_raw ***said; /* by machine and card of it; NULL: the management card */
};

/* False if its cards are on internal networks only; one that could not be read may be a way in. */
bool normalizer_has_way_in(const struct normalizer *n, size_t machine);
#define NORMALIZER_WAY_IN_HINT \
	"leave management = true, or give it a card that lets this host in, such as host_only {}"
/* Line of a field of a machine, or of the machine where the field has none. */
int normalizer_line(const struct machine_raw *m, const char *key);
/* Whether the machine, or a defaults{}, said that field, right or wrong. */
bool normalizer_says(const struct machine_raw *m, const char *key);
/* Whether what they said there was wrong. */
bool normalizer_failed(const struct machine_raw *m, const char *key);
/* The file that declares the machine: an included one, or the main one. */
const char *normalizer_file(const struct normalizer *n, const struct machine_raw *m);
/* "line 3", or "more.lua:3" seen from another file. Lives in env's arena. */
const char *normalizer_place(const struct normalizer *n, const char *from, const char *file,
			     int line);
/* What messages call an item of a machine's list: one from defaults{} is told with the machine. */
const char *normalizer_where(const struct normalizer *n, const struct machine *m,
			     const char *where);

/* A problem of a card's field, or of the card itself where key is NULL. `where` as from normalizer_where(). */
void card_problem(struct normalizer *n, const struct card_raw *card, const char *key,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The line of that field, or of the card. */
int card_line(const struct card_raw *card, const char *key);
const char *card_file(const struct normalizer *n, const struct card_raw *card);

/* Whether bothy itself makes networks of such names. */
bool network_is_reserved(const char *name);
/* Why that cannot be a subnet of machines, or NULL. Static. */
const char *subnet_flaw(const struct cidr *c);

/* The one of that name, or NULL. Borrowed until the next one is added. */
struct draft *drafts_find(const struct normalizer *n, const char *name);
/* A new one; the name is copied. Borrowed likewise. */
struct draft *drafts_add(struct normalizer *n, const char *name, enum network_kind kind,
			 const char *file, int line);
/* Devices of a bridged network; false after a problem, which begins with `where`. */
bool drafts_take_devices(struct normalizer *n, const struct strings *said, const char *where,
			 const char *file, int line, struct strings *out);

/* All cards of all machines, without what hangs on subnets. */
void cards_take(struct normalizer *n);
/* Addresses of cards, when the networks' subnets are known. */
void addresses_take(struct normalizer *n);
/* Whether subnets that were said have an address for each machine on them. */
void rooms_check(struct normalizer *n);
/* Hardware addresses: those said, then those made up. */
void macs_take(struct normalizer *n);

/*
 * Notes that machine `m` (NULL: the project) wants that of this host. Everything is copied. Nothing is refused: who
 * is not trusted gets nothing done.
 */
void normalizer_want(struct normalizer *n, const struct machine *m, const struct want *want);

/* The parts, in this order. */
void normalize_sources(struct normalizer *n);
void normalize_networks(struct normalizer *n);
void normalize_ports(struct normalizer *n);
void normalize_names(struct normalizer *n);
void normalize_login(struct normalizer *n);
void normalize_folders(struct normalizer *n);
void normalize_hooks(struct normalizer *n);
void normalize_readiness(struct normalizer *n);
void normalize_once(struct normalizer *n);

#endif
