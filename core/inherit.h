/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine takes over from defaults{}. */
#ifndef CORE_INHERIT_H
#define CORE_INHERIT_H

#include "core/mem.h"
#include "core/schema.h"

/*
 * Fills what `into` did not say from `outer`, two structs of that schema. Lists are joined, the outer one first,
 * unless their row says otherwise; the joined ones live in arena.
 */
void inherit(struct arena *arena, const struct schema *schema, void *into, const void *outer);

#endif
