/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a decoded file. */
#include "core/env_raw.h"

void env_raw_clear(struct env_raw *raw)
{
	arena_clear(&raw->arena);
	*raw = (struct env_raw){ 0 };
}
