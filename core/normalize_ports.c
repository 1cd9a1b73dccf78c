/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of this host: each leads to one machine. */
#include "core/normalizer.h"

#include <string.h>

#include "core/schema.h"
#include "core/text.h"

static int line_of(const struct port_raw *port, const char *key)
{
	size_t i;

	if (schema_find(&schema_port, key, &i) && port->decl.lines[i])
		return port->decl.lines[i];
	return port->decl.line;
}

static const char *file_of(const struct normalizer *n, const struct port_raw *port)
{
	return port->decl.file ? port->decl.file : n->raw->file;
}

static void take_port(struct normalizer *n, const struct port_raw *said, struct port *port)
{
	char bind[IPV6_TEXT_BYTES] = "127.0.0.1";

	if (said->bind && !ip_canonical(said->bind, bind))
		problems_add(n->problems, file_of(n, said), line_of(said, "bind"),
			     "%s.bind: expected an address of this host, got \"%s\"", said->where,
			     said->bind);
	if (said->host.count != said->guest.count)
		problems_add(n->problems, file_of(n, said), line_of(said, "guest"),
			     "%s: %u port%s of this host cannot lead to %u of the machine",
			     said->where, said->host.count, said->host.count == 1 ? "" : "s",
			     said->guest.count);
	*port = (struct port){
		.protocol = said->protocol,
		.bind = arena_strdup(&n->env->arena, bind),
		.host = said->host.first,
		.guest = said->guest.first,
		.count = said->host.count,
		.shift_if_taken = said->shift_if_taken,
	};
}

static bool is_any(const char *bind)
{
	return strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
}

/* Whether both cannot be listened on. "::" may take IPv4 as well. */
static bool collide(const struct port *a, const struct port *b)
{
	bool same_family = !strchr(a->bind, ':') == !strchr(b->bind, ':');

	return a->protocol == b->protocol && !a->shift_if_taken && !b->shift_if_taken &&
	       a->host < b->host + b->count && b->host < a->host + a->count &&
	       (strcmp(a->bind, b->bind) == 0 || strcmp(a->bind, "::") == 0 ||
		strcmp(b->bind, "::") == 0 ||
		(same_family && (is_any(a->bind) || is_any(b->bind))));
}

/* Against the ports of that machine before `end`. */
static void check_against(struct normalizer *n, size_t machine, size_t index, size_t other,
			  size_t end)
{
	const struct machine *m = &n->env->machines[machine], *o = &n->env->machines[other];
	const struct port_raw *said = &n->merged[machine].ports.at[index];

	for (size_t i = 0; i < end; i++) {
		const struct port_raw *theirs = &n->merged[other].ports.at[i];
		const struct port *a = &o->ports[i], *b = &m->ports[index];

		if (!collide(a, b))
			continue;
		problems_add(n->problems, file_of(n, said), said->decl.line,
			     "%s: port %u of this host leads into machine '%s' already (%s)",
			     normalizer_where(n, m, said->where),
			     a->host > b->host ? a->host : b->host, o->name,
			     normalizer_place(n, file_of(n, said), file_of(n, theirs),
					      theirs->decl.line));
		problems_hint(n->problems, "shift_if_taken = true takes another one where it must");
		return;
	}
}

void normalize_ports(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct ports_raw *said = &n->merged[i].ports;
		struct machine *m = &n->env->machines[i];

		m->ports = arena_alloc(&n->env->arena, said->count * sizeof(*m->ports));
		m->port_count = said->count;
		for (size_t k = 0; k < said->count; k++) {
			take_port(n, &said->at[k], &m->ports[k]);
			for (size_t other = 0; other < i; other++)
				check_against(n, i, k, other, n->env->machines[other].port_count);
			check_against(n, i, k, i, k);
		}
	}
}
