/* SPDX-License-Identifier: Apache-2.0 */
/* What bothy.lua may say, and the run of one. */
#include "lua/envfile.h"

#include "lua/hooks.h"
#include "lua/network.h"
#include "lua/provision.h"
#include "lua/provision_decode.h"
#include "lua/run.h"
#include "lua/values.h"
#include "lua/words.h"

static void l_open_words(lua_State *L)
{
	l_words_open(L);
	l_include_open(L);
	l_provision_open(L);
	l_once_open(L);
	l_network_open(L);
	l_hooks_open(L);
	l_values_open(L);
}

int envfile_load_within(const char *path, const struct limits *limits, struct env_raw *out,
			struct problems *problems, struct error *err)
{
	cleanup(load_clear) struct load load = {
		.limits = limits,
		.raw = out,
		.problems = problems,
		.directory_fd = -1,
		.directory_called = "the project's directory",
	};

	*out = (struct env_raw){ .finished = false };
	if (run_file(&load, path, l_open_words, err) < 0)
		return -1;
	hooks_drop_notes(out);
	return 0;
}

int envfile_load(const char *path, struct env_raw *out, struct problems *problems,
		 struct error *err)
{
	return envfile_load_within(path, &run_limits, out, problems, err);
}
