/* SPDX-License-Identifier: Apache-2.0 */
/* bothy forward: ports into a machine for as long as the command runs. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/port_holder.h"
#include "cli/portspec.h"
#include "cli/publish.h"
#include "cli/reach.h"
#include "core/stop.h"
#include "guest/forward.h"

#define LOOK_MS 2000

struct forwarding {
	struct forward *engine;
	const struct observed_machine *machine;
	struct provider *provider;
	struct provider_address address;
	struct port *ports;
	size_t count;
};

static int parse_all(struct forwarding *f, int argc, char **argv, struct arena *arena,
		     struct error *err)
{
	f->ports = arena_alloc(arena, (size_t)argc * sizeof(*f->ports));
	for (; f->count < (size_t)argc; f->count++) {
		if (portspec_parse(argv[f->count], arena, &f->ports[f->count], err) < 0)
			return -1;
	}
	return 0;
}

/* With user-mode networking: QEMU leads ports in, also into a machine that runs, and nobody else can. */
static int only_the_engine_can(const struct forwarding *f, struct error *err)
{
	cleanup_text struct text fields = { 0 };

	for (size_t i = 0; i < f->count; i++) {
		cleanup_free char *field = portspec_field(&f->ports[i]);

		text_addf(&fields, "%s%s", i ? ", " : "", field);
	}
	error_set(err, ERROR_PROVIDER,
		  "machine '%s' has user-mode networking, which lets nobody in but by ports that "
		  "'bothy.lua' says",
		  f->machine->name);
	return error_hint(err, "ports = { %s } there, then 'bothy up %s', also while it runs",
			  text_str(&fields), f->machine->name);
}

static int find(struct session *s, const char *word, struct forwarding *f, struct error *err)
{
	const char *name;

	if (session_find_for(s, 1, "", err) < 0 || session_select_one(s, word, &name, err) < 0 ||
	    reach_machine(s, name, &f->machine, err) < 0 ||
	    session_provider(s, f->machine->provider, &f->provider, err) < 0)
		return -1;
	if (provider_machine_address(f->provider, f->machine->id, &f->address, err) < 0)
		return error_wrap(err, "cannot find the address of machine '%s'", name);
	return f->address.port ? only_the_engine_can(f, err) : 0;
}

static int add(struct session *s, struct forwarding *f, struct port *p, struct error *err)
{
	for (unsigned i = 0; i < p->count; i++) {
		struct forward_rule rule = { .protocol = p->protocol,
					     .bind = p->bind,
					     .host = p->host + i,
					     .address = f->address.ip,
					     .guest = p->guest + i,
					     .owner = f->machine->name };
		cleanup_free char *holder = NULL, *text = NULL;
		unsigned got;

		if (forward_add(f->engine, &rule, &got, err) == 0)
			continue;
		if (err->kind != ERROR_BUSY)
			return -1;
		holder = port_holder(s->home, p->protocol, p->bind, p->host + i);
		text = xasprintf("%s%s%s", err->text, holder ? " by " : "", holder ? holder : "");
		error_set(err, ERROR_BUSY, "%s", text);
		return error_hint(err, "choose another port of this host");
	}
	return 0;
}

static void print(struct session *s, const struct forwarding *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->count; i++) {
		struct forwarded row = { .machine = (char *)(uintptr_t)f->machine->name,
					 .protocol = f->ports[i].protocol,
					 .bind = (char *)(uintptr_t)f->ports[i].bind,
					 .host = f->ports[i].host,
					 .guest = f->ports[i].guest,
					 .count = f->ports[i].count };
		cleanup_free char *host = portspec_host(row.bind, row.host, row.count);
		cleanup_free char *guest = portspec_guest(row.protocol, row.guest, row.count);

		forwarded_document(&row, true, list);
		out_line(s->out, "%s → %s of %s", host, guest, row.machine);
	}
	out_info(s->out, "Ctrl-C ends it");
	out_document(s->out, list);
}

/* Until the user has enough, which is how it should end, or the machine is off. */
static int forward(struct forwarding *f, struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	enum machine_state state = MACHINE_RUNNING;

	while (state == MACHINE_RUNNING || state == MACHINE_PAUSED || state == MACHINE_UNKNOWN) {
		if (forward_run(f->engine, -1, clock_ms() + LOOK_MS, err) < 0) {
			if (err->kind != ERROR_STOPPED)
				return -1;
			error_clear(err);
			return 0;
		}
		/* An engine that does not answer says nothing about the machine. */
		if (provider_machine_state(f->provider, f->machine->id, &state, &ignored) < 0)
			error_clear(&ignored);
	}
	return error_set(err, ERROR_GUEST, "machine '%s' is %s", f->machine->name,
			 machine_state_name(state));
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, WORDS_ANY, err);
	struct forwarding f = { 0 };
	struct arena arena = { 0 };

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc < 2) {
		error_set(err, ERROR_USAGE, argc ? "no port given" : "no machine given");
		return error_hint(err, "usage: bothy forward %s", cmd_forward.usage);
	}
	rc = parse_all(&f, argc - 1, argv + 1, &arena, err) < 0 || find(s, argv[0], &f, err) < 0 ||
			     forward_new(&f.engine, err) < 0 ?
		     -1 :
		     0;
	for (size_t i = 0; rc == 0 && i < f.count; i++)
		rc = add(s, &f, &f.ports[i], err);
	if (rc == 0) {
		print(s, &f);
		rc = forward(&f, err);
	}
	forward_free(&f.engine);
	free(f.address.ip);
	arena_clear(&arena);
	return rc;
}

const struct command cmd_forward = {
	"forward",
	"reach",
	"MACHINE [BIND:]HOST:GUEST[/udp]…",
	"Forward ports into a machine until Ctrl-C",
	run,
};
