/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and the cards that join machines to them, as they are meant. Plain data, arena-owned. */
#ifndef CORE_NETWORK_H
#define CORE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decl.h"
#include "core/mem.h"

#define NETWORK_MAC_BYTES 18 /* 52:54:00:xx:xx:xx and the NUL */

enum network_kind {
	NETWORK_MANAGEMENT,  /* the project's own: NAT, names by DNS; the host reaches all on it */
	NETWORK_NAT,         /* one machine's own NAT */
	NETWORK_HOST_ONLY,   /* machines and this host */
	NETWORK_INTERNAL,    /* machines only */
	NETWORK_BRIDGED,     /* a card of this host, or a bridge on it */
	NETWORK_NAT_NETWORK, /* a NAT that machines share */
	NETWORK_FOREIGN, /* somebody else made it in the engine: used, never changed or removed */
};

struct network {
	/*
	 * Unique in its env, and what the user is told. Declared ones have their own; made up are "management",
	 * "nat-web" (of machine web; its second one is "nat-web.2"), "host-only", "host-only-192.168.56.0" (by subnet) and
	 * "bridged-br0-eth0" (by devices).
	 */
	const char *name;
	enum network_kind kind;
	const char *subnet; /* "10.20.0.0/24", canonical; NULL: a free /24 is chosen, and kept */
	const char *ipv6;   /* "fd00:20::/64", canonical; NULL: no IPv6 */
	bool dhcp;          /* it has a DHCP server (always false: INTERNAL, BRIDGED, FOREIGN) */
	const char *dhcp_from, *dhcp_to; /* for who has no reservation; NULL: the upper half */
	const char *domain;              /* NULL: the project's, "shop.test" */
	unsigned mtu;                    /* 0: the engine's */
	struct strings devices;          /* BRIDGED: of this host; the first that exists is meant */
	/* What changes the network itself, as one text: to compare with what exists. See network_settings(). */
	const char *settings;
	const char *file; /* that says so first, as shown in messages, and where; NULL: nobody */
	int line;
};

#define NETWORK_CHOSEN_PREFIX 24

struct card {
	size_t network;              /* index into env.networks */
	char mac[NETWORK_MAC_BYTES]; /* given, or made up from project, machine and network */
	const char *ip; /* NULL: the lowest free one, kept; on BRIDGED and FOREIGN: by DHCP */
	/*
	 * NULL: none, or where the network has a prefix, with the host number of ip. Its prefix is the network's, on
	 * BRIDGED and FOREIGN /64.
	 */
	const char *ipv6;
	unsigned prefix; /* of ip on BRIDGED, always, and on FOREIGN where it was said; 0: the network's */
	const char *gateway; /* default route goes there; NULL: not by this card */
	struct strings dns;
	unsigned mtu; /* 0: the network's */
	bool dhcp; /* the guest shall ask for its address, though it may be reserved; always true where nothing else gives one */
	bool configure; /* false: how the guest uses it is left to the guest */
};

enum port_protocol { PORT_TCP, PORT_UDP };

/* A range of ports of this host that leads into a machine; the n-th leads to the n-th. */
struct port {
	enum port_protocol protocol;
	const char *bind; /* address of this host, "127.0.0.1" unless said */
	unsigned host, guest, count;
	bool shift_if_taken; /* another free port of this host will do */
};

/* "management", "nat", "host_only", "internal", "bridged", "nat_network", "foreign". Static. */
const char *network_kind_name(enum network_kind kind);
/* The domain of a project's machines, "my-shop.test", where the network has none of its own. Caller frees. */
char *network_project_domain(const char *project_name);
/* Whether bothy makes it in the engine: not BRIDGED, not FOREIGN. */
bool network_is_ours(enum network_kind kind);
/* "tcp" or "udp". Static. */
const char *port_protocol_name(enum port_protocol protocol);
/*
 * The part of a network that machines notice when it changes, "nat_network 10.20.0.0/24 dhcp=… mtu=…", without
 * what is left open ("nat_network"). Equal texts mean that nothing needs to be done. Lives in arena.
 */
const char *network_settings(const struct network *n, struct arena *arena);
/* The same of a card: "lan 52:54:00:… ip=10.20.0.5 …". */
const char *card_settings(const struct network *n, const struct card *c, struct arena *arena);

#endif
