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
/* In the order of enum port_protocol. */
static const char *const protocol_choices[] = { "tcp", "udp", NULL };
/* In the order of enum network_word. */
static const char *const network_choices[] = { "nat",      "nat_network", "host_only",
					       "internal", "bridged",     NULL };
static const char *const when_choices[] = { "once", "always", "never", NULL };

static const struct schema_row login_rows[] = {
	ROW(login, user, SCHEMA_STRING, .help = "who to log in as (default: what the box says)"),
	ROW(login, port, SCHEMA_INT, .min = 1, .max = 65535,
	    .help = "port of the guest's sshd (default 22)"),
	ROW(login, password, SCHEMA_STRING,
	    .help = "lets in the first time, where a box knows no key; a key replaces it"),
	ROW(login, authorize, SCHEMA_STRINGS, .help = "public keys that may log in as well"),
	ROW(login, forward_agent, SCHEMA_BOOL, .help = "true: lend the guest the user's SSH agent"),
	ROW(login, forward_x11, SCHEMA_BOOL, .help = "true: lend the guest the user's display"),
	ROW(login, jump, SCHEMA_STRING, .help = "the way there: \"user@host:port\""),
};
static const struct schema schema_login = SCHEMA("ssh", login, login_rows);

static const struct schema_row kvm_rows[] = {
	ROW(kvm_options, accel, SCHEMA_ENUM, .choices = accel_choices,
	    .help = "\"auto\" (default), \"kvm\", or \"tcg\": slow, works anywhere"),
};
static const struct schema schema_kvm = SCHEMA("kvm", kvm_options, kvm_rows);

static const struct schema_row container_rows[] = {
	ROW(container_options, command, SCHEMA_STRINGS, .replaces = true,
	    .help = "what runs as process 1, with its arguments (default: the box's init)"),
};
static const struct schema schema_container =
	SCHEMA("container", container_options, container_rows);

static const struct schema_row dhcp_rows[] = {
	ROW(dhcp_raw, from, SCHEMA_STRING, .help = "first address for who has none reserved"),
	ROW(dhcp_raw, to, SCHEMA_STRING, .help = "and the last (default: the upper half)"),
};
static const struct schema schema_dhcp = SCHEMA("dhcp", dhcp_raw, dhcp_rows);

static const struct schema_row network_rows[] = {
	ROW(network_raw, kind, SCHEMA_ENUM, .choices = network_choices,
	    .help = "\"nat\", \"host_only\", \"internal\" or \"bridged\""),
	ROW(network_raw, subnet, SCHEMA_STRING,
	    .help = "\"10.20.0.0/24\" (default: a free one, kept)"),
	ROW(network_raw, ipv6, SCHEMA_STRING, .help = "\"fd00:20::/64\" (default: no IPv6)"),
	ROW(network_raw, dhcp, SCHEMA_DHCP, .sub = &schema_dhcp,
	    .help = "false: no DHCP server; or its range: from, to"),
	ROW(network_raw, domain, SCHEMA_STRING,
	    .help = "what names on it end in (default: the project's, \"shop.test\")"),
	ROW(network_raw, mtu, SCHEMA_INT, .min = 576, .max = 65535,
	    .help = "largest packet in bytes (default: the engine's)"),
	ROW(network_raw, dev, SCHEMA_STRINGS,
	    .help = "bridged: card or bridge of this host, or several to try"),
};
const struct schema schema_network = SCHEMA("network", network_raw, network_rows);

