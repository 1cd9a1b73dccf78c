/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and names of machines on this host. */
#include "cli/publish.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hostsfile.h"
#include "cli/port_record.h"
#include "cli/portspec.h"

static bool is_forwarded(const struct forwarded *f, const struct machine *m, const struct port *p)
{
	return strcmp(f->machine, m->name) == 0 && f->protocol == p->protocol &&
	       f->guest == p->guest && f->count == p->count && strcmp(f->bind, p->bind) == 0 &&
	       (f->host == p->host || (p->shift_if_taken && f->wanted == p->host));
}

static void add_led(const struct machine *m, const struct port *wanted, const struct port *p,
		    struct forwarded_list *l)
{
	l->at = xgrow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = (struct forwarded){ .machine = xstrdup(m->name),
						.protocol = p->protocol,
						.bind = xstrdup(p->bind),
						.host = p->host,
						.guest = p->guest,
						.count = p->count,
						.wanted = wanted->host };
}

/* Moves what is about that machine, or about none (NULL), from one list to the other. */
static void move(struct forwarded_list *from, const char *machine, struct forwarded_list *to)
{
	for (size_t i = 0; i < from->count; i++) {
		struct forwarded *f = &from->at[i];

		if (!f->machine || (machine && strcmp(f->machine, machine) != 0))
			continue;
		to->at = xgrow(to->at, to->count, sizeof(*to->at));
		to->at[to->count++] = *f;
		*f = (struct forwarded){ 0 };
	}
}

/* A port that is not the one in the file is worth a word. */
static void tell_shifted(const struct publish *p, const struct forwarded_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct forwarded *f = &l->at[i];
		cleanup_free char *wanted = portspec_host(f->bind, f->wanted, f->count);
		cleanup_free char *host = portspec_host(f->bind, f->host, f->count);
		cleanup_free char *guest = portspec_guest(f->protocol, f->guest, f->count);
		cleanup_free char *text =
			xasprintf("port %s → %s, since %s is taken", host, guest, wanted);

		if (f->host != f->wanted)
			watcher_emit(p->watch, &(struct event){ .kind = EVENT_NOTE,
								.machine = f->machine,
								.step = p->step,
								.text = text });
	}
}

static int serve(const struct publish *p, const struct port_record *before,
		 struct port_record *after, struct error *err)
{
	struct provider_address address = { 0 };
	cleanup_forwarded struct forwarded_list now = { 0 };
	struct forwarder_order order = { .machine = p->machine,
					 .id = p->id,
					 .before = &before->ports };
	int rc;

	if (provider_machine_address(p->provider, p->id, &address, err) < 0)
		return error_wrap(err, "cannot forward the ports of machine '%s'",
				  p->machine->name);
	order.address = address.ip;
	rc = forwarder_serve(p->session, &order, err);
	free(address.ip);
	if (rc < 0 || forwarder_list(p->session->state_dir, &now, err) < 0)
		return -1;
	move(&now, p->machine->name, &after->ports);
	tell_shifted(p, &after->ports);
	return 0;
}

static int publish_ports(const struct publish *p, struct error *err)
{
	const struct machine *m = p->machine;
	cleanup_port_record struct port_record before = { 0 }, after = { 0 };
	cleanup_free struct port *ports = xcalloc(m->port_count + 1, sizeof(*ports));

	if (m->port_count)
		memcpy(ports, m->ports, m->port_count * sizeof(*ports));
	port_record_load(p->session->state_dir, m->name, &before);
	if ((m->port_count || before.by_engine) &&
	    provider_machine_forward(p->provider, p->id, ports, m->port_count, &after.by_engine,
				     err) < 0)
		return error_wrap(err, "cannot forward the ports of machine '%s'", m->name);
	if (after.by_engine) {
		for (size_t i = 0; i < m->port_count; i++)
			add_led(m, &m->ports[i], &ports[i], &after.ports);
		tell_shifted(p, &after.ports);
	}
	if ((after.by_engine || !m->port_count) && forwarder_drop(p->session, m->name, err) < 0)
		return -1;
	if (!after.by_engine && m->port_count && serve(p, &before, &after, err) < 0)
		return -1;
	return port_record_save(p->session, m->name, &after, err);
}

static void note(const struct watcher *watch, const char *machine, const char *step,
		 const char *text)
{
	watcher_emit(watch,
		     &(struct event){
			     .kind = EVENT_NOTE, .machine = machine, .step = step, .text = text });
}

static void fill_names(const struct session *s, const struct machine *m, struct arena *arena,
		       struct strings *out)
{
	cleanup_free char *domain = network_project_domain(s->project.name);

	*out = (struct strings){ arena_alloc(arena, (m->aliases.count + 2) * sizeof(char *)), 0 };
	out->at[out->count++] = m->name;
	out->at[out->count++] = arena_printf(arena, "%s.%s", m->name, domain);
	for (size_t i = 0; i < m->aliases.count; i++)
		out->at[out->count++] = m->aliases.at[i];
}

static int remove_names(struct session *s, const struct watcher *watch, const char *machine,
			struct error *err)
{
	const char *path = hostsfile_path();
	cleanup_free char *line = hostsfile_find(path, s->project.id, machine), *text = NULL;

	if (!line || hostsfile_remove(path, s->project.id, machine, err) == 0)
		return 0;
	if (err->kind != ERROR_DENIED)
		return -1;
	error_clear(err);
	text = xasprintf("its names stay in %s, which needs root: sudo sed -i '/^# bothy %s .* "
			 "begin$/,/ end$/d' %s",
			 path, s->project.id, path);
	note(watch, machine, NULL, text);
	return 0;
}

