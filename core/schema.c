/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the fields of bothy.lua and config.lua. */
#include "core/schema.h"

#include <string.h>

#include "core/config.h"
#include "core/env_raw.h"

#define MIB_PER_TIB (1024LL * 1024)

#define ROW(struct_, key_, type_, ...)                                                             \
	{                                                                                          \
		.key = #key_, .type = type_, .offset = offsetof(struct struct_, key_), __VA_ARGS__ \
	}
#define ROW_AS(struct_, key_, field_, type_, ...)                                       \
	{                                                                               \
		.key = key_, .type = type_, .offset = offsetof(struct struct_, field_), \
		__VA_ARGS__                                                             \
	}
#define SCHEMA(name_, struct_, rows_)                                     \
	{                                                                 \
		.name = name_, .rows = rows_, .count = ARRAY_SIZE(rows_), \
		.struct_bytes = sizeof(struct struct_)                    \
	}

static const char *const accel_choices[] = { "auto", "kvm", "tcg", NULL };
static const char *const when_choices[] = { "once", "always", "never", NULL };

static const struct schema_row login_rows[] = {
	ROW(login, user, SCHEMA_STRING, .help = "who to log in as (default: what the box says)"),
	ROW(login, port, SCHEMA_INT, .min = 1, .max = 65535,
	    .help = "port of the guest's sshd (default 22)"),
};
static const struct schema schema_login = SCHEMA("ssh", login, login_rows);

static const struct schema_row kvm_rows[] = {
	ROW(kvm_options, accel, SCHEMA_ENUM, .choices = accel_choices,
	    .help = "\"auto\" (default), \"kvm\", or \"tcg\": slow, works anywhere"),
};
static const struct schema schema_kvm = SCHEMA("kvm", kvm_options, kvm_rows);

static const struct schema_row container_rows[] = {
	ROW(container_options, command, SCHEMA_STRINGS,
	    .help = "what runs as process 1, with its arguments (default: the box's init)"),
};
static const struct schema schema_container =
	SCHEMA("container", container_options, container_rows);

static const struct schema_row machine_rows[] = {
	ROW(machine_raw, box, SCHEMA_STRING,
	    .help = "name of a box (\"debian/12\"), or path or URL of one"),
	ROW(machine_raw, box_version, SCHEMA_STRING,
	    .help = "versions that will do, such as \"~> 12.1\" (default: the newest)"),
	ROW(machine_raw, box_url, SCHEMA_STRINGS, .replaces = true,
	    .help = "where the box or its catalog is: one URL or path, or several to try"),
	ROW(machine_raw, box_architecture, SCHEMA_STRING,
	    .help = "\"amd64\", \"arm64\", … (default: this host's)"),
	ROW(machine_raw, box_checksum, SCHEMA_STRING,
	    .help = "\"sha256:HEX\" the box file must have"),
	ROW(machine_raw, provider, SCHEMA_STRING,
	    .help = "\"kvm\" (default), \"container\" or \"fake\""),
	ROW(machine_raw, cpus, SCHEMA_INT, .min = 1, .max = 512,
	    .help = "virtual processors (default 1)"),
	ROW_AS(machine_raw, "memory", memory_mib, SCHEMA_SIZE, .min = 16, .max = 16 * MIB_PER_TIB,
	       .help = "memory, in MiB or as \"2G\" (default 512 MiB)"),
	ROW_AS(machine_raw, "disk", disk_mib, SCHEMA_SIZE, .min = 1, .max = 64 * MIB_PER_TIB,
	       .help = "size of a VM's disk (default: that of the box)"),
	ROW(machine_raw, hostname, SCHEMA_NAME,
	    .help = "the guest's name (default: the machine's)"),
	ROW(machine_raw, depends_on, SCHEMA_STRINGS,
	    .help = "machines that must be up and provisioned before"),
	ROW(machine_raw, provision, SCHEMA_PROVISION, .help = "list of shell, script and upload"),
	ROW(machine_raw, primary, SCHEMA_BOOL, .help = "the one that ssh means when none is named"),
	ROW(machine_raw, autostart, SCHEMA_BOOL,
	    .help = "false: up leaves it alone unless it is named"),
	ROW(machine_raw, ssh, SCHEMA_BLOCK, .sub = &schema_login, .help = "login: user, port"),
	ROW_AS(machine_raw, "boot_timeout", boot_timeout_s, SCHEMA_SECONDS, .min = 1, .max = 86400,
	       .help = "how long up waits for the login (default 5m)"),
	ROW_AS(machine_raw, "halt_timeout", halt_timeout_s, SCHEMA_SECONDS, .min = 0, .max = 86400,
	       .help = "how long halt waits before it forces (default 60s)"),
	ROW(machine_raw, post_up_message, SCHEMA_STRING, .help = "shown after up"),
	ROW(machine_raw, kvm, SCHEMA_BLOCK, .sub = &schema_kvm,
	    .help = "what only VMs know: accel"),
	ROW(machine_raw, container, SCHEMA_BLOCK, .sub = &schema_container,
	    .help = "what only containers know: command"),
};
const struct schema schema_machine = SCHEMA("machine", machine_raw, machine_rows);

