/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners that run around each other one. */
#include "provisioned.h"

/* "a b@a": the names in the order of running. */
static void assert_runs(struct normalized *c, const char *list, const char *expected)
{
	const struct provisioners *all = provision(c, list);
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		text_addf(&t, "%s%s", i ? " " : "", all->at[i].name);
		assert_int_equal(all->at[i].before.count + all->at[i].after.count, 0);
	}
	assert_string_equal(text_str(&t), expected);
}

#define S(letter, options) "shell 'x' { name = '" letter "', " options " },\n"
#define CHECK "before = 'each'"
#define REPORT "after = 'each'"

static void each_runs_around_the_others(void **state)
{
	struct normalized *c = *state;

	assert_runs(c, S("a", "") S("b", CHECK) S("c", ""), "b@a a b@c c");
	assert_runs(c, S("a", "") S("b", REPORT) S("c", ""), "a b@a c b@c");
	assert_runs(c, S("p", CHECK) S("q", CHECK) S("a", "") S("r", REPORT) S("s", REPORT),
		    "p@a q@a a r@a s@a");
	assert_runs(c, S("b", CHECK), "");
	assert_runs(c, S("b", CHECK) S("n", "when = 'never'") S("a", ""), "n b@a a");
	assert_runs(c, "shell 'x' { before = 'each' },\nshell 'y',\n", "shell-1@shell-2 shell-2");
	/* Names and "all" are about the others among themselves. */
	assert_runs(c, S("a", "") S("b", CHECK) S("c", "before = 'all'") S("d", "before = 'a'"),
		    "b@c c b@d d b@a a");
}

static void each_run_is_one_of_its_own(void **state)
{
	struct normalized *c = *state;
	const struct provisioners *all =
		provision(c, S("a", "when = 'always'") S("b", CHECK ", args = 'x'") S("r", REPORT));

	assert_int_equal(all->count, 3);
	assert_ptr_equal(all->at[0].around, &all->at[1]);
	assert_ptr_equal(all->at[2].around, &all->at[1]);
	assert_null(all->at[1].around);
	assert_null(all->at[1].each);
	assert_string_equal(all->at[0].each, "b");
	assert_string_equal(all->at[0].args.at[0], "x");
}

static void a_change_of_one_changes_those_around_it(void **state)
{
	struct normalized *c = *state;
	static const char list[] = S("b", CHECK) "shell (env('BOTHY_TEST_TEXT')),\nshell 'z',\n";
	char before[2][DIGEST_HEX_BYTES];
	struct error err = { 0 };
	const struct provisioners *all;

	assert_int_equal(setenv("BOTHY_TEST_TEXT", "one", 1), 0);
	all = provision(c, list);
	assert_int_equal(provisioners_digest(&c->env, true, &err), 0);
	memcpy(before[0], all->at[0].digest, DIGEST_HEX_BYTES);
	memcpy(before[1], all->at[2].digest, DIGEST_HEX_BYTES);
	assert_string_not_equal(before[0], before[1]);
	assert_int_equal(setenv("BOTHY_TEST_TEXT", "two", 1), 0);
	all = provision(c, list);
	assert_int_equal(provisioners_digest(&c->env, true, &err), 0);
	assert_string_not_equal(all->at[0].digest, before[0]);
	assert_string_equal(all->at[2].digest, before[1]);
}

static void mistakes_are_told(void **state)
{
	struct normalized *c = *state;

	assert_mistake(c, S("a", "") "shell 'x' {\n  before = { 'each', 'a' } }",
		       "4: machine 'web'.provision[2].before: \"each\" goes with nothing else");
	assert_mistake(c, S("a", "after = 'each', before = 'each'"),
		       "2: machine 'web'.provision[1].before: \"each\" goes with nothing else");
	assert_mistake(c, S("b", CHECK) S("a", "before = 'b'"),
		       "3: machine 'web'.provision[2].before: 'b' runs around each other one");
	assert_mistake(c, S("b", CHECK) S("a", "") S("b@a", ""),
		       "2: machine 'web'.provision[1].name: 'b@a' is taken");
	assert_mistake(c, S("each", ""),
		       "2: machine 'web'.provision[1].name: 'each' stands for each of them");
	assert_mistake(
		c, "cloud_init { user_data = '#x', after = 'each' }",
		"2: machine 'web'.provision[1]: cloud_init cannot run around each other one");
	make_here(c, "local l = { shell 'x' { before = 'each' } }\n"
		     "for i = 1, 251 do l[#l + 1] = shell 'y' end\n"
		     "machine 'web' { box = 'b', provision = l }\n");
	assert_int_equal(c->problems.count, 1);
	assert_string_equal(c->problems.at[0].text,
			    "machine 'web'.provision[1]: with all that run around each other one "
			    "there are 502, and 500 can be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_runs_around_the_others),
		CASE(each_run_is_one_of_its_own),
		CASE(a_change_of_one_changes_those_around_it),
		CASE(mistakes_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("provision_each", tests, NULL, NULL);
}
