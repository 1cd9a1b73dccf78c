/* SPDX-License-Identifier: Apache-2.0 */
/* Inventories: the way to each machine, groups and variables in the forms that people write, and Ansible's own opinion. */
#include "guest/ansible_inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct ansible_host machines[] = {
	{ .name = "web1", .address = "10.0.0.1", .port = 22, .user = "root", .key_path = "/k/web1" },
	{ .name = "web2",
	  .address = "127.0.0.1",
	  .port = 2222,
	  .user = "debian",
	  .key_path = "/k/web2" },
	{ .name = "node-03", .address = "fd00::3", .port = 22, .user = "root", .key_path = "/k/3" },
};
static const struct ansible_hosts hosts = { machines, 3, "/my p/100%/known" };

static json_t *made(const char *groups, const char *host_vars)
{
	const struct ansible a = { .groups = groups, .host_vars = host_vars };
	cleanup_free char *text = NULL;
	cleanup_error struct error err = { 0 };
	json_t *whole, *all;

	if (ansible_inventory(&a, &hosts, &text, &err) < 0)
		fail_msg("%s", err.text);
	whole = json_loads(text, 0, NULL);
	assert_non_null(whole);
	assert_int_equal(json_object_size(whole), 1);
	all = json_incref(json_object_get(whole, "all"));
	json_decref(whole);
	return all;
}

static void is(json_t *part, const char *expected)
{
	cleanup_free char *text =
		part ? json_dumps(part, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	assert_string_equal(text ? text : "(none)", expected);
}

/* The groups, or one part of them. */
static void groups_are(const char *groups, const char *expected)
{
	json_t *all = made(groups, NULL);

	is(json_object_get(all, "children"), expected);
	json_decref(all);
}

static void each_machine_has_its_way(void **state)
{
	json_t *all = made(NULL, NULL), *rows = json_object_get(all, "hosts"),
	       *web2 = json_object_get(rows, "web2");
	const char *arguments = json_string_value(json_object_get(web2, "ansible_ssh_common_args"));

	(void)state;
	assert_int_equal(json_object_size(rows), 3);
	is(json_object_get(all, "children"), "{}");
	is(json_object_get(all, "vars"), "{}");
	assert_string_equal(
		arguments,
		"-F none -o 'UserKnownHostsFile=\"/my p/100%%/known\"' -o GlobalKnownHostsFile=/dev/null "
		"-o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o IdentityAgent=none");
	json_object_del(web2, "ansible_ssh_common_args");
	is(web2, "{\"ansible_host\":\"127.0.0.1\",\"ansible_port\":2222,"
		 "\"ansible_ssh_private_key_file\":\"/k/web2\",\"ansible_user\":\"debian\"}");
	json_decref(all);
}

static void where_ansible_runs_is_local(void **state)
{
	struct ansible_host here[] = { { .name = "web1", .local = true } };
	const struct ansible_hosts one = { here, 1, NULL };
	const struct ansible a = { .groups = "{\"web\":[\"web1\",\"web2\"]}" };
	cleanup_free char *text = NULL;
	cleanup_error struct error err = { 0 };
	json_t *whole;

	(void)state;
	assert_int_equal(ansible_inventory(&a, &one, &text, &err), 0);
	whole = json_loads(text, 0, NULL);
	is(whole, "{\"all\":{\"children\":{\"web\":{\"hosts\":{\"web1\":{}}}},"
		  "\"hosts\":{\"web1\":{\"ansible_connection\":\"local\"}},\"vars\":{}}}");
	json_decref(whole);
}

static void groups_have_members(void **state)
{
	(void)state;
	groups_are("{\"web\":[\"web1\",\"web2\"]}",
		   "{\"web\":{\"hosts\":{\"web1\":{},\"web2\":{}}}}");
	groups_are("{\"web\":\"web1, web2 gone\"}",
		   "{\"web\":{\"hosts\":{\"web1\":{},\"web2\":{}}}}");
	groups_are("{\"web\":[\"web[1:5]\"]}", "{\"web\":{\"hosts\":{\"web1\":{},\"web2\":{}}}}");
	groups_are("{\"n\":[\"node-[01:20]\",\"web[2:2]\"]}",
		   "{\"n\":{\"hosts\":{\"node-03\":{},\"web2\":{}}}}");
	/* A machine that is off is not there; its group is. */
	groups_are("{\"db\":[\"db1\"],\"none\":{}}",
		   "{\"db\":{\"hosts\":{}},\"none\":{\"hosts\":{}}}");
}

static void groups_have_groups_and_variables(void **state)
{
	json_t *all;

	(void)state;
	groups_are("{\"a:children\":[\"web\",\"nobody\"],\"web\":[\"web1\"]}",
		   "{\"a\":{\"children\":{\"web\":{}}},\"web\":{\"hosts\":{\"web1\":{}}}}");
	groups_are("{\"web:vars\":{\"port\":80,\"on\":true,\"l\":[1]},\"web\":[]}",
		   "{\"web\":{\"hosts\":{},\"vars\":{\"l\":[1],\"on\":true,\"port\":80}}}");
	groups_are(
		"{\"web:vars\":[\"port=80\",\"on = True\",\"s='a=b'\",\"m=0644\",\"e=\"],\"web\":[]}",
		"{\"web\":{\"hosts\":{},\"vars\":{\"e\":\"\",\"m\":\"0644\",\"on\":true,\"port\":80,\"s\":\"a=b\"}}}");
	groups_are("{\"nobody:vars\":{\"port\":80}}", "{}");
	all = made("{\"all:vars\":{\"x\":\"{{ y }}\"},\"web\":[]}", NULL);
	is(json_object_get(all, "vars"), "{\"x\":\"{{ y }}\"}");
	is(json_object_get(all, "children"), "{\"web\":{\"hosts\":{}}}");
	json_decref(all);
}

static void machines_have_variables(void **state)
{
	json_t *all = made(
		NULL,
		"{\"web1\":{\"port\":80,\"ansible_user\":\"me\"},\"web2\":[\"port=81\"],\"gone\":{\"x\":1}}");
	json_t *rows = json_object_get(all, "hosts");

	(void)state;
	assert_int_equal(json_object_size(rows), 3);
	is(json_object_get(json_object_get(rows, "web1"), "port"), "80");
	is(json_object_get(json_object_get(rows, "web2"), "port"), "81");
	is(json_object_get(json_object_get(rows, "web1"), "ansible_user"), "\"me\"");
	is(json_object_get(json_object_get(rows, "web1"), "ansible_host"), "\"10.0.0.1\"");
	json_decref(all);
}

static void patterns_match(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool yes;
	} cases[] = {
		{ "web", "web", true },
		{ "web", "web1", false },
		{ "web1", "web", false },
		{ "", "", true },
		{ "n[1:3]", "n1", true },
		{ "n[1:3]", "n3", true },
		{ "n[1:3]", "n4", false },
		{ "n[1:3]", "n", false },
		{ "n[1:3]", "n01", false },
		{ "n[01:12]", "n01", true },
		{ "n[01:12]", "n1", false },
		{ "n[01:12]", "n12", true },
		{ "n[01:12]", "n012", false },
		{ "n[0:8:2]", "n4", true },
		{ "n[0:8:2]", "n5", false },
		{ "n[0:8:0]", "n0", false },
		{ "n[1:20]0", "n10", true },
		{ "n[1:20]0", "n200", true },
		{ "n[1:20]0", "n210", false },
		{ "db-[a:c]", "db-b", true },
		{ "db-[a:c]", "db-d", false },
		{ "db-[a:c]", "db-", false },
		{ "[a:b][1:2].x", "b2.x", true },
		{ "[a:b][1:2].x", "b3.x", false },
		{ "n[1-3]", "n2", false },
		{ "n[1:", "n1", false },
		{ "n[", "n[", true },
		{ "n[:]", "n[:]", true },
		{ "n[a:1]", "na", false },
		{ "n[1:99999999999999999999999]", "n5", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (ansible_matches(cases[i].pattern, cases[i].name) != cases[i].yes)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].name);
	}
}

