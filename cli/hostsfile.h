/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of machines in this host's hosts(5) file, in a block a project:
 *
 *   # bothy 0123abcd /srv/shop begin
 *   10.87.3.2	web web.shop.test www
 *   # bothy 0123abcd /srv/shop end
 *
 * Everything else in the file stays byte for byte, and its owner and mode as they are. Nobody sees it half written.
 */
#ifndef CLI_HOSTSFILE_H
#define CLI_HOSTSFILE_H

#include "core/env.h"
#include "core/error.h"

struct hostsfile_entry {
	const char *address;
	struct strings names; /* that of the machine first */
};

/* $BOTHY_HOSTS_FILE, else /etc/hosts. Borrowed. */
const char *hostsfile_path(void);
/* Puts the entry in, in the place of one of that machine. ERROR_DENIED where that needs root. */
int hostsfile_set(const char *path, const struct project *project,
		  const struct hostsfile_entry *entry, struct error *err);
/* Takes the entry of that machine out, and with the last one the block. None there is success. */
int hostsfile_remove(const char *path, const char *project_id, const char *machine,
		     struct error *err);
/* The line of that machine without its end, "10.87.3.2	web …"; NULL if there is none. Caller frees. */
char *hostsfile_find(const char *path, const char *project_id, const char *machine);
/* The line that an entry is. Caller frees. */
char *hostsfile_line(const struct hostsfile_entry *entry);

#endif
