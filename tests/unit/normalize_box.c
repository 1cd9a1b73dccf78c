/* SPDX-License-Identifier: Apache-2.0 */
/* Which box a machine means: what it says itself, and what defaults{} say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/normalize.h"
#include "lua/envfile.h"

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-normalize-XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(directory, &err);
}

static void make(const char *lua, struct env *out, struct problems *problems)
{
	static const char *const providers[] = { "kvm", NULL };
	struct normalize_conf conf = { .directory = directory, .providers = providers };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	if (fs_write("bothy.lua", lua, strlen(lua), 0644, NULL, &err) < 0 ||
	    envfile_load("bothy.lua", &raw, problems, &err) < 0)
		fail_msg("%s", err.text);
	normalize(&raw, &conf, out, problems);
	problems_sort(problems);
}

/* "box|version|architecture|url url" of the machine, "-" for what is not given. */
static void assert_box(const struct env *env, const char *name, const char *expected)
{
	const struct machine *m = env_machine(env, name);
	cleanup_text struct text t = { 0 };

	assert_non_null(m);
	text_addf(&t, "%s|%s|%s|", m->box, m->box_version ? m->box_version : "-",
		  m->box_architecture ? m->box_architecture : "-");
	for (size_t i = 0; i < m->box_urls.count; i++)
		text_addf(&t, "%s%s", i ? " " : "", m->box_urls.at[i]);
	assert_string_equal(text_str(&t), expected);
}

static void fields_are_inherited_one_by_one(void **state)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_env struct env env = { 0 };

	(void)state;
	make("machine 'plain' {}\n"
	     "machine 'own' { box = 'b', box_version = '2', box_architecture = 'amd64',\n"
	     "  box_url = { 'x', 'y' } }\n"
	     "machine 'one' { box_url = 'z' }\n"
	     "machine 'none' { box_url = {} }\n"
	     "defaults { box = 'outer', box_version = '1', box_url = { 'o', 'p' } }\n"
	     "defaults { box = 'a', box_architecture = 'arm64', box_url = { 'u', 'v' } }\n",
	     &env, &problems);
	assert_int_equal(problems.count, 0);
	assert_box(&env, "plain", "a|1|arm64|u v");
	assert_box(&env, "own", "b|2|amd64|x y");
	assert_box(&env, "one", "a|1|arm64|z");
	assert_box(&env, "none", "a|1|arm64|");
}

static void nothing_is_made_up(void **state)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_env struct env env = { 0 };

	(void)state;
	make("machine 'm' { box = 'debian/12' }", &env, &problems);
	assert_int_equal(problems.count, 0);
	assert_box(&env, "m", "debian/12|-|-|");
}

static void an_empty_url_is_a_mistake(void **state)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_env struct env env = { 0 };

	(void)state;
	make("machine 'm' {\n  box = 'debian/12',\n  box_url = { 'x', '' },\n}", &env, &problems);
	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.at[0].line, 3);
	assert_string_equal(problems.at[0].text, "machine 'm'.box_url[2]: the string is empty");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(fields_are_inherited_one_by_one),
		CASE(nothing_is_made_up),
		CASE(an_empty_url_is_a_mistake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize_box", tests, NULL, NULL);
}
