/* SPDX-License-Identifier: Apache-2.0 */
/* A block for ssh_config(5) that lets the system's ssh into a machine, host key checked strictly. */
#ifndef CLI_SSHCONFIG_H
#define CLI_SSHCONFIG_H

#include "cli/session.h"

/* Appends the block of a running machine; `host` NULL: the machine's name. */
int sshconfig_add(struct session *s, const char *machine, const char *host, struct text *out,
		  struct error *err);

#endif
