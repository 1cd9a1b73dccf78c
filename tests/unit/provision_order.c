/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which provisioners run, and where those of once_all_up{} do. */
#include "provisioned.h"

/* "abc": shells of these names, in the order of running. */
static void assert_order(struct normalized *c, const char *list, const char *expected)
{
	const struct provisioners *all = provision(c, list);
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < all->count; i++)
		text_add(&t, all->at[i].name);
	assert_string_equal(text_str(&t), expected);
	for (size_t i = 0; i < all->count; i++)
		assert_int_equal(all->at[i].before.count + all->at[i].after.count, 0);
}

#define S(letter, options) "shell 'x' { name = '" letter "', " options " },\n"

static void names_decide(void **state)
{
	struct normalized *c = *state;

	assert_order(c, S("a", "") S("b", "") S("c", ""), "abc");
	assert_order(c, S("a", "") S("b", "") S("c", "before = 'a'"), "cab");
	assert_order(c, S("a", "after = 'c'") S("b", "") S("c", ""), "bca");
	assert_order(c, S("a", "after = { 'c', 'd' }") S("b", "") S("c", "after = 'd'") S("d", ""),
		     "bdca");
	/* Made-up names do as well, and those of the same thing said twice. */
	assert_order(c, "shell 'x' { after = 'b' },\n" S("b", "before = 'shell-1'"), "bshell-1");
}

static void all_is_weaker_than_names(void **state)
{
	struct normalized *c = *state;

	assert_order(c, S("a", "") S("b", "before = 'all'") S("c", ""), "bac");
	assert_order(c, S("a", "after = 'all'") S("b", "") S("c", ""), "bca");
	assert_order(c, S("a", "") S("b", "before = 'all'") S("c", "before = 'all'"), "bca");
	assert_order(c, S("a", "after = 'all'") S("b", "after = 'all'") S("c", ""), "cab");
	assert_order(c, S("a", "after = 'all'") S("b", "before = 'all'") S("c", ""), "bca");
	assert_order(c, S("a", "") S("b", "before = 'all'") S("c", "before = 'b'"), "cba");
	/* Also at a distance: d precedes c, which precedes b. */
	assert_order(c,
		     S("a", "") S("b", "before = 'all'") S("c", "before = 'b'")
			     S("d", "before = 'c'"),
		     "dcba");
}

static void lists_from_defaults_are_joined_first(void **state)
{
	struct normalized *c = *state;

	assert_mistakes(
		c,
		"defaults { box = 'b', provision = { shell 'x' { name = 'base', after = 'all' } } }\n"
		"machine 'web' { provision = { shell 'y' { name = 'own' } } }\n",
		"");
	assert_string_equal(c->env.machines[0].provision.at[0].name, "own");
	assert_string_equal(c->env.machines[0].provision.at[1].name, "base");
}

static void mistakes_are_told(void **state)
{
	struct normalized *c = *state;

	assert_mistake(c, S("base", "") "shell 'x' {\n  name = 'own',\n  before = 'bse' }",
		       "5: machine 'web'.provision[2].before: there is no provisioner 'bse'; did "
		       "you mean 'base'?");
	assert_mistake(c, S("a", "") S("b", "after = 'b'"),
		       "3: machine 'web'.provision[2].after: it cannot run after itself");
	assert_mistake(c, S("a", "before = 'all', after = 'all'"),
		       "2: machine 'web'.provision[1].after: before all is said already");
	assert_mistake(
		c, S("x", "") S("a", "before = 'b'") S("b", "before = 'c'") S("c", "before = 'a'"),
		"3: machine 'web'.provision[2].before: goes in a circle: 'a' → 'b' → 'c' → 'a'");
	assert_mistake(c, S("a", "after = 'b'") S("b", "after = 'a'") S("c", "after = 'a'"),
		       "2: machine 'web'.provision[1].after: goes in a circle: 'a' → 'b' → 'a'");
}

