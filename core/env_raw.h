/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment as bothy.lua said it, with lines and with gaps: what lua/ decodes by the rows of
 * core/schema.c. Only core/normalize may turn it into an env, so unfinished data cannot be used.
 */
#ifndef CORE_ENV_RAW_H
#define CORE_ENV_RAW_H

#include "core/env.h"

struct machine_raw {
	struct decl decl;
	const char *name;
	const char *box, *box_version, *box_architecture, *box_checksum;
	struct strings box_url;
	const char *provider;
	unsigned cpus;
	uint64_t memory_mib, disk_mib;
	const char *hostname;
	struct strings depends_on;
	bool primary, autostart;
	unsigned boot_timeout_s, halt_timeout_s;
	const char *post_up_message;
	struct provisioners provision;
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
	struct strings notes;
};

void env_raw_clear(struct env_raw *raw);
#define cleanup_env_raw cleanup(env_raw_clear)

#endif
