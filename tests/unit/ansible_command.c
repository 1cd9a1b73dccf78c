/* SPDX-License-Identifier: Apache-2.0 */
/* Each option of an ansible provisioner as a word of the command line. */
#include "guest/ansible_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text.h"

#define LIST(...)                                                                              \
	(struct strings)                                                                       \
	{                                                                                      \
		(const char *[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })) \
	}

static void is(struct strings *words, const char *expected)
{
	cleanup_text struct text line = { 0 };

	for (size_t i = 0; i < words->count; i++)
		text_addf(&line, "%s%s", i ? "|" : "", words->at[i]);
	assert_string_equal(text_str(&line), expected);
	ansible_words_free(words);
	assert_int_equal(words->count, 0);
}

/* The words between the program and the playbook. */
static void gives(struct ansible ansible, struct ansible_paths paths, const char *expected)
{
	struct provisioner p = { .kind = PROVISION_ANSIBLE, .ansible = ansible };
	cleanup_free char *all =
		xasprintf("ansible-playbook%s%s|site.yml", *expected ? "|" : "", expected);
	struct strings words;

	paths.playbook = "site.yml";
	ansible_command(&p, &paths, &words);
	is(&words, all);
}

#define SAYS(expected, ...) \
	gives((struct ansible){ __VA_ARGS__ }, (struct ansible_paths){ 0 }, expected)
#define WITH(expected, ...) \
	gives((struct ansible){ 0 }, (struct ansible_paths){ __VA_ARGS__ }, expected)

static void options_are_words(void **state)
{
	(void)state;
	SAYS("", .on = ANSIBLE_ON_GUEST);
	SAYS("--limit=web,db*", .limit = "web,db*");
	SAYS("--tags=a", .tags = LIST("a"));
	SAYS("--tags=a,b", .tags = LIST("a", "b"));
	SAYS("--skip-tags=slow,risky", .skip_tags = LIST("slow", "risky"));
	SAYS("--start-at-task=Install the $(server)", .start_at_task = "Install the $(server)");
	SAYS("--become", .become = true);
	SAYS("--become-user=app", .become_user = "app");
	SAYS("--become|--become-user=app", .become = true, .become_user = "app");
	SAYS("-v", .verbose = "v");
	SAYS("-vvvv", .verbose = "-vvvv");
	SAYS("", .verbose = "");
	/* Variables and groups are in files. */
	SAYS("", .groups = "{}", .host_vars = "{}", .extra_vars = "{\"password\":\"secret\"}");
}

static void paths_are_words(void **state)
{
	(void)state;
	WITH("--inventory=/i.json", .inventory = "/i.json");
	WITH("--inventory=/i.json|--inventory=/hosts", .inventory = "/i.json",
	     .inventory_path = "/hosts");
	WITH("--extra-vars=@/x.json", .extra_vars_file = "/x.json");
	WITH("--vault-password-file=/vault", .vault_password_file = "/vault");
	WITH("--limit=web", .limit = "web");
	gives((struct ansible){ .limit = "all" }, (struct ansible_paths){ .limit = "web" },
	      "--limit=all");
	/* They are for ansible-galaxy. */
	WITH("", .galaxy_role_file = "/roles.yml", .galaxy_roles_path = "/roles");
}

static void raw_words_are_last(void **state)
{
	struct provisioner p = { .kind = PROVISION_ANSIBLE,
				 .ansible = { .limit = "web", .verbose = "v" },
				 .args = LIST("--check", "-e", "a=b c", "") };
	struct strings words;

	(void)state;
	ansible_command(&p, &(struct ansible_paths){ .playbook = "/p/site.yml" }, &words);
	is(&words, "ansible-playbook|--limit=web|-v|--check|-e|a=b c||/p/site.yml");
}

static void roles_are_brought(void **state)
{
	struct strings words;

	(void)state;
	ansible_galaxy_command(&(struct ansible_paths){ .galaxy_role_file = "/r.yml" }, &words);
	is(&words, "ansible-galaxy|install|--role-file=/r.yml|--force");
	ansible_galaxy_command(&(struct ansible_paths){ .galaxy_role_file = "/r.yml",
							.galaxy_roles_path = "/roles" },
			       &words);
	is(&words, "ansible-galaxy|install|--role-file=/r.yml|--roles-path=/roles|--force");
	ansible_galaxy_command(&(struct ansible_paths){ .galaxy_roles_path = "/roles" }, &words);
	is(&words, "");
}

static void roles_are_found(void **state)
{
	struct strings words = { 0 };

	(void)state;
	ansible_environment(&(struct ansible_paths){ .galaxy_roles_path = "/roles" }, &words);
	is(&words, "ANSIBLE_ROLES_PATH=/roles");
	ansible_environment(&(struct ansible_paths){ .galaxy_role_file = "/r.yml" }, &words);
	is(&words, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_words),  cmocka_unit_test(paths_are_words),
		cmocka_unit_test(raw_words_are_last), cmocka_unit_test(roles_are_brought),
		cmocka_unit_test(roles_are_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ansible_command", tests, NULL, NULL);
}