static const struct schema_row card_rows[] = {
	ROW(card_raw, name, SCHEMA_STRING, .help = "of the network, in a table without a word"),
	ROW(card_raw, ip, SCHEMA_STRING,
	    .help = "address, also as \"10.9.0.5/24\" (default: the lowest free, kept)"),
	ROW(card_raw, ipv6, SCHEMA_STRING, .help = "IPv6 address"),
	ROW(card_raw, mac, SCHEMA_STRING, .help = "hardware address (default: made up, kept)"),
	ROW(card_raw, mtu, SCHEMA_INT, .min = 576, .max = 65535,
	    .help = "largest packet in bytes (default: the network's)"),
	ROW(card_raw, gateway, SCHEMA_STRING, .help = "the machine's way out goes there"),
	ROW(card_raw, dns, SCHEMA_STRINGS, .help = "addresses of name servers"),
	ROW(card_raw, dhcp, SCHEMA_BOOL, .help = "true: the guest asks for its address by DHCP"),
	ROW(card_raw, configure, SCHEMA_BOOL,
	    .help = "false: the guest's use of the card is left to the guest"),
	ROW(card_raw, dev, SCHEMA_STRINGS,
	    .help = "bridged: card or bridge of this host, or several to try"),
};
const struct schema schema_card = SCHEMA("card", card_raw, card_rows);

static const struct schema_row port_rows[] = {
	ROW(port_raw, host, SCHEMA_RANGE, .help = "port of this host, or a range: \"9000-9010\""),
	ROW(port_raw, guest, SCHEMA_RANGE, .help = "port of the machine, or a range as long"),
	ROW(port_raw, protocol, SCHEMA_ENUM, .choices = protocol_choices,
	    .help = "\"tcp\" (default) or \"udp\""),
	ROW(port_raw, bind, SCHEMA_STRING,
	    .help = "address of this host (default \"127.0.0.1\"; \"0.0.0.0\": all)"),
	ROW(port_raw, shift_if_taken, SCHEMA_BOOL,
	    .help = "true: another free port of this host will do"),
};
const struct schema schema_port = SCHEMA("port", port_raw, port_rows);

static const struct schema_row hosts_rows[] = {
	ROW(hosts_raw, aliases, SCHEMA_STRINGS, .help = "further names of the machine"),
	ROW(hosts_raw, on_host, SCHEMA_BOOL,
	    .help = "true: its names stand in this host's /etc/hosts"),
};
static const struct schema schema_hosts = SCHEMA("hosts", hosts_raw, hosts_rows);

/* In the order of enum folder_kind. */
static const char *const folder_choices[] = { "auto",  "bind", "virtiofs", "9p",
					      "rsync", "copy", NULL };
/* In the order of enum ansible_on. */
static const char *const on_choices[] = { "host", "guest", NULL };
static const char *const guest_choices[] = { "auto", "none", NULL };

static const struct schema_row folder_rows[] = {
	ROW(folder_raw, to, SCHEMA_STRING, .help = "where it is in the guest"),
	ROW(folder_raw, kind, SCHEMA_ENUM, .choices = folder_choices,
	    .help = "\"bind\", \"virtiofs\", \"9p\", \"rsync\" or \"copy\" (default: the best that works)"),
	ROW(folder_raw, owner, SCHEMA_STRING, .help = "whose it is in the guest"),
	ROW(folder_raw, group, SCHEMA_STRING, .help = "which group's"),
	ROW(folder_raw, mode, SCHEMA_STRING, .help = "its permissions: \"0755\""),
	ROW(folder_raw, create, SCHEMA_BOOL,
	    .help = "true: make it on this host if it is not there"),
	ROW(folder_raw, read_only, SCHEMA_BOOL, .help = "true: the guest cannot change it"),
	ROW(folder_raw, exclude, SCHEMA_STRINGS,
	    .help = "rsync, copy: patterns of what stays out, as in .gitignore"),
	ROW(folder_raw, mount_options, SCHEMA_STRINGS, .help = "for mount in the guest"),
};
const struct schema schema_folder = SCHEMA("folder", folder_raw, folder_rows);

