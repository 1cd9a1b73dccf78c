/* SPDX-License-Identifier: Apache-2.0 */
/* Which ports of which machines the forwarder serves: its rules, kept in its file and open in its engine. */
#ifndef CLI_FORWARDER_RULES_H
#define CLI_FORWARDER_RULES_H

#include "cli/served.h"
#include "guest/forward.h"

struct forwarder_rules {
	struct forward *engine;
	struct served_list machines;
	const char *directory; /* of the file */
	struct owner owner;    /* of the file */
	unsigned last_key;
	uint64_t last_serial;
	bool unsaved; /* the file is not as it should be */
};

/* What is not written down, and where a port is not free: a rule of somebody else that must not be taken. */
struct rules_order {
	const json_t *
		avoid; /* [[protocol, host, count, bind, firm], …]: what others want, firm: no other one; NULL: none */
	bool unprivileged; /* asked for by somebody who may not have ports below 1024 */
	/* Filled when it fails with ERROR_BUSY. */
	enum port_protocol taken_protocol;
	unsigned taken_host;
	char *taken_bind; /* freed by the caller; NULL: none */
};

/* What the file says is served again; ports that are not free now are tried for again by rules_mend(). */
int rules_open(struct forwarder_rules *r, struct error *err);
void rules_close(struct forwarder_rules *r);
/* Serves exactly the ports of `want`, which is taken over. On failure all stays as it was. */
int rules_serve(struct forwarder_rules *r, struct served *want, struct rules_order *order,
		struct error *err);
/* `serial` 0: any. Not served, or under another serial, is success. */
void rules_drop(struct forwarder_rules *r, const char *machine, uint64_t serial);
/* The machine was seen running under that serial: from now on it may not be off. */
void rules_confirm(struct forwarder_rules *r, const char *machine, uint64_t serial);
/* Whether something is to be tried again. */
bool rules_need_mending(const struct forwarder_rules *r);
/* Opens what is not open, writes what could not be written. */
void rules_mend(struct forwarder_rules *r);

#endif
