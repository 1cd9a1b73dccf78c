/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ports a machine was given: in .bothy/machines/<name>/ports.json as {"engine":BOOL,"ports":[{"protocol","bind",
 * "wanted","host","guest","count"}]}. Goes with the machine.
 */
#ifndef CLI_PORT_RECORD_H
#define CLI_PORT_RECORD_H

#include "cli/forwarder.h"

struct port_record {
	bool by_engine; /* it leads them into the machine itself while that runs; else only remembered */
	struct forwarded_list ports;
};

/* A missing or damaged file is an empty record. */
void port_record_load(const char *state_dir, const char *machine, struct port_record *out);
/* Without ports the file goes. */
int port_record_save(const struct session *s, const char *machine, const struct port_record *r,
		     struct error *err);
void port_record_clear(struct port_record *r);
#define cleanup_port_record cleanup(port_record_clear)

#endif
