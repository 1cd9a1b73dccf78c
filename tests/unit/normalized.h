/* SPDX-License-Identifier: Apache-2.0 */
/* A bothy.lua given as text, normalized in a directory of its own. */
#ifndef TESTS_NORMALIZED_H
#define TESTS_NORMALIZED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/normalize.h"
#include "core/text.h"
#include "lua/envfile.h"

struct normalized {
	char directory[64];
	struct env env;
	struct problems problems;
};

static int setup(void **state)
{
	struct normalized *c = xcalloc(1, sizeof(*c));

	snprintf(c->directory, sizeof(c->directory), "/tmp/bothy-normalized-XXXXXX");
	*state = c;
	return mkdtemp(c->directory) ? chdir(c->directory) : -1;
}

static int teardown(void **state)
{
	struct normalized *c = *state;
	cleanup_error struct error err = { 0 };
	int rc = fs_remove(c->directory, &err);

	env_clear(&c->env);
	problems_clear(&c->problems);
	free(c);
	return rc;
}

static void put(const char *name, const char *content)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(name, content, strlen(content), 0644, NULL, &err), 0);
}

/* The project is "demo" in the directory "/demo", so that what is made up is always the same. */
static void make(struct normalized *c, const char *lua)
{
	static const char *const providers[] = { "kvm", "container", "fake", NULL };
	struct normalize_conf conf = { .directory = "/demo", .providers = providers };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	env_clear(&c->env);
	problems_clear(&c->problems);
	put("bothy.lua", lua);
	assert_int_equal(envfile_load("bothy.lua", &raw, &c->problems, &err), 0);
	normalize(&raw, &conf, &c->env, &c->problems);
	problems_sort(&c->problems);
	/* What env still uses of raw would be gone now, which the address sanitizer sees. */
}

/* All problems, one a line: "LINE: TEXT". */
static void assert_problems(struct normalized *c, const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };

	make(c, lua);
	for (size_t i = 0; i < c->problems.count; i++)
		text_addf(&t, "%d: %s\n", c->problems.at[i].line, c->problems.at[i].text);
	assert_string_equal(text_str(&t), expected);
}

static inline void assert_good(struct normalized *c, const char *lua)
{
	assert_problems(c, lua, "");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
