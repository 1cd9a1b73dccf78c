/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of a project as Ansible reaches them. */
#include "cli/ansible_hosts.h"

#include <stdlib.h>

#include "cli/once.h"
#include "cli/reach.h"

static int add_machine(struct session *s, const struct machine *m,
		       const struct observed_machine *have, struct ansible_machines *out,
		       struct error *err)
{
	cleanup_reach struct reach t = { 0 };
	cleanup_free char *known_host = NULL;
	struct arena *arena = &out->arena;

	if (reach_init(s, have, m, &t, err) < 0)
		return -1;
	out->hosts.at[out->hosts.count++] = (struct ansible_host){
		.name = m->name,
		.address = arena_strdup(arena, t.address),
		.port = t.target.port,
		.user = arena_strdup(arena, t.user),
		.key_path = arena_strdup(arena, t.identity.user_key_path),
	};
	known_host = reach_known_host(&t);
	text_add(&out->known_hosts, known_host);
	return 0;
}

static bool is_up(const struct machine *m, const struct observed_machine *have)
{
	return have && have->state == MACHINE_RUNNING && !m->no_guest;
}

int ansible_machines_find(struct session *s, const char *must, struct ansible_machines *out,
			  struct error *err)
{
	cleanup_observed struct observed now = { 0 };
	struct ansible_machines found = { 0 };

	if (once_observe(s, &now, err) < 0)
		return -1;
	found.hosts.at = arena_alloc(&found.arena, s->env.machine_count * sizeof(*found.hosts.at));
	for (size_t i = 0; i < s->env.machine_count; i++) {
		const struct machine *m = &s->env.machines[i];
		const struct observed_machine *have =
			observed_machine(&now, s->project.id, m->name);
		cleanup_error struct error problem = { 0 };

		if (!is_up(m, have) || add_machine(s, m, have, &found, &problem) == 0 ||
		    !text_equal(m->name, must))
			continue;
		ansible_machines_clear(&found);
		return error_move(err, &problem);
	}
	*out = found;
	return 0;
}

void ansible_machines_clear(struct ansible_machines *m)
{
	text_clear(&m->known_hosts);
	arena_clear(&m->arena);
	*m = (struct ansible_machines){ 0 };
}
