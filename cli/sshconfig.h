/* SPDX-License-Identifier: Apache-2.0 */
/* A block for ssh_config(5) that lets the system's ssh into a machine, host key checked strictly. */
#ifndef CLI_SSHCONFIG_H
#define CLI_SSHCONFIG_H

#include "cli/session.h"

struct sshconfig {
	const char *host; /* what the block is called; NULL: the machine's name */
	bool plain;       /* neither user nor key: those of whoever runs ssh */
};

/*
 * Appends the block of a running machine. What the file lends the guest (agent, display), and by which host it goes,
 * stands in it if the file is trusted; sshconfig_warn() says so where it is not.
 */
int sshconfig_add(struct session *s, const char *machine, const struct sshconfig *how,
		  struct text *out, struct error *err);
/* Whether the machine's ssh block asks for what only the system's ssh can do, and may have it. */
bool sshconfig_lends(const struct session *s, const char *machine);
/* Warns of what the file asks for and, not being trusted, does not get. */
void sshconfig_warn(const struct session *s, const char *machine);

#endif
