/* SPDX-License-Identifier: Apache-2.0 */
/* Which ports a machine was given. */
#include "cli/port_record.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "ports.json"
#define FILE_LIMIT ((size_t)1 << 20)

static void add(const char *machine, json_t *from, struct forwarded_list *l)
{
	const char *protocol, *bind;
	int wanted, host, guest, count;

	if (json_unpack(from, "{s:s, s:s, s:i, s:i, s:i, s:i}", "protocol", &protocol, "bind",
			&bind, "wanted", &wanted, "host", &host, "guest", &guest, "count",
			&count) < 0 ||
	    wanted < 0 || host < 0 || guest < 0 || count < 1)
		return;
	l->at = xgrow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = (struct forwarded){
		.machine = xstrdup(machine),
		.protocol = strcmp(protocol, "udp") == 0 ? PORT_UDP : PORT_TCP,
		.bind = xstrdup(bind),
		.host = (unsigned)host,
		.guest = (unsigned)guest,
		.count = (unsigned)count,
		.wanted = (unsigned)wanted,
	};
}

void port_record_load(const char *state_dir, const char *machine, struct port_record *out)
{
	cleanup_free char *path = xasprintf("%s/machines/%s/" FILE_NAME, state_dir, machine);
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text t = { 0 };
	json_t *root = NULL, *ports;

	*out = (struct port_record){ 0 };
	if (fs_exists(path) && fs_read(path, FILE_LIMIT, &t, &ignored) == 0)
		root = json_loadb(text_str(&t), t.len, 0, NULL);
	ports = json_object_get(root, "ports");
	out->by_engine = json_is_true(json_object_get(root, "engine"));
	for (size_t i = 0; i < json_array_size(ports); i++)
		add(machine, json_array_get(ports, i), &out->ports);
	json_decref(root);
}

int port_record_save(const struct session *s, const char *machine, const struct port_record *r,
		     struct error *err)
{
	cleanup_free char *directory = session_machine_path(s, machine, NULL);
	cleanup_free char *path = fs_join(directory, FILE_NAME), *dump = NULL;
	json_t *ports, *root;

	if (r->ports.count == 0)
		return fs_remove(path, err);
	/* It may have lost its keys with all that was there. */
	if (fs_make_dirs(directory, 0700, &s->owner, err) < 0)
		return -1;
	ports = json_array();
	for (size_t i = 0; i < r->ports.count; i++) {
		const struct forwarded *f = &r->ports.at[i];

		json_array_append_new(ports,
				      json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "protocol",
						port_protocol_name(f->protocol), "bind", f->bind,
						"wanted", (int)f->wanted, "host", (int)f->host,
						"guest", (int)f->guest, "count", (int)f->count));
	}
	root = json_pack("{s:b, s:o}", "engine", (int)r->by_engine, "ports", ports);
	dump = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	return fs_write(path, dump, strlen(dump), 0644, &s->owner, err);
}

void port_record_clear(struct port_record *r)
{
	forwarded_list_clear(&r->ports);
	*r = (struct port_record){ 0 };
}