static void other_forms_are_mistakes(void **state)
{
	static const char *const cases[][3] = {
		{ "[]", NULL, "ansible: groups is not a table of names" },
		{ "{", NULL, "ansible: groups is not a table of names" },
		{ "{\"web\":5}", NULL, "ansible: groups['web'] is not a list of machines" },
		{ "{\"web\":[5]}", NULL, "ansible: groups['web'] is not a list of machines" },
		{ "{\"web\":{\"web1\":{}}}", NULL,
		  "ansible: groups['web'] is not a list of machines" },
		{ "{\"a:children\":[{}]}", NULL,
		  "ansible: groups['a:children'] is not a list of groups" },
		{ "{\"a:vars\":[\"x\"]}", NULL,
		  "ansible: groups['a:vars'] is not a table of variables" },
		{ "{\"a:vars\":1}", NULL, "ansible: groups['a:vars'] is not a table of variables" },
		{ NULL, "1", "ansible: host_vars is not a table of names" },
		{ NULL, "{\"web1\":1}", "ansible: host_vars['web1'] is not a table of variables" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct ansible a = { .groups = cases[i][0], .host_vars = cases[i][1] };
		cleanup_error struct error err = { 0 };
		char *text = NULL;

		assert_int_equal(ansible_inventory(&a, &hosts, &text, &err), -1);
		assert_null(text);
		assert_string_equal(err.text, cases[i][2]);
		assert_int_equal(err.kind, ERROR_ENVFILE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_machine_has_its_way),
		cmocka_unit_test(where_ansible_runs_is_local),
		cmocka_unit_test(groups_have_members),
		cmocka_unit_test(groups_have_groups_and_variables),
		cmocka_unit_test(machines_have_variables),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(other_forms_are_mistakes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ansible_inventory", tests, NULL, NULL);
}
