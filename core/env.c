/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup in, and end of, an environment. */
#include "core/env.h"

#include <string.h>

const struct machine *env_machine(const struct env *env, const char *name)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		if (strcmp(env->machines[i].name, name) == 0)
			return &env->machines[i];
	}
	return NULL;
}

/* Whether this host reaches the card; on a bridge that may not be so, and without an address nobody knows where. */
static bool lets_host_in(enum network_kind kind, const struct card *card, bool surely)
{
	return kind != NETWORK_INTERNAL && (!surely || kind != NETWORK_BRIDGED || card->ip);
}

const struct card *machine_login_card(const struct env *env, const struct machine *m)
{
	for (int surely = 1; surely >= 0; surely--) {
		for (size_t i = 0; i < m->card_count; i++) {
			const struct card *card = &m->cards[i];

			if (lets_host_in(env->networks[card->network].kind, card, surely))
				return card;
		}
	}
	return NULL;
}

void env_clear(struct env *env)
{
	arena_clear(&env->arena);
	*env = (struct env){ 0 };
}