static void long_lists_have_an_end(void **state)
{
	struct normalized *c = *state;

	assert_mistakes(
		c,
		"local list = { shell 'x' { name = 'first', after = 'shell-500' } }\n"
		"for i = 1, env_number('BOTHY_TEST_COUNT', 499) do list[#list + 1] = shell 'y' end\n"
		"machine 'web' { box = 'b', provision = list }\n",
		"1: machine 'web'.provision[1].after: there is no provisioner 'shell-500'; did "
		"you mean 'shell-50'?\n");
	assert_int_equal(setenv("BOTHY_TEST_COUNT", "500", 1), 0);
	make_here(
		c,
		"local list = { shell 'x' { name = 'first', after = 'shell-500' } }\n"
		"for i = 1, env_number('BOTHY_TEST_COUNT', 499) do list[#list + 1] = shell 'y' end\n"
		"machine 'web' { box = 'b', provision = list }\n");
	assert_int_equal(c->problems.count, 1);
	assert_string_equal(
		c->problems.at[0].text,
		"machine 'web'.provision[501]: before and after can order 500 provisioners, and there are 501");
}

static void once_is_joined(void **state)
{
	struct normalized *c = *state;
	const struct provisioners *once = &c->env.once;

	put("site.yml", "x");
	assert_mistakes(c,
			"once_all_up { shell 'x' { name = 'a' }, ansible 'site.yml' }\n"
			"machine 'db' { box = 'b' }\n"
			"machine 'web' { box = 'b', primary = true }\n"
			"once_all_up { reboot() { machine = 'db', before = 'a' } }\n",
			"");
	assert_int_equal(once->count, 3);
	assert_string_equal(once->at[0].name, "reboot-1");
	assert_string_equal(once->at[0].machine, "db");
	assert_string_equal(once->at[1].machine, "web");
	assert_string_equal(once->at[2].name, "site.yml");
	/* From this host ansible reaches them all. */
	assert_null(once->at[2].machine);
	assert_ptr_equal(once->at[1].machine, env_machine(&c->env, "web")->name);
}

static void the_only_machine_is_meant(void **state)
{
	struct normalized *c = *state;

	put("site.yml", "x");
	assert_mistakes(c,
			"machine 'web' { box = 'b' }\n"
			"once_all_up { shell 'x', ansible 'site.yml' { on = 'guest' },\n"
			"  ansible 'site.yml' { machine = 'web' } }\n",
			"");
	for (size_t i = 0; i < c->env.once.count; i++)
		assert_string_equal(c->env.once.at[i].machine, "web");
}

static void once_is_checked(void **state)
{
	assert_mistakes(
		*state,
		"machine 'web' { box = 'b' }\n"
		"machine 'once' { box = 'b' }\n"
		"once_all_up {\n"
		"  shell 'x',\n"
		"  shell 'y' { machine = 'wbe', name = 'same' },\n"
		"  shell 'z' { machine = 'web', name = 'same',\n"
		"    after = 'none' },\n"
		"  cloud_init { user_data = '#x' },\n"
		"}\n",
		"2: machine 'once': the name stands for once_all_up\n"
		"4: once_all_up[1]: say where it runs: machine = \"…\"\n"
		"5: once_all_up[2].machine: there is no machine 'wbe'; did you mean 'web'?\n"
		"6: once_all_up[3].name: 'same' is taken\n"
		"7: once_all_up[3].after: there is no provisioner 'none'\n"
		"8: once_all_up[4]: cloud_init belongs into a machine's provision\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(names_decide),
		CASE(all_is_weaker_than_names),
		CASE(lists_from_defaults_are_joined_first),
		CASE(mistakes_are_told),
		CASE(long_lists_have_an_end),
		CASE(once_is_joined),
		CASE(the_only_machine_is_meant),
		CASE(once_is_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("provision_order", tests, NULL, NULL);
}
