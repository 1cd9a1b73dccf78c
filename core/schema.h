/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a field of bothy.lua or config.lua. lua/ decodes by these rows, normalize merges by them, the help and
 * the completion print them, and a test wants each of them documented.
 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct port_range; /* core/env_raw.h */

enum schema_type {
	SCHEMA_STRING,    /* const char *, not empty unless the row says so */
	SCHEMA_NAME,      /* const char *: a DNS label, [a-z0-9-], at most 63 */
	SCHEMA_INT,       /* unsigned, within min…max */
	SCHEMA_SIZE,      /* uint64_t MiB: a number of MiB or "2G"; min…max in MiB */
	SCHEMA_SECONDS,   /* unsigned: a number of seconds or "5m" */
	SCHEMA_BOOL,      /* bool */
	SCHEMA_ENUM,      /* int (enum): one of choices, by index */
	SCHEMA_STRINGS,   /* struct strings: a list of strings, or one string */
	SCHEMA_VARS,      /* struct env_vars: a table of NAME = value */
	SCHEMA_BLOCK,     /* a nested struct that begins with a struct decl, decoded by sub */
	SCHEMA_PROVISION, /* struct provisioners: what shell, script, ansible, … return */
	SCHEMA_CARDS, /* struct cards_raw: what nat, host_only, … return, or names of networks */
	SCHEMA_PORTS, /* struct ports_raw: a table of host = guest, or of blocks */
	SCHEMA_RANGE, /* struct port_range: a port, or "9000-9010" */
	SCHEMA_DHCP,  /* struct dhcp_raw: true, false or a block of sub */
	SCHEMA_FOLDERS, /* struct folders_raw: a table of "./host" = "/guest", a block of sub, or false */
	SCHEMA_HOOKS, /* struct hooks_raw: a table of event = command, or a list of those */
	SCHEMA_JSON, /* const char *: any value of tables, strings, numbers and booleans, as JSON */
};

struct schema_row {
	const char *key;
	enum schema_type type;
	size_t offset;              /* of the field in its struct */
	long long min, max;         /* INT, SIZE, SECONDS */
	const char *const *choices; /* ENUM: NULL-terminated */
	bool may_be_empty;          /* STRING */
	bool replaces; /* lists: a machine's own stands alone, that of defaults{} is not joined to it */
	const struct schema *sub; /* BLOCK, DHCP */
	const char *help;         /* one line: meaning and default */
};

struct schema {
	const char *name; /* "machine" */
	const struct schema_row *rows;
	size_t count;
	size_t struct_bytes;
};

extern const struct schema schema_machine; /* struct machine_raw, also for defaults{} */
extern const struct schema
	schema_provisioner; /* struct provisioner: the options after shell, script, ansible, … */
extern const struct schema schema_network; /* struct network_raw */
extern const struct schema schema_card; /* struct card_raw: the options after nat, host_only, … */
extern const struct schema schema_port; /* struct port_raw */
extern const struct schema schema_folder; /* struct folder_raw */
extern const struct schema schema_host;   /* struct config_host, in config.lua */

/* Bytes a field of that type takes in its struct (BLOCK: of sub). */
size_t schema_field_bytes(const struct schema_row *row);
/* The row of that key, or NULL; *out_index is its number. */
const struct schema_row *schema_find(const struct schema *s, const char *key, size_t *out_index);

/*
 * What SCHEMA_NAME and machine names accept: a DNS label of lower-case letters, digits and inner
 * hyphens, at most 63 (RFC 1123 2.1).
 */
bool schema_is_name(const char *s);
/* Labels as those, joined by dots, at most 253 characters; capitals will do. */
bool schema_is_host_name(const char *s);
/* "80" or "9000-9010": ports of 1 to 65535, the first not after the last. */
bool schema_parse_range(const char *s, struct port_range *out);

#endif
