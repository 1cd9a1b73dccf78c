/* SPDX-License-Identifier: Apache-2.0 */
/* Machines whose ports are forwarded, to JSON and back. */
#include "cli/served.h"

#include <stdlib.h>
#include <string.h>

#define STATE_LIMIT ((size_t)8 << 20)
#define PORT_MOST 65535

static json_t *port_encode(const struct served_port *p)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s:b}", "protocol",
			 port_protocol_name(p->protocol), "bind", p->bind, "host", (int)p->host,
			 "wanted", (int)p->wanted, "guest", (int)p->guest, "count", (int)p->count,
			 "shift", (int)p->shift, "listens", p->key != NULL);
}

json_t *served_encode(const struct served *s)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(ports, port_encode(&s->ports[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "machine", s->machine, "id", s->id,
			 "provider", s->provider, "address", s->address, "serial",
			 (json_int_t)s->serial, "until_ms", (json_int_t)s->until_ms, "ports",
			 ports);
}

static bool is_range(int first, int count)
{
	return first >= 0 && first <= PORT_MOST && count >= 1 && count <= PORT_MOST - first + 1;
}

static int port_decode(json_t *from, struct served_port *out)
{
	const char *protocol, *bind;
	int host, wanted, guest, count, shift, listens;

	if (json_unpack(from, "{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s:b}", "protocol", &protocol,
			"bind", &bind, "host", &host, "wanted", &wanted, "guest", &guest, "count",
			&count, "shift", &shift, "listens", &listens) < 0 ||
	    !is_range(host, count) || !is_range(wanted, count) || !is_range(guest, count) ||
	    guest == 0)
		return -1;
	*out = (struct served_port){ .protocol = strcmp(protocol, "udp") == 0 ? PORT_UDP : PORT_TCP,
				     .bind = xstrdup(bind),
				     .wanted = (unsigned)wanted,
				     .host = (unsigned)host,
				     .guest = (unsigned)guest,
				     .count = (unsigned)count,
				     .shift = shift,
				     .listens = listens };
	return 0;
}

int served_decode(const json_t *from, struct served *out, struct error *err)
{
	const char *machine, *id, *provider, *address;
	cleanup_served struct served s = { 0 };
	json_int_t serial, until_ms;
	json_t *ports;

	/* jansson's unpacking is not const for its "o" only. */
	if (json_unpack((json_t *)(uintptr_t)from, "{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "machine",
			&machine, "id", &id, "provider", &provider, "address", &address, "serial",
			&serial, "until_ms", &until_ms, "ports", &ports) < 0)
		return error_set(err, ERROR_USAGE, "that is no machine with ports");
	s = (struct served){ .machine = xstrdup(machine),
			     .id = xstrdup(id),
			     .provider = xstrdup(provider),
			     .address = xstrdup(address),
			     .serial = (uint64_t)serial,
			     .until_ms = until_ms };
	s.ports = xcalloc(json_array_size(ports) + 1, sizeof(*s.ports));
	for (; s.count < json_array_size(ports); s.count++) {
		if (port_decode(json_array_get(ports, s.count), &s.ports[s.count]) < 0)
			return error_set(err, ERROR_USAGE, "port %zu of machine '%s' cannot be",
					 s.count + 1, s.machine);
	}
	*out = s;
	s = (struct served){ 0 };
	return 0;
}

json_t *served_list_encode(const struct served_list *l)
{
	json_t *machines = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(machines, served_encode(&l->at[i]));
	return json_pack("{s:o}", "machines", machines);
}

int served_list_decode(const json_t *from, struct served_list *out, struct error *err)
{
	const json_t *machines = json_object_get(from, "machines");
	cleanup_served_list struct served_list l = { 0 };

	for (; l.count < json_array_size(machines); l.count++) {
		l.at = xgrow(l.at, l.count, sizeof(*l.at));
		l.at[l.count] = (struct served){ 0 };
		if (served_decode(json_array_get(machines, l.count), &l.at[l.count], err) < 0)
			return -1;
	}
	*out = l;
	l = (struct served_list){ 0 };
	return 0;
}

/* Of this start of the kernel, see random(4); "" where it cannot be told. Caller frees. */
static char *boot_id(void)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text t = { 0 };

	if (fs_read("/proc/sys/kernel/random/boot_id", 64, &t, &ignored) < 0)
		return xstrdup("");
	return text_pop_line(&t);
}

/* A file that came with the project would open any port of this host towards anywhere. */
static bool is_ours(const json_t *root)
{
	cleanup_free char *now = boot_id();

	return *now && text_equal(json_string_value(json_object_get(root, "boot")), now);
}

void served_load(const char *directory, struct served_list *out)
{
	cleanup_free char *path = fs_join(directory, "state.json");
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text t = { 0 };
	json_t *root = NULL;

	*out = (struct served_list){ 0 };
	if (fs_read(path, STATE_LIMIT, &t, &ignored) == 0)
		root = json_loadb(text_str(&t), t.len, JSON_REJECT_DUPLICATES, NULL);
	if (root && is_ours(root))
		served_list_decode(root, out, &ignored);
	json_decref(root);
}

int served_save(const char *directory, const struct served_list *l, const struct owner *owner,
		struct error *err)
{
	cleanup_free char *path = fs_join(directory, "state.json");
	cleanup_free char *boot = boot_id(), *dump = NULL;
	json_t *root = served_list_encode(l);

	json_object_set_new(root, "boot", json_string(boot));
	dump = json_dumps(root, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	json_decref(root);
	if (!dump)
		return error_set(err, ERROR_SYSTEM, "cannot write '%s': a name in it is no text",
				 path);
	return fs_write(path, dump, strlen(dump), 0600, owner, err);
}

struct served *served_find(const struct served_list *l, const char *machine)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->at[i].machine, machine) == 0)
			return &l->at[i];
	}
	return NULL;
}

void served_clear(struct served *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->ports[i].bind);
		free(s->ports[i].key);
	}
	free(s->ports);
	free(s->machine);
	free(s->id);
	free(s->provider);
	free(s->address);
	*s = (struct served){ 0 };
}

void served_list_clear(struct served_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		served_clear(&l->at[i]);
	free(l->at);
	*l = (struct served_list){ 0 };
}