static const struct schema_row ready_rows[] = {
	ROW(readiness, port, SCHEMA_INT, .min = 1, .max = 65535,
	    .help = "TCP port that must accept connections"),
	ROW(readiness, command, SCHEMA_STRING, .help = "command in the guest that must succeed"),
	ROW_AS(readiness, "timeout", timeout_s, SCHEMA_SECONDS, .min = 1, .max = 86400,
	       .help = "how long to wait for that (default 60s)"),
};
static const struct schema schema_ready = SCHEMA("ready", readiness, ready_rows);

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
	ROW(machine_raw, ip, SCHEMA_STRING,
	    .help = "short for a card of that address: networks = { host_only { ip = … } }"),
	ROW(machine_raw, networks, SCHEMA_CARDS,
	    .help = "its further cards: nat {}, host_only {}, …, or names of networks"),
	ROW(machine_raw, management, SCHEMA_BOOL,
	    .help = "false: no card on the project's own network"),
	ROW(machine_raw, ports, SCHEMA_PORTS,
	    .help = "of this host that lead into it: { [8080] = 80 }"),
	ROW(machine_raw, hosts, SCHEMA_BLOCK, .sub = &schema_hosts,
	    .help = "its names: aliases, on_host"),
	ROW(machine_raw, depends_on, SCHEMA_STRINGS,
	    .help = "machines that must be up and provisioned before"),
	ROW(machine_raw, folders, SCHEMA_FOLDERS, .sub = &schema_folder,
	    .help = "of this host in the guest: { [\"./src\"] = \"/srv/app\" }"),
	ROW(machine_raw, provision, SCHEMA_PROVISION,
	    .help = "list of shell, script, upload, ansible, compose, reboot, cloud_init"),
	ROW(machine_raw, ready, SCHEMA_BLOCK, .sub = &schema_ready,
	    .help = "what those that depend on it wait for: port, command, timeout"),
	ROW(machine_raw, hooks, SCHEMA_HOOKS,
	    .help = "around the work: { before_up = { host \"make\" } }"),
	ROW(machine_raw, guest, SCHEMA_ENUM, .choices = guest_choices,
	    .help = "\"none\": an appliance that is started and never logged into"),
	ROW(machine_raw, primary, SCHEMA_BOOL, .help = "the one that ssh means when none is named"),
	ROW(machine_raw, autostart, SCHEMA_BOOL,
	    .help = "false: up leaves it alone unless it is named"),
	ROW(machine_raw, ssh, SCHEMA_BLOCK, .sub = &schema_login,
	    .help = "login: user, port, password, authorize, jump, …"),
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
	ROW(provisioner, privileged, SCHEMA_BOOL, .help = "false: run as who logs in, not as root"),
	ROW(provisioner, cwd, SCHEMA_STRING, .help = "directory in the guest to run in"),
	ROW(provisioner, when, SCHEMA_ENUM, .choices = when_choices,
	    .help = "\"once\" (default), \"always\" or \"never\""),
	ROW(provisioner, before, SCHEMA_STRINGS,
	    .help = "provisioners to run before; \"all\", \"each\""),
	ROW(provisioner, after, SCHEMA_STRINGS,
	    .help = "provisioners to run after; \"all\", \"each\""),
	ROW_AS(provisioner, "timeout", timeout_s, SCHEMA_SECONDS, .min = 1, .max = 864000,
	       .help = "how long one try may take (default: for ever)"),
	ROW(provisioner, retries, SCHEMA_INT, .min = 0, .max = 100,
	    .help = "further tries after a failure (default 0)"),
	ROW(provisioner, sensitive, SCHEMA_BOOL, .help = "true: show and keep nothing of it"),
	ROW(provisioner, sha256, SCHEMA_STRING, .help = "digest a script from a URL must have"),
	ROW(provisioner, machine, SCHEMA_STRING, .help = "in once_all_up: where it runs"),
	ROW_AS(provisioner, "user_data", content, SCHEMA_STRING,
	       .help = "cloud_init: the data, or a file of the project that has them"),
	ROW(provisioner, project, SCHEMA_STRING, .help = "compose: the project's name"),
	ROW_AS(provisioner, "on", ansible.on, SCHEMA_ENUM, .choices = on_choices,
	       .help = "ansible: \"host\" (default) or \"guest\""),
	ROW_AS(provisioner, "groups", ansible.groups, SCHEMA_JSON,
	       .help = "ansible: { web = { \"web1\", \"web2\" } }"),
	ROW_AS(provisioner, "host_vars", ansible.host_vars, SCHEMA_JSON,
	       .help = "ansible: { web1 = { port = 80 } }"),
	ROW_AS(provisioner, "extra_vars", ansible.extra_vars, SCHEMA_JSON,
	       .help = "ansible: variables, or \"@file\""),
	ROW_AS(provisioner, "limit", ansible.limit, SCHEMA_STRING,
	       .help = "ansible: which machines (default: this one)"),
	ROW_AS(provisioner, "tags", ansible.tags, SCHEMA_STRINGS, .help = "ansible: only these"),
	ROW_AS(provisioner, "skip_tags", ansible.skip_tags, SCHEMA_STRINGS,
	       .help = "ansible: all but these"),
	ROW_AS(provisioner, "start_at_task", ansible.start_at_task, SCHEMA_STRING,
	       .help = "ansible: the first task"),
	ROW_AS(provisioner, "become", ansible.become, SCHEMA_BOOL, .help = "ansible: as root"),
	ROW_AS(provisioner, "become_user", ansible.become_user, SCHEMA_STRING,
	       .help = "ansible: as this user"),
	ROW_AS(provisioner, "vault_password_file", ansible.vault_password_file, SCHEMA_STRING,
	       .help = "ansible: file with the vault's password"),
	ROW_AS(provisioner, "galaxy_role_file", ansible.galaxy_role_file, SCHEMA_STRING,
	       .help = "ansible: roles to install first"),
	ROW_AS(provisioner, "galaxy_roles_path", ansible.galaxy_roles_path, SCHEMA_STRING,
	       .help = "ansible: where to"),
	ROW_AS(provisioner, "inventory_path", ansible.inventory_path, SCHEMA_STRING,
	       .help = "ansible: an inventory beside ours"),
	ROW_AS(provisioner, "verbose", ansible.verbose, SCHEMA_STRING,
	       .help = "ansible: \"v\" to \"vvvv\""),
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
	case SCHEMA_CARDS:
		return sizeof(struct cards_raw);
	case SCHEMA_PORTS:
		return sizeof(struct ports_raw);
	case SCHEMA_RANGE:
		return sizeof(struct port_range);
	case SCHEMA_DHCP:
		return sizeof(struct dhcp_raw);
	case SCHEMA_FOLDERS:
		return sizeof(struct folders_raw);
	case SCHEMA_HOOKS:
		return sizeof(struct hooks_raw);
	case SCHEMA_JSON:
		return sizeof(const char *);
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

static bool is_label(const char *s, size_t len)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return len && len <= 63 && s[0] != '-' && s[len - 1] != '-' && strspn(s, letters) >= len;
}

bool schema_is_host_name(const char *s)
{
	if (strlen(s) > 253)
		return false;
	for (;;) {
		size_t len = strcspn(s, ".");

		if (!is_label(s, len))
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

static const char *parse_port(const char *s, unsigned *out)
{
	size_t digits = strspn(s, "0123456789");
	unsigned n = 0;

	if (digits == 0 || digits > 5)
		return NULL;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (unsigned)(s[i] - '0');
	*out = n;
	return n >= 1 && n <= 65535 ? s + digits : NULL;
}

bool schema_parse_range(const char *s, struct port_range *out)
{
	unsigned first = 0, last;
	const char *rest = parse_port(s, &first);

	last = first;
	if (rest && *rest == '-')
		rest = parse_port(rest + 1, &last);
	if (!rest || *rest || last < first)
		return false;
	*out = (struct port_range){ first, last - first + 1 };
	return true;
}
