/* SPDX-License-Identifier: Apache-2.0 */
/* What of this host leads to a machine: it must be there before the machine boots. */
#include "core/planner.h"

#include "core/text.h"

#define SHOWN_PORTS 3

static void add_port(struct text *t, const struct port *port)
{
	text_addf(t, "%s%s:%u", t->len ? ", " : "", port->bind, port->host);
	if (port->count > 1)
		text_addf(t, "-%u", port->host + port->count - 1);
	/* Which one is known when it is taken, and machines that come up side by side may want the same. */
	if (port->shift_if_taken)
		text_add(t, " or above");
	text_addf(t, " → %u", port->guest);
	if (port->count > 1)
		text_addf(t, "-%u", port->guest + port->count - 1);
	if (port->protocol == PORT_UDP)
		text_add(t, "/udp");
}

/* "127.0.0.1:8080 or above → 80, names in /etc/hosts" */
static const char *what_it_has(struct planner *p, const struct machine *m)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < m->port_count && i < SHOWN_PORTS; i++)
		add_port(&t, &m->ports[i]);
	if (m->port_count > SHOWN_PORTS)
		text_addf(&t, " and %zu more", m->port_count - SHOWN_PORTS);
	if (m->on_host)
		text_addf(&t, "%snames in /etc/hosts", t.len ? ", " : "");
	return arena_strdup(&p->plan->arena, text_str(&t));
}

void planner_publish(struct planner *p, size_t index, bool boots)
{
	const struct machine *m = &p->request->env->machines[index];
	const struct observed_machine *have = planner_have(p, m->name);
	const char *reason = p->request->views[index].publish_reason;
	size_t last = p->last[index];
	bool anew = last != PLANNER_NO_STEP && p->plan->steps[last].kind == STEP_CREATE;

	if (!reason && boots && (m->port_count || m->on_host))
		reason = what_it_has(p, m);
	if (!reason)
		return;
	planner_add_for(p, index, STEP_PUBLISH, reason)->effect =
		have && have->state == MACHINE_RUNNING && !anew ? EFFECT_LIVE : EFFECT_NONE;
}