static int publish_names(const struct publish *p, struct error *err)
{
	const struct machine *m = p->machine;
	const char *path = hostsfile_path();
	struct provider_address address = { 0 };
	struct hostsfile_entry entry = { 0 };
	cleanup_free char *text = NULL;
	struct arena arena = { 0 };
	int rc;

	if (!m->on_host)
		return remove_names(p->session, p->watch, m->name, err);
	if (provider_machine_address(p->provider, p->id, &address, err) < 0)
		return error_wrap(err, "cannot tell this host the names of machine '%s'", m->name);
	entry.address = address.ip;
	fill_names(p->session, m, &arena, &entry.names);
	rc = hostsfile_set(path, &p->session->project, &entry, err);
	arena_clear(&arena);
	free(address.ip);
	if (rc == 0 || err->kind != ERROR_DENIED)
		return rc;
	error_clear(err);
	text = xasprintf("its names are not in %s, which needs root: sudo bothy up %s", path,
			 m->name);
	note(p->watch, m->name, p->step, text);
	return 0;
}

int publish_machine(const struct publish *p, struct error *err)
{
	return publish_ports(p, err) < 0 || publish_names(p, err) < 0 ? -1 : 0;
}

int publish_end_ports(struct session *s, const char *machine, struct error *err)
{
	cleanup_port_record struct port_record before = { 0 }, none = { 0 };

	port_record_load(s->state_dir, machine, &before);
	/* What the engine led into it went with the machine's process. */
	if (before.by_engine && port_record_save(s, machine, &none, err) < 0)
		return -1;
	return forwarder_drop(s, machine, err);
}

int publish_end(struct session *s, const struct watcher *watch, const char *machine,
		struct error *err)
{
	return publish_end_ports(s, machine, err) < 0 || remove_names(s, watch, machine, err) < 0 ?
		       -1 :
		       0;
}

void forwarded_document(const struct forwarded *f, bool with_machine, json_t *list)
{
	for (unsigned i = 0; i < f->count; i++) {
		json_t *row = json_object();

		if (with_machine)
			json_object_set_new(row, "machine", json_string(f->machine));
		json_object_set_new(row, "host_ip", json_string(f->bind));
		json_object_set_new(row, "host", json_integer(f->host + i));
		json_object_set_new(row, "guest", json_integer(f->guest + i));
		json_object_set_new(row, "protocol", json_string(port_protocol_name(f->protocol)));
		json_array_append_new(list, row);
	}
}

int publish_list(const struct session *s, const struct project *project, struct forwarded_list *out,
		 struct error *err)
{
	cleanup_free char *state_dir = fs_join(project->directory, ".bothy");

	if (forwarder_list(state_dir, out, err) < 0)
		return -1;
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];
		cleanup_port_record struct port_record r = { 0 };

		if (m->state != MACHINE_RUNNING || strcmp(m->project.id, project->id) != 0)
			continue;
		port_record_load(state_dir, m->name, &r);
		if (r.by_engine)
			move(&r.ports, NULL, out);
	}
	return 0;
}

static char *missing_port(const struct machine *m, const struct forwarded_list *now)
{
	for (size_t i = 0; i < m->port_count; i++) {
		const struct port *p = &m->ports[i];
		cleanup_free char *host = NULL, *guest = NULL;
		bool found = false;

		for (size_t k = 0; k < now->count && !found; k++)
			found = is_forwarded(&now->at[k], m, p);
		if (found)
			continue;
		host = portspec_host(p->bind, p->host, p->count);
		guest = portspec_guest(p->protocol, p->guest, p->count);
		return xasprintf("port %s → %s is not forwarded", host, guest);
	}
	return NULL;
}

static char *spare_port(const struct machine *m, const struct forwarded_list *now)
{
	for (size_t k = 0; k < now->count; k++) {
		const struct forwarded *f = &now->at[k];
		cleanup_free char *host = NULL;
		bool found = strcmp(f->machine, m->name) != 0;

		for (size_t i = 0; i < m->port_count && !found; i++)
			found = is_forwarded(f, m, &m->ports[i]);
		if (found)
			continue;
		host = portspec_host(f->bind, f->host, f->count);
		return xasprintf("port %s is forwarded, but not in the file", host);
	}
	return NULL;
}

/* Without the right to change them, a run that has nothing else to do shall not begin for them. */
static char *names_reason(struct session *s, const struct machine *m,
			  const struct observed_machine *running)
{
	const char *path = hostsfile_path();
	struct hostsfile_entry entry = { .address = running ? running->address : NULL };
	cleanup_free char *line = hostsfile_find(path, s->project.id, m->name), *wanted = NULL;
	struct arena arena = { 0 };

	if (access(path, W_OK) < 0 || (!m->on_host && !line) || (m->on_host && !entry.address))
		return NULL;
	if (!m->on_host)
		return xasprintf("its names are in %s", path);
	fill_names(s, m, &arena, &entry.names);
	wanted = hostsfile_line(&entry);
	arena_clear(&arena);
	return text_equal(line, wanted) ? NULL : xasprintf("its names are not in %s", path);
}

char *publish_reason(struct session *s, const struct machine *m, const struct forwarded_list *now)
{
	const struct observed_machine *have =
		observed_machine(&s->observed, s->project.id, m->name);
	bool running = have && have->state == MACHINE_RUNNING;
	char *reason = running ? missing_port(m, now) : NULL;

	if (running && !reason)
		reason = spare_port(m, now);
	return reason ? reason : names_reason(s, m, running ? have : NULL);
}
