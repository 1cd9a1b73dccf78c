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

/* Whether this host has an address on it. */
static bool lets_host_in(enum network_kind kind)
{
	return kind != NETWORK_INTERNAL;
}

const struct card *machine_login_card(const struct env *env, const struct machine *m)
{
	for (size_t i = 0; i < m->card_count; i++) {
		if (lets_host_in(env->networks[m->cards[i].network].kind))
			return &m->cards[i];
	}
	return NULL;
}

void env_clear(struct env *env)
{
	arena_clear(&env->arena);
	*env = (struct env){ 0 };
}
