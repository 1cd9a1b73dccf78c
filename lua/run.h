/* SPDX-License-Identifier: Apache-2.0 */
/* envfile_load() with limits of the caller's, which tests want lower. */
#ifndef LUA_RUN_H
#define LUA_RUN_H

#include "lua/load.h"

int envfile_load_within(const char *path, const struct limits *limits, struct env_raw *out,
			struct problems *problems, struct error *err);

#endif
