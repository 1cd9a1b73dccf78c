/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a network whose subnet the engine chooses has an address for each machine of the file. */
#include "core/planner.h"

#include <string.h>

#include "core/cidr.h"
#include "core/text.h"

static unsigned long count_cards(const struct planner *p, const char *engine, size_t network)
{
	const struct env *env = p->request->env;
	unsigned long count = 0;

	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];

		for (size_t k = 0; k < m->card_count; k++)
			count += m->cards[k].network == network &&
				 text_equal(p->request->views[i].engine, engine);
	}
	return count;
}

/* What it has or is going to have. False where machines share none. */
static bool subnet_of(const struct planner *p, const char *engine, const struct network *n,
		      struct cidr *out)
{
	const struct observed_network *have =
		observed_network(p->request->observed, p->request->project_id, engine, n->name);

	*out = (struct cidr){ .prefix = NETWORK_CHOSEN_PREFIX };
	return !have || cidr_parse(have->subnet, -1, out);
}

static int check(const struct planner *p, const char *engine, size_t network, struct error *err)
{
	const struct network *n = &p->request->env->networks[network];
	unsigned long count = count_cards(p, engine, network), room;
	struct cidr subnet;

	if (!subnet_of(p, engine, n, &subnet))
		return 0;
	room = cidr_room(&subnet);
	if (count <= room)
		return 0;
	error_set(err, ERROR_PROVIDER,
		  "network '%s' has addresses for %lu machines, and %lu are on it", n->name, room,
		  count);
	if (n->kind == NETWORK_MANAGEMENT)
		return error_hint(
			err,
			"put them on a wider one instead: management = false, and networks = { \"lan\" } "
			"of network \"lan\" { kind = \"nat\", subnet = \"10.20.0.0/16\" }");
	return error_hint(err, "give it a wider subnet, such as subnet = \"10.20.0.0/16\"");
}

static int check_engines(const struct planner *p, size_t network, struct error *err)
{
	const struct env *env = p->request->env;
	const char *done = NULL;

	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];
		const char *engine = p->request->views[i].engine;

		for (size_t k = 0; k < m->card_count && p->meant[i]; k++) {
			if (m->cards[k].network != network || text_equal(engine, done))
				continue;
			if (check(p, engine, network, err) < 0)
				return -1;
			done = engine;
		}
	}
	return 0;
}

int planner_check_room(const struct planner *p, struct error *err)
{
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->network_count; i++) {
		const struct network *n = &env->networks[i];

		/* A subnet that was said has been looked at with the file. */
		if (network_is_ours(n->kind) && !n->subnet && check_engines(p, i, err) < 0)
			return -1;
	}
	return 0;
}
