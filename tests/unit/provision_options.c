/* SPDX-License-Identifier: Apache-2.0 */
/* Options of provisioners: who takes which, which exclude each other, and what becomes of them. */
#include "provisioned.h"

#include "core/provision_check.h"
#include "core/schema.h"

static void every_option_has_somebody(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_provisioner.count; i++) {
		const char *key = schema_provisioner.rows[i].key;
		bool taken = false;

		for (enum provisioner_kind k = PROVISION_SHELL; k <= PROVISION_CLOUD_INIT; k++)
			taken = taken || provision_takes(k, key);
		if (!taken)
			fail_msg("nobody takes '%s'", key);
	}
	assert_false(provision_takes(PROVISION_SHELL, "no such"));
	assert_true(schema_provisioner.count <= DECL_FIELDS);
}

static void others_are_mistakes(void **state)
{
	put("f", "x");
	assert_mistakes(
		*state,
		"machine 'web' { box = 'b', provision = {\n"
		"  upload 'f' '/f' {\n"
		"    args = 'x' },\n"
		"  shell 'x' { sha256 = 'x' },\n"
		"  reboot() {\n"
		"    sensitive = true, retries = 1 },\n"
		"  compose 'f' { user = 'dev', tags = 'x' },\n"
		"  cloud_init { user_data = '#x', when = 'always' },\n"
		"  ansible 'f' { cwd = '/x' },\n"
		"  script 'f' { project = 'x', machine = 'web' },\n"
		"} }",
		"3: machine 'web'.provision[1].args: upload takes no args\n"
		"4: machine 'web'.provision[2].sha256: shell takes no sha256\n"
		"6: machine 'web'.provision[3].retries: reboot takes no retries\n"
		"6: machine 'web'.provision[3].sensitive: reboot takes no sensitive\n"
		"7: machine 'web'.provision[4].tags: compose takes no tags\n"
		"7: machine 'web'.provision[4].user: compose takes no user\n"
		"8: machine 'web'.provision[5].when: cloud_init takes no when\n"
		"9: machine 'web'.provision[6].cwd: ansible takes no cwd\n"
		"10: machine 'web'.provision[7].machine: only provisioners of once_all_up choose one\n"
		"10: machine 'web'.provision[7].project: script takes no project\n");
}

static void options_arrive(void **state)
{
	const struct provisioner *p =
		one(*state, "shell 'x' { name = 'n', args = { 'a', 'b' }, env = { A = '1' },\n"
			    "  privileged = false, cwd = '/srv', when = 'always', timeout = '5m',\n"
			    "  sensitive = false, retries = 2 }");

	assert_string_equal(p->name, "n");
	assert_int_equal(p->args.count, 2);
	assert_string_equal(p->args.at[1], "b");
	assert_string_equal(p->env.at[0].value, "1");
	assert_false(p->privileged);
	assert_null(p->user);
	assert_string_equal(p->cwd, "/srv");
	assert_int_equal(p->when, WHEN_ALWAYS);
	assert_int_equal(p->timeout_s, 300);
	assert_int_equal(p->retries, 2);
	p = one(*state, "shell 'x' { user = 'dev' }");
	assert_true(p->privileged);
	assert_string_equal(p->user, "dev");
}

static void some_exclude_each_other(void **state)
{
	struct normalized *c = *state;

	assert_mistake(c, "shell 'x' { user = 'dev',\n privileged = false }",
		       "3: machine 'web'.provision[1].privileged: false means whoever logs in, and "
		       "user = \"dev\" somebody else");
	assert_mistake(c, "shell 'x' { sensitive = true,\n args = 'secret' }",
		       "3: machine 'web'.provision[1].args: arguments of a sensitive provisioner "
		       "could be seen by others");
	assert_string_equal(c->problems.at[0].hint, "give it what is secret by env = { … }");
	one(c, "shell 'x' { user = 'dev', privileged = true }");
	one(c, "shell 'x' { sensitive = true, env = { A = 'secret' } }");
}

/* The word stands in a file, its options in another. */
static void lines_are_of_their_file(void **state)
{
	struct normalized *c = *state;

	put("f", "x");
	put("base.lua", "\n\n\nreturn { script 'f', script 'gone' }\n");
	make_here(c, "local base = include 'base.lua'\nmachine 'web' { box = 'b', provision = {\n"
		     "  base[1] {\n    tags = 'x' },\n  base[2] } }\n");
	assert_int_equal(c->problems.count, 2);
	assert_string_equal(c->problems.at[0].file, "base.lua");
	assert_int_equal(c->problems.at[0].line, 4);
	assert_string_equal(c->problems.at[1].file, "bothy.lua");
	assert_int_equal(c->problems.at[1].line, 3);
}