static const struct schema_row provisioner_rows[] = {
	ROW(provisioner, name, SCHEMA_STRING, .help = "what messages call it"),
	ROW(provisioner, args, SCHEMA_STRINGS, .help = "arguments"),
	ROW(provisioner, env, SCHEMA_VARS, .help = "environment variables"),
	ROW(provisioner, user, SCHEMA_STRING,
	    .help = "who it runs as, or who owns the file (default root)"),
	ROW(provisioner, when, SCHEMA_ENUM, .choices = when_choices,
	    .help = "\"once\" (default), \"always\" or \"never\""),
};
const struct schema schema_provisioner = SCHEMA("provisioner", provisioner, provisioner_rows);

static const struct schema_row host_rows[] = {
	ROW(config_host, token, SCHEMA_STRING, .may_be_empty = true,
	    .help = "sent to it, and to no other host, as \"Authorization: Bearer\""),
	ROW(config_host, ca_file, SCHEMA_STRING, .may_be_empty = true,
	    .help = "certificates to trust instead of the system's, in one file"),
	ROW(config_host, ca_path, SCHEMA_STRING, .may_be_empty = true,
	    .help = "the same, in a directory"),
	ROW(config_host, client_cert, SCHEMA_STRING, .may_be_empty = true,
	    .help = "our own certificate, in PEM"),
	ROW(config_host, client_key, SCHEMA_STRING, .may_be_empty = true, .help = "and its key"),
	ROW(config_host, insecure, SCHEMA_BOOL, .help = "true: do not check its certificate"),
};
const struct schema schema_host = SCHEMA("host", config_host, host_rows);

size_t schema_field_bytes(const struct schema_row *row)
{
	switch (row->type) {
	case SCHEMA_STRING:
	case SCHEMA_NAME:
		return sizeof(const char *);
	case SCHEMA_INT:
	case SCHEMA_SECONDS:
		return sizeof(unsigned);
	case SCHEMA_SIZE:
		return sizeof(uint64_t);
	case SCHEMA_BOOL:
		return sizeof(bool);
	case SCHEMA_ENUM:
		return sizeof(int);
	case SCHEMA_STRINGS:
		return sizeof(struct strings);
	case SCHEMA_VARS:
		return sizeof(struct env_vars);
	case SCHEMA_BLOCK:
		return row->sub->struct_bytes;
	case SCHEMA_PROVISION:
		return sizeof(struct provisioners);
	}
	return 0;
}

const struct schema_row *schema_find(const struct schema *s, const char *key, size_t *out_index)
{
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->rows[i].key, key) == 0) {
			*out_index = i;
			return &s->rows[i];
		}
	}
	return NULL;
}

bool schema_is_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 63 || s[0] == '-' || s[len - 1] == '-')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}
