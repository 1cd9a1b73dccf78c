/* SPDX-License-Identifier: Apache-2.0 */
/* A project with files, for what provisioners make of them: normalized in the directory it lies in. */
#ifndef TESTS_PROVISIONED_H
#define TESTS_PROVISIONED_H

#include <sys/stat.h>

#include "core/provisioners.h"
#include "normalized.h"

/* Beside normalized.h's bothy.lua: "in" takes the place of make(). */
static void make_here(struct normalized *c, const char *lua)
{
	static const char *const providers[] = { "kvm", "container", "fake", NULL };
	struct normalize_conf conf = { .directory = c->directory, .providers = providers };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	env_clear(&c->env);
	problems_clear(&c->problems);
	put("bothy.lua", lua);
	assert_int_equal(envfile_load("bothy.lua", &raw, &c->problems, &err), 0);
	if (c->problems.count == 0)
		normalize(&raw, &conf, &c->env, &c->problems);
	problems_sort(&c->problems);
}

static inline void assert_mistakes(struct normalized *c, const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };

	make_here(c, lua);
	for (size_t i = 0; i < c->problems.count; i++)
		text_addf(&t, "%d: %s\n", c->problems.at[i].line, c->problems.at[i].text);
	assert_string_equal(text_str(&t), expected);
}

/* The provisioners of the machine 'web' that has just these. */
static inline const struct provisioners *provision(struct normalized *c, const char *list)
{
	cleanup_free char *lua =
		xasprintf("machine 'web' { box = 'b', provision = {\n%s\n} }", list);

	assert_mistakes(c, lua, "");
	return &c->env.machines[0].provision;
}

/* The only one of them. */
static inline const struct provisioner *one(struct normalized *c, const char *item)
{
	const struct provisioners *list = provision(c, item);

	assert_int_equal(list->count, 1);
	return &list->at[0];
}

/* The only mistake of a machine with just these; the first is in line 2. */
static inline void assert_mistake(struct normalized *c, const char *list, const char *expected)
{
	cleanup_free char *lua =
		xasprintf("machine 'web' { box = 'b', provision = {\n%s\n} }", list);
	cleanup_free char *line = xasprintf("%s\n", expected);

	assert_mistakes(c, lua, line);
}

static inline void put_directory(const char *name)
{
	assert_int_equal(mkdir(name, 0755), 0);
}

#endif
