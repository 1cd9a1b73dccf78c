/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment as bothy.lua said it, with lines and with gaps: what lua/ decodes by the rows of
 * core/schema.c. Only core/normalize may turn it into an env, so unfinished data cannot be used.
 */
#ifndef CORE_ENV_RAW_H
#define CORE_ENV_RAW_H

#include "core/env.h"

/* A card as an item of `networks` said it. `where` is what messages call it: "machine 'web'.networks[2]". */
struct card_raw {
	struct decl decl;
	enum network_kind kind; /* of its word; NETWORK_FOREIGN: there was none, only a name */
	const char *where;
	const char *name; /* of its network; NULL: that one has none */
	const char *ip, *ipv6, *mac, *gateway;
	unsigned mtu;
	struct strings dns, dev;
	bool dhcp, configure;
};

struct cards_raw {
	struct card_raw *at;
	size_t count;
};

/* true, false or { from =, to = }. */
struct dhcp_raw {
	struct decl decl;
	bool on;
	const char *from, *to;
};

/* What its `kind` may be. "nat" means "nat_network": a machine's own NAT is never declared. */
enum network_word {
	NETWORK_WORD_NAT,
	NETWORK_WORD_NAT_NETWORK,
	NETWORK_WORD_HOST_ONLY,
	NETWORK_WORD_INTERNAL,
	NETWORK_WORD_BRIDGED,
};

/* network "name" { … } */
struct network_raw {
	struct decl decl;
	const char *name;
	enum network_word kind;
	const char *subnet, *ipv6;
	struct dhcp_raw dhcp;
	const char *domain;
	unsigned mtu;
	struct strings dev;
};

/* 80, or "9000-9010": count ports from first on. */
struct port_range {
	unsigned first, count;
};

struct port_raw {
	struct decl decl;
	const char *where; /* "machine 'web'.ports[8080]" */
	struct port_range host, guest;
	enum port_protocol protocol;
	const char *bind;
	bool shift_if_taken;
};

struct ports_raw {
	struct port_raw *at;
	size_t count;
};

struct hosts_raw {
	struct decl decl;
	struct strings aliases;
	bool on_host;
};

struct machine_raw {
	struct decl decl;
	const char *name;
	const char *box, *box_version, *box_architecture, *box_checksum;
	struct strings box_url;
	const char *provider;
	unsigned cpus;
	uint64_t memory_mib, disk_mib;
	const char *hostname;
	const char *ip;
	struct cards_raw networks;
	bool management;
	struct ports_raw ports;
	struct hosts_raw hosts;
	struct strings depends_on;
	bool primary, autostart;
	unsigned boot_timeout_s, halt_timeout_s;
	const char *post_up_message;
	struct provisioners provision;
	struct folders_raw folders;
	struct hooks_raw hooks;
	struct readiness ready;
	int guest; /* 0: found out; 1: none */
	struct login ssh;
	struct kvm_options kvm;
	struct container_options container;
};

/* What one run of bothy.lua left behind; arena-owned. */
struct env_raw {
	struct arena arena;
	const char *file; /* path of bothy.lua as shown in messages */
	bool finished;    /* the file ran to its end: what is not here was not said */
	const char *project;
	int project_line;
	struct machine_raw *defaults; /* every defaults{} block in order */
	size_t default_count;
	struct machine_raw *machines;
	size_t machine_count;
	struct network_raw *networks;
	size_t network_count;
	struct provisioners once;   /* of every once_all_up{} in order */
	struct env_source *sources; /* every file of the project that was read, each once */
	size_t source_count;
	struct strings notes;
};

void env_raw_clear(struct env_raw *raw);
#define cleanup_env_raw cleanup(env_raw_clear)

#endif
