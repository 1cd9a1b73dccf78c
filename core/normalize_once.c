/* SPDX-License-Identifier: Apache-2.0 */
/* once_all_up{}: provisioners of the project. */
#include "core/normalizer.h"

#include <string.h>

#include "core/provisioners.h"

/* Their steps are called "once/…", which is what steps of a machine of this name are called as well. */
#define RESERVED "once"

void normalize_once(struct normalizer *n)
{
	struct env *env = n->env;

	provisioners_take(n, &n->raw->once, NULL, n->raw->file, &env->once);
	for (size_t i = 0; env->once.count && i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];

		if (strcmp(m->name, RESERVED) == 0)
			problems_add(n->problems, m->file, m->line,
				     "machine '%s': the name stands for once_all_up", m->name);
	}
}
