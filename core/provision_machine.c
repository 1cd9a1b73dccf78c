/* SPDX-License-Identifier: Apache-2.0 */
/* Machines of once_all_up{}. */
#include "core/provision_machine.h"

#include <stdlib.h>
#include <string.h>

#include "core/provisioners.h"

/* NULL: nobody can tell. */
static const struct machine *usual_machine(const struct env *env)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		if (env->machines[i].primary)
			return &env->machines[i];
	}
	return env->machine_count == 1 ? env->machines : NULL;
}

static void report_unknown(const struct provision_draft *d, const char *name)
{
	const struct env *env = d->n->env;
	const char **names = xcalloc(env->machine_count, sizeof(*names));

	for (size_t i = 0; i < env->machine_count; i++)
		names[i] = env->machines[i].name;
	draft_problem(d, "machine", "there is no machine '%s'%s", name,
		      draft_nearest(d, name, names, env->machine_count));
	free(names);
}

static const struct machine *find(const struct provision_draft *d)
{
	const char *name = d->p->machine;
	const struct machine *m;

	if (name) {
		m = env_machine(d->n->env, name);
		if (!m)
			report_unknown(d, name);
		return m;
	}
	if (provisioner_is_on_host(d->p) || d->p->kind == PROVISION_CLOUD_INIT)
		return NULL;
	m = usual_machine(d->n->env);
	if (!m)
		draft_problem(d, NULL, "say where it runs: machine = \"…\"");
	return m;
}

void provision_take_machine(const struct provision_draft *d)
{
	const struct machine *m;

	if (d->machine) {
		if (draft_says(d, "machine"))
			draft_problem(d, "machine", "only provisioners of once_all_up choose one");
		return;
	}
	m = find(d);
	d->p->machine = m ? m->name : NULL;
	if (m && m->no_guest)
		draft_problem(d, NULL, "machine '%s' has guest = \"none\": nothing runs in it",
			      m->name);
}
