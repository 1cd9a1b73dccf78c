/* SPDX-License-Identifier: Apache-2.0 */
/* What `ready` says, and whether it can be found out. */
#include "core/normalizer.h"

#include <string.h>

#include "core/text.h"

#define TIMEOUT_S 60

static void problem(struct normalizer *n, size_t machine, const char *what)
{
	problems_add(n->problems, normalizer_file(n, &n->merged[machine]),
		     normalizer_line(&n->merged[machine], "ready"), "machine '%s'.ready: %s",
		     n->env->machines[machine].name, what);
}

static bool is_blank(const char *s)
{
	return strspn(s, " \t\r\n") == strlen(s);
}

static void check_way_in(struct normalizer *n, size_t machine)
{
	if (normalizer_has_way_in(n, machine))
		return;
	problem(n, machine,
		"it has cards on internal networks only, and this host no way into it to find that "
		"out");
	problems_hint(n->problems, NORMALIZER_WAY_IN_HINT);
}

static void take(struct normalizer *n, size_t machine)
{
	const struct readiness *raw = &n->merged[machine].ready;
	struct machine *m = &n->env->machines[machine];

	if (!normalizer_says(&n->merged[machine], "ready") ||
	    normalizer_failed(&n->merged[machine], "ready"))
		return;
	m->ready = (struct readiness){
		.port = raw->port,
		.command = arena_strdup(&n->env->arena, raw->command),
		.timeout_s = raw->timeout_s ? raw->timeout_s : TIMEOUT_S,
	};
	/* Of a block with mistakes in it, what is right may be what matters. */
	if (!raw->port && !raw->command && raw->decl.said == raw->decl.set)
		problem(n, machine, "neither a port nor a command is given");
	if (raw->command && is_blank(raw->command))
		problem(n, machine, "the command is empty");
	check_way_in(n, machine);
}

void normalize_readiness(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++)
		take(n, i);
}
