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

void env_clear(struct env *env)
{
	arena_clear(&env->arena);
	*env = (struct env){ 0 };
}