static void values_are_checked(void **state)
{
	struct normalized *c = *state;

	put("f", "x");
	assert_mistake(c, "shell 'x' { cwd = 'srv' }",
		       "2: machine 'web'.provision[1].cwd: expected an absolute path in the guest, "
		       "got 'srv'");
	assert_mistake(
		c, "shell 'x' { timeout = 0 }",
		"2: machine 'web'.provision[1].timeout: expected 1 to 864000 seconds, got 0");
	assert_mistake(c, "shell 'x' { name = 'all' }",
		       "2: machine 'web'.provision[1].name: 'all' stands for all of them");
	assert_mistake(
		c, "compose 'f' { project = '-x' }",
		"2: machine 'web'.provision[1].project: expected a name of a-z, 0-9, '_' and "
		"'-' that begins with a letter or digit, got '-x'");
	assert_string_equal(one(c, "compose 'f' { project = 'shop_1' }")->project, "shop_1");
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

static void urls_need_digests(void **state)
{
	struct normalized *c = *state;
	const struct provisioner *p =
		one(c, "script 'https://example.org/a/x.sh?raw=1' { sha256 = 'sha256:" HEX "' }");

	assert_string_equal(p->from, "https://example.org/a/x.sh?raw=1");
	assert_string_equal(p->name, "x.sh");
	assert_string_equal(p->sha256,
			    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	assert_int_equal(c->env.want_count, 0);
	assert_mistake(c, "script 'https://example.org/x.sh'",
		       "2: machine 'web'.provision[1]: a script from a URL needs its digest: "
		       "sha256 = \"…\"");
	assert_mistake(c, "script 'https://example.org/x.sh' {\n sha256 = '12' }",
		       "3: machine 'web'.provision[1].sha256: expected 64 hex digits");
	assert_mistake(c, "script 'https://' { sha256 = '" HEX "' }",
		       "2: machine 'web'.provision[1]: 'https://' is no URL");
	put("f", "x");
	assert_mistake(
		c, "script 'f' { sha256 = '" HEX "' }",
		"2: machine 'web'.provision[1].sha256: it is for scripts from an https:// URL");
}

static void other_urls_are_refused(void **state)
{
	struct normalized *c = *state;

	make_here(c, "machine 'web' { box = 'b', provision = {\n"
		     "  script 'http://example.org/x.sh' { sha256 = '" HEX "' } } }");
	assert_int_equal(c->problems.at[0].line, 2);
	assert_string_equal(c->problems.at[0].text,
			    "machine 'web'.provision[1]: 'http://example.org/x.sh': only https:// "
			    "can be used");
}

static void user_data_are_text_or_a_file(void **state)
{
	struct normalized *c = *state;
	const struct provisioner *p = one(c, "cloud_init { user_data = '#cloud-config\\n' }");

	assert_string_equal(p->content, "#cloud-config\n");
	assert_null(p->from);
	assert_string_equal(p->name, "cloud_init-1");
	p = one(c, "cloud_init { user_data = 'Content-Type: multipart/mixed' }");
	assert_non_null(p->content);
	put("user-data.yml", "#cloud-config\n");
	p = one(c, "cloud_init { user_data = 'user-data.yml' }");
	assert_null(p->content);
	assert_true(text_has_suffix(p->from, "/user-data.yml"));
	assert_string_equal(p->name, "user-data.yml");
	assert_mistake(c, "cloud_init {}",
		       "2: machine 'web'.provision[1]: expected user_data = \"…\"");
	assert_mistake(c, "cloud_init { user_data = '#a' },\ncloud_init { user_data = '#b' }",
		       "3: machine 'web'.provision[2]: a machine has one cloud_init only");
}

static void made_up_names_follow_kinds(void **state)
{
	static const char *const names[] = { "site.yml", "reboot-1",   "compose.yml",
					     "reboot-2", "site.yml-2", "x.sh" };
	const struct provisioners *list;

	put("site.yml", "x");
	put("compose.yml", "x");
	list = provision(*state, "ansible 'site.yml', reboot(), compose 'compose.yml', reboot {},\n"
				 "ansible './site.yml' { on = 'guest' },\n"
				 "script 'https://e.org/x.sh#y' { sha256 = '" HEX "' }");
	assert_int_equal(list->count, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(list->at[i].name, names[i]);
}

static void scripts_lose_their_common_indent(void **state)
{
	struct normalized *c = *state;

	assert_string_equal(
		one(c, "shell [[\n\t\t#!/usr/bin/python3\n\t\tif True:\n\n\t\t\tprint(1)\n\t]]")
			->content,
		"#!/usr/bin/python3\nif True:\n\n\tprint(1)\n");
	assert_string_equal(one(c, "shell [[ echo a ]]")->content, "echo a ");
	assert_string_equal(one(c, "shell [[\n\ta\n  b\n]]")->content, "\ta\n  b\n");
	assert_string_equal(one(c, "shell [[\n  a\n b\n]]")->content, " a\nb\n");
	assert_string_equal(one(c, "shell '  \\n\\n'")->content, "  \n\n");
	assert_string_equal(one(c, "shell ''")->content, "");
}

static void tables_become_json(void **state)
{
	struct normalized *c = *state;
	const struct ansible *a;

	put("f", "x");
	a = &one(c,
		 "ansible 'f' { groups = { web = { 'w1', 'w2' }, ['all:vars'] = { b = 'é\"', a = 1 } },\n"
		 "  extra_vars = { f = 0.1, big = 1 << 53, t = true, e = {}, n = -2.0,\n"
		 "    deep = { { x = 1 }, { 'y' } } } }")
		     ->ansible;
	assert_string_equal(a->groups,
			    "{\"all:vars\":{\"a\":1,\"b\":\"é\\\"\"},\"web\":[\"w1\",\"w2\"]}");
	assert_string_equal(a->extra_vars,
			    "{\"big\":9007199254740992,\"deep\":[{\"x\":1},[\"y\"]],\"e\":{},"
			    "\"f\":0.1,\"n\":-2.0,\"t\":true}");
	a = &one(c, "ansible 'f' { extra_vars = '@f' }")->ansible;
	assert_true(text_has_prefix(a->extra_vars, "\"@/"));
	assert_true(text_has_suffix(a->extra_vars, "/f\""));
	assert_null(a->groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_has_somebody),
		CASE(others_are_mistakes),
		CASE(options_arrive),
		CASE(some_exclude_each_other),
		CASE(lines_are_of_their_file),
		CASE(values_are_checked),
		CASE(urls_need_digests),
		CASE(other_urls_are_refused),
		CASE(user_data_are_text_or_a_file),
		CASE(made_up_names_follow_kinds),
		CASE(tables_become_json),
		CASE(scripts_lose_their_common_indent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("provision_options", tests, NULL, NULL);
}
