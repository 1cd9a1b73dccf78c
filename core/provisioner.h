/* SPDX-License-Identifier: Apache-2.0 */
/* What prepares a machine once it is up. */
#ifndef CORE_PROVISIONER_H
#define CORE_PROVISIONER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decl.h"
#include "core/digest.h"
#include "core/mem.h"

enum provisioner_kind {
	PROVISION_SHELL,
	PROVISION_SCRIPT,
	PROVISION_UPLOAD,
	PROVISION_ANSIBLE,
	PROVISION_COMPOSE,
	PROVISION_REBOOT,
	PROVISION_CLOUD_INIT,
};
enum provision_when { WHEN_ONCE, WHEN_ALWAYS, WHEN_NEVER };
enum ansible_on { ANSIBLE_ON_HOST, ANSIBLE_ON_GUEST };

/* What only ansible knows. JSON values are texts of one document each, NULL where nothing was said. */
struct ansible {
	enum ansible_on on;
	const char *groups;     /* JSON: {"web":["web1"],"all:vars":…} as said */
	const char *host_vars;  /* JSON: {"web1":{"x":1}} */
	const char *extra_vars; /* JSON object, or a string "@file" */
	const char *limit;      /* NULL: the machine it belongs to; in once_all_up{} all of them */
	struct strings tags, skip_tags;
	const char *start_at_task;
	bool become;
	const char *become_user;
	const char *
		vault_password_file; /* path on the host, absolute after normalize, as the next three */
	const char *galaxy_role_file, *galaxy_roles_path;
	const char *inventory_path; /* used beside the one that is written */
	const char *verbose;        /* "v", "vv", …; NULL: not */
};

struct provisioner {
	struct decl decl;
	enum provisioner_kind kind;
	const char *name;    /* given, or made up by normalize: "shell-1", "app.sh", "app.conf" */
	const char *content; /* SHELL: the script itself; CLOUD_INIT: the user data */
	/*
	 * SCRIPT, UPLOAD, ANSIBLE (the playbook), COMPOSE (its file), CLOUD_INIT (NULL: content): path on the host,
	 * absolute after normalize; of a script also an https URL.
	 */
	const char *from;
	bool outside; /* a file of it, links followed, is not in the project: read only for who is trusted */
	/*
	 * What its files must be in, links followed, whenever they are read: machines that share the project may put
	 * links there. NULL: they are elsewhere, and the user trusts that.
	 */
	const char *within;
	const char *sha256; /* SCRIPT from a URL: hex, lower case */
	const char *to;     /* UPLOAD: path in the guest */
	struct strings args;
	struct env_vars env;
	const char *user;             /* who it runs as; NULL means root */
	bool privileged;              /* false: as the login's user; `user` is NULL then */
	const char *cwd;              /* in the guest; NULL: the home of who it runs as */
	enum provision_when when;     /* how often */
	struct strings before, after; /* raw only: normalize has put it in its place */
	unsigned timeout_s;           /* of one try; 0: none */
	unsigned retries;             /* further tries after a failure */
	bool sensitive;      /* neither what it is nor what it says is shown, logged or kept */
	const char *machine; /* in once_all_up{}: where it runs; NULL: on the host, for all of them */
	const char *project; /* COMPOSE: its project's name */
	struct ansible ansible;
	/* One of those that run around each other one: its name in the file, and beside whom in the list it runs. */
	const char *each; /* NULL: it is none of them */
	const struct provisioner *around;
	char digest[DIGEST_HEX_BYTES]; /* of everything that decides what it does; see provisioners_digest() */
};

struct provisioners {
	struct provisioner *at;
	size_t count;
};

#endif
