/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment as it is meant: defaults in, references resolved, everything checked. Only
 * core/normalize makes one, from an env_raw (core/env_raw.h), and nobody changes it afterwards.
 */
#ifndef CORE_ENV_H
#define CORE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decl.h"
#include "core/digest.h"
#include "core/folder.h"
#include "core/hook.h"
#include "core/mem.h"
#include "core/network.h"
#include "core/provisioner.h"
#include "core/readiness.h"
#include "core/want.h"

#define ENV_ID_BYTES 9 /* eight hex digits of SHA-256 over the project directory, and the NUL */

struct login {
	struct decl decl;
	const char *user;         /* NULL: what the box says */
	unsigned port;            /* 22 by default */
	const char *password;     /* NULL, or what lets in the first time; replaced by a key then */
	struct strings authorize; /* public keys that may log in beside bothy's own */
	bool forward_agent, forward_x11;
	const char *jump; /* "user@host:port", as of ssh -J; NULL: none */
};

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

struct kvm_options {
	struct decl decl;
	enum accel accel;
};

struct container_options {
	struct decl decl;
	struct strings command; /* what runs as process 1; empty: the box's own init */
};

struct machine {
	const char *name, *hostname;
	const char *provider; /* "kvm", "container" or "fake" */
	const char *file;     /* that declares it, as shown in messages, and where */
	int line;
	const char *box;              /* as written: a name, path or URL */
	const char *box_version;      /* constraint as written, not checked; NULL: any */
	struct strings box_urls;      /* as written: paths or URLs to try in order */
	const char *box_architecture; /* as written; NULL: this host's */
	const char *box_checksum;     /* hex SHA-256, NULL if none given */
	unsigned cpus;
	uint64_t memory_mib;
	uint64_t disk_mib; /* 0: as large as the box */
	struct card *cards; /* the one on the management network first, if it has one; at least one */
	size_t card_count;
	struct port *ports;
	size_t port_count;
	struct strings aliases; /* further names, on the project's networks */
	bool on_host;           /* its names stand in this host's /etc/hosts while it exists */
	const size_t *depends;  /* indices into env.machines */
	size_t depend_count;
	bool primary, autostart;
	unsigned boot_timeout_s, halt_timeout_s;
	const char *post_up_message;
	const char *ssh_user; /* NULL: what the box says */
	unsigned ssh_port;
	const char *ssh_password; /* see struct login, as the next four */
	struct strings ssh_authorize;
	bool ssh_forward_agent, ssh_forward_x11;
	const char *ssh_jump;
	bool no_guest; /* an appliance: started, never logged into */
	struct folder *folders;
	size_t folder_count;
	struct hook *hooks; /* by event, each in the order of the file */
	size_t hook_count;
	struct readiness ready;
	struct provisioners provision;
	enum accel accel;
	struct strings command;
};

/* The project an env, a provider or a machine belongs to. */
struct project {
	char id[ENV_ID_BYTES];
	const char *name;
	const char *directory; /* absolute, without symlinks */
};

struct env {
	struct arena arena;
	struct project project;
	const char *file;
	struct machine *machines;
	size_t machine_count;
	struct network *
		networks; /* those that a machine has a card on; MANAGEMENT, if there, is the first */
	size_t network_count;
	struct provisioners once; /* once_all_up{}: after the last machine is up and provisioned */
	struct want *wants;
	size_t want_count;
	struct env_source *sources; /* by name */
	size_t source_count;
	struct strings notes;
};

/* The machine of that name, or NULL. Borrowed. */
const struct machine *env_machine(const struct env *env, const char *name);
/* The card its host's SSH goes to: the first on a network that lets the host in; NULL if there is none. Borrowed. */
const struct card *machine_login_card(const struct env *env, const struct machine *m);
void env_clear(struct env *env);
#define cleanup_env cleanup(env_clear)

#endif
