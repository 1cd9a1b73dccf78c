/* SPDX-License-Identifier: Apache-2.0 */
/* Files of provisioners: what they decide, where they lead, and what a project wants of this host because of them. */
#include "provisioned.h"

#include "core/provision_files.h"

static const char *digest(struct normalized *c, bool trusted)
{
	cleanup_error struct error err = { 0 };
	const struct provisioners *list = &c->env.machines[0].provision;

	if (provisioners_digest(&c->env, trusted, &err) < 0)
		fail_msg("%s", err.text);
	return (list->count ? list : &c->env.once)->at[0].digest;
}

/* Whether the digest of that item is another one now. */
static bool changed(struct normalized *c, const char *item, char before[DIGEST_HEX_BYTES])
{
	bool differs;

	one(c, item);
	differs = strcmp(before, digest(c, true)) != 0;
	memcpy(before, c->env.machines[0].provision.at[0].digest, DIGEST_HEX_BYTES);
	return differs;
}

static void playbooks_have_neighbours(void **state)
{
	static const char play[] = "ansible 'play/site.yml' { extra_vars = '@vars.yml' }";
	struct normalized *c = *state;
	char before[DIGEST_HEX_BYTES] = "";

	put_directory("play");
	put("play/site.yml", "1");
	put("vars.yml", "1");
	assert_true(changed(c, play, before));
	assert_false(changed(c, play, before));
	put("play/site.yml", "2");
	assert_true(changed(c, play, before));
	put("vars.yml", "2");
	assert_true(changed(c, play, before));
	put("play/other.yml", "1");
	assert_false(changed(c, play, before));
	put_directory("play/roles");
	put_directory("play/roles/web");
	assert_true(changed(c, play, before));
	put("play/roles/web/main.yml", "1");
	assert_true(changed(c, play, before));
	put_directory("play/group_vars");
	assert_true(changed(c, play, before));
	/* What ansible-galaxy brings is not there before the first run. */
	put_directory("play/roles/bought");
	put_directory("play/roles/bought/meta");
	put("play/roles/bought/meta/.galaxy_install_info", "");
	put("play/roles/bought/x", "");
	assert_false(changed(c, play, before));
}

static void options_decide(void **state)
{
	static const char *const items[] = {
		"ansible 'f'",
		"ansible 'f' { on = 'guest' }",
		"ansible 'f' { groups = { web = { 'web' } } }",
		"ansible 'f' { host_vars = { web = { x = 1 } } }",
		"ansible 'f' { extra_vars = { x = 1 } }",
		"ansible 'f' { extra_vars = { x = 2 } }",
		"ansible 'f' { limit = 'web' }",
		"ansible 'f' { tags = 'web' }",
		"ansible 'f' { skip_tags = 'web' }",
		"ansible 'f' { start_at_task = 'web' }",
		"ansible 'f' { become = true }",
		"ansible 'f' { become_user = 'web' }",
		"ansible 'f' { args = { '--diff' } }",
		"ansible 'f' { vault_password_file = 'f' }",
		"ansible 'f' { inventory_path = 'f' }",
		"compose 'f'",
		"compose 'f' { project = 'web' }",
		"compose 'f' { cwd = '/srv' }",
		"shell 'f'",
		"shell 'f' { cwd = '/srv' }",
		"shell 'f' { privileged = false }",
		"reboot()",
		"cloud_init { user_data = '#f' }",
		"cloud_init { user_data = 'f' }",
	};
	char all[ARRAY_SIZE(items)][DIGEST_HEX_BYTES], same[DIGEST_HEX_BYTES];
	struct normalized *c = *state;

	put("f", "x");
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		changed(c, items[i], all[i]);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(all[i], all[k]) == 0)
				fail_msg("%s is as %s", items[i], items[k]);
		}
	}
	memcpy(same, all[0], sizeof(same));
	assert_false(changed(
		c,
		"ansible 'f' { name = 'n', verbose = 'vv', retries = 3, timeout = 5, sensitive = true }",
		same));
}

