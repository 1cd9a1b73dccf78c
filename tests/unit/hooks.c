/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks as they are meant, what they want of this host, and the files that decided it. */
#include "normalized.h"

static char *hooks_of(const struct machine *m)
{
	static const char *const kinds[] = { "host", "guest", "note" };
	struct text t = { 0 };

	for (size_t i = 0; i < m->hook_count; i++)
		text_addf(&t, "%s:%d %s %s %s\n", m->hooks[i].file, m->hooks[i].line,
			  hook_event_name(m->hooks[i].event), kinds[m->hooks[i].kind],
			  m->hooks[i].text);
	text_add(&t, "");
	return text_take(&t);
}

static char *wants_of(const struct env *env)
{
	struct text t = { 0 };

	for (size_t i = 0; i < env->want_count; i++)
		text_addf(&t, "%s:%d %d %s %s: %s\n", env->wants[i].file, env->wants[i].line,
			  env->wants[i].kind, env->wants[i].machine, env->wants[i].why,
			  env->wants[i].what);
	text_add(&t, "");
	return text_take(&t);
}

static void test_order(void **state)
{
	struct normalized *c = *state;
	cleanup_free char *web = NULL, *db = NULL, *wants = NULL;

	assert_good(c, "defaults { box = 'b', hooks = { before_up = host 'outer', after_up = "
		       "note 'n' } }\n"
		       "defaults { hooks = { before_up = guest and host 'middle' } }\n"
		       "machine 'web' { hooks = {\n"
		       "  after_halt = host [[\nafter\n]],\n"
		       "  before_up = { host 'one', host 'two' },\n"
		       "  before_halt = guest 'sync' } }\n"
		       "machine 'db' {}\n");
	web = hooks_of(&c->env.machines[0]);
	db = hooks_of(&c->env.machines[1]);
	wants = wants_of(&c->env);
	assert_string_equal(web, "bothy.lua:1 before_up host outer\n"
				 "bothy.lua:2 before_up host middle\n"
				 "bothy.lua:7 before_up host one\n"
				 "bothy.lua:7 before_up host two\n"
				 "bothy.lua:1 after_up note n\n"
				 "bothy.lua:8 before_halt guest sync\n"
				 "bothy.lua:4 after_halt host after\n\n");
	assert_string_equal(db, "bothy.lua:1 before_up host outer\n"
				"bothy.lua:2 before_up host middle\n"
				"bothy.lua:1 after_up note n\n");
	assert_string_equal(wants, "bothy.lua:1 0 web before up: outer\n"
				   "bothy.lua:2 0 web before up: middle\n"
				   "bothy.lua:7 0 web before up: one\n"
				   "bothy.lua:7 0 web before up: two\n"
				   "bothy.lua:4 0 web after halt: after\n\n"
				   "bothy.lua:1 0 db before up: outer\n"
				   "bothy.lua:2 0 db before up: middle\n");
}

static void test_notes(void **state)
{
	struct normalized *c = *state;

	assert_good(c, "note 'a'\nlocal n = note 'b'\nnote 'c'\n"
		       "machine { box = 'b', hooks = { after_up = { n, n } } }\n"
		       "machine 'x' { box = 'b', hooks = { after_up = n } }\n");
	assert_int_equal(c->env.want_count, 0);
	assert_int_equal(c->env.notes.count, 2);
	assert_string_equal(c->env.notes.at[0], "a");
	assert_string_equal(c->env.notes.at[1], "c");
	assert_string_equal(c->env.machines[1].hooks[0].text, "b");
}

static void test_sources(void **state)
{
	struct normalized *c = *state;
	char digest[DIGEST_HEX_BYTES];

	put("z.lua", "machine 'z' { box = 'b' }\n");
	put("data.json", "{}");
	put("data.yaml", "a: 1\n");
	put("text", "hello");
	put("unread", "hello");
	assert_good(c, "include 'z.lua' json 'data.json' yaml './data.yaml' read 'text'\n"
		       "read './/text' read 'data.json' exists 'unread' glob '*'\n");
	assert_int_equal(c->env.source_count, 5);
	assert_string_equal(c->env.sources[0].name, "bothy.lua");
	assert_string_equal(c->env.sources[1].name, "data.json");
	assert_string_equal(c->env.sources[2].name, "data.yaml");
	assert_string_equal(c->env.sources[3].name, "text");
	assert_string_equal(c->env.sources[4].name, "z.lua");
	digest_of("hello", 5, digest);
	assert_string_equal(c->env.sources[3].digest, digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_order),
		CASE(test_notes),
		CASE(test_sources),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