static void ansible_here_is_a_command(void **state)
{
	struct normalized *c = *state;
	const struct want *w;

	put("site.yml", "x");
	put("roles.yml", "x");
	one(c, "ansible './site.yml' { name = 'play',\n  galaxy_role_file = 'roles.yml' }");
	w = c->env.wants;
	assert_int_equal(c->env.want_count, 2);
	assert_int_equal(w[0].kind, WANT_COMMAND);
	assert_string_equal(w[0].what, "ansible-galaxy install -r roles.yml");
	assert_string_equal(w[1].what, "ansible-playbook site.yml");
	assert_string_equal(w[1].why, "provisioner 'play'");
	assert_string_equal(w[1].machine, "web");
	assert_int_equal(w[1].line, 2);
	one(c, "ansible 'site.yml' { on = 'guest' }");
	assert_int_equal(c->env.want_count, 0);
	assert_mistakes(c, "machine 'web' { box = 'b' } once_all_up { ansible 'site.yml' }", "");
	assert_int_equal(c->env.want_count, 1);
	assert_null(c->env.wants[0].machine);
}

static void files_outside_are_wanted(void **state)
{
	struct normalized *c = *state;
	cleanup_free char *outside = xasprintf("%s-outside", c->directory);
	cleanup_error struct error err = { 0 };
	char before[DIGEST_HEX_BYTES];

	put(outside, "1");
	assert_int_equal(symlink(outside, "link"), 0);
	put("inside", "1");
	assert_false(one(c, "upload 'inside' '/a'")->outside);
	assert_string_equal(one(c, "upload 'inside' '/a'")->within, c->directory);
	assert_int_equal(c->env.want_count, 0);
	assert_true(one(c, "upload 'link' '/a'")->outside);
	assert_null(one(c, "upload 'link' '/a'")->within);
	assert_int_equal(c->env.want_count, 1);
	assert_int_equal(c->env.wants[0].kind, WANT_PATH);
	assert_string_equal(c->env.wants[0].what, outside);
	assert_string_equal(c->env.wants[0].why, "upload");
	memcpy(before, digest(c, false), sizeof(before));
	/* Nothing is opened for who is not trusted. */
	put(outside, "2");
	assert_string_equal(digest(c, false), before);
	assert_string_not_equal(digest(c, true), before);
	assert_int_equal(fs_remove(outside, &err), 0);
}

static void ansible_may_lead_outside(void **state)
{
	struct normalized *c = *state;

	put("site.yml", "x");
	assert_int_equal(symlink("/etc", "roles"), 0);
	/* The link is beside the playbook, where nobody named it. */
	assert_true(one(c, "ansible 'site.yml' { on = 'guest' }")->outside);
	assert_string_equal(c->env.wants[0].what, "/etc");
	assert_int_equal(unlink("roles"), 0);
	assert_true(
		one(c, "ansible 'site.yml' { on = 'guest', galaxy_roles_path = '../x' }")->outside);
	assert_int_equal(c->env.want_count, 1);
	assert_false(
		one(c, "ansible 'site.yml' { on = 'guest', galaxy_roles_path = 'x' }")->outside);
}

static void files_must_be_there(void **state)
{
	struct normalized *c = *state;
	cleanup_free char *expected = NULL;

	put("f", "x");
	put_directory("d");
	expected = xasprintf(
		"2: machine 'web'.provision[1]: cannot read '%s/d': not a file\n"
		"3: machine 'web'.provision[2]: cannot read '%s/none': no such file or directory\n"
		"4: machine 'web'.provision[3]: cannot read '%s/d': not a file\n"
		"5: machine 'web'.provision[4]: cannot read '%s/d': not a file\n",
		c->directory, c->directory, c->directory, c->directory);
	assert_mistakes(c,
			"machine 'web' { box = 'b', provision = {\n"
			"  ansible 'd',\n"
			"  ansible 'f' { vault_password_file = 'none', inventory_path = 'd' },\n"
			"  compose 'd',\n"
			"  cloud_init { user_data = 'd' },\n"
			"} }",
			expected);
}

/* "a b": paths of the lock. */
static void assert_listed(struct normalized *c, bool trusted, const char *expected)
{
	struct arena arena = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };
	struct provision_file *files;
	size_t count;

	if (provisioners_files(&c->env, trusted, &arena, &files, &count, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		text_addf(&t, "%s%s", i ? " " : "", files[i].path);
	assert_string_equal(text_str(&t), expected);
	arena_clear(&arena);
}

static void the_lock_has_what_may_be_told(void **state)
{
	struct normalized *c = *state;

	put_directory("play");
	put_directory("play/roles");
	put("play/site.yml", "x");
	put("vault", "secret");
	put("compose.yml", "x");
	put("key", "secret");
	put("user.yml", "x");
	assert_mistakes(c,
			"machine 'web' { box = 'b', provision = {\n"
			"  ansible 'play/site.yml' { vault_password_file = 'vault' },\n"
			"  upload 'key' '/key' { sensitive = true },\n"
			"  script '/etc/hostname',\n"
			"  cloud_init { user_data = 'user.yml' } } }\n"
			"once_all_up { compose 'compose.yml' { machine = 'web' } }\n",
			"");
	assert_listed(c, false, "compose.yml play/roles play/site.yml user.yml");
	assert_listed(c, true, "/etc/hostname compose.yml play/roles play/site.yml user.yml");
}

static void ansible_is_checked(void **state)
{
	struct normalized *c = *state;

	put("f", "x");
	one(c,
	    "ansible 'f' { groups = { web = { 'a', 'b[1:3]' }, one = 'a', ['all:vars'] = { x = 1 },\n"
	    "  ['web:children'] = { 'one' }, none = {} }, host_vars = { a = { x = { 1, 2 } } },\n"
	    "  verbose = 'vvvv', limit = 'web:!a', extra_vars = '@f' }");
	assert_mistakes(
		c,
		"machine 'web' { box = 'b', provision = {\n"
		"  ansible 'f' { groups = { ['a b'] = { 'x' } } },\n"
		"  ansible 'f' { groups = { a = { 'x y' } } },\n"
		"  ansible 'f' { groups = { ['a:vars'] = { 'x' } } },\n"
		"  ansible 'f' { groups = { ['a:hosts'] = { 'x' } } },\n"
		"  ansible 'f' { groups = { 'x' } },\n"
		"  ansible 'f' { host_vars = { a = 'x=1' } },\n"
		"  ansible 'f' { extra_vars = 'x=1' },\n"
		"  ansible 'f' { verbose = 'yes' },\n"
		"  ansible 'f' { limit = '--x' },\n"
		"} }",
		"2: machine 'web'.provision[1].groups: 'a b' is no name of a group\n"
		"3: machine 'web'.provision[2].groups: a: expected a list of hosts\n"
		"4: machine 'web'.provision[3].groups: a:vars: expected variables such as { port = 80 }\n"
		"5: machine 'web'.provision[4].groups: 'a:hosts' is no name of a group\n"
		"6: machine 'web'.provision[5].groups: expected groups such as { web = { \"web1\" } }\n"
		"7: machine 'web'.provision[6].host_vars: a: expected variables such as { port = 80 }\n"
		"8: machine 'web'.provision[7].extra_vars: expected variables such as { port = 80 }, or \"@file\"\n"
		"9: machine 'web'.provision[8].verbose: expected \"v\" to \"vvvv\", got \"yes\"\n"
		"10: machine 'web'.provision[9].limit: expected names of hosts or groups, got '--x'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(playbooks_have_neighbours),     CASE(options_decide),
		CASE(ansible_here_is_a_command),     CASE(files_outside_are_wanted),
		CASE(ansible_may_lead_outside),      CASE(files_must_be_there),
		CASE(the_lock_has_what_may_be_told), CASE(ansible_is_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("provision_wants", tests, NULL, NULL);
}
