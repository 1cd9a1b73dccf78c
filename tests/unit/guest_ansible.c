/* SPDX-License-Identifier: Apache-2.0 */
/* Ansible in the guest: what it gets there, how it is called, and that nothing stays. */
#include "tests/guest/tools.h"

/* Says what of its files it sees, and how they may be read. */
static const char tell[] =
	"for w; do :; done; cd \"${w%/*}\"; find . -type f | sort; cat \"$w\"; "
	"for w; do case $w in --inventory=*|--extra-vars=*|--vault*) "
	"f=${w#*=}; f=${f#@}; stat -c %a \"$f\"; cat \"$f\"; echo ;; esac; done; "
	"echo \"$MODE ${PWD##*/} $ANSIBLE_ROLES_PATH\"";

struct world {
	struct sshd *s;
	struct guest *g;
	char *project, *from;
	struct provisioner p;
};

static void add(const struct world *w, const char *name, const char *content)
{
	cleanup_free char *path = fs_join(w->project, name);
	cleanup_free char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	struct error err = { 0 };

	session_check(fs_make_dirs(directory, 0755, NULL, &err), &err);
	sshd_write(path, content, 0644);
}

static struct world world_of(void **state)
{
	struct world w = { .g = session_of(state), .s = *state };

	w.project = fs_join(w.s->directory, "project");
	w.from = fs_join(w.project, "site.yml");
	add(&w, "site.yml", "- hosts: all\n");
	w.p = (struct provisioner){ .kind = PROVISION_ANSIBLE,
				    .name = "site.yml",
				    .from = w.from,
				    .user = w.s->user,
				    .ansible = { .on = ANSIBLE_ON_GUEST } };
	return w;
}

static void world_end(struct world *w)
{
	session_says(w->g, "ls \"$TMPDIR\"", "");
	tools_remove(w->s, "ansible-playbook");
	tools_remove(w->s, "ansible-galaxy");
	guest_close(&w->g);
	free(w->from);
	free(w->project);
}

/* What a text has of our random directory, as "@". */
static char *without_place(const char *text)
{
	struct text t = { 0 };
	const char *at;

	text_add(&t, "");
	while ((at = strstr(text, "/bothy."))) {
		const char *begin = at;

		while (begin > text && !strchr(" =@\n'\"", begin[-1]))
			begin--;
		text_addn(&t, text, (size_t)(begin - text));
		text_add(&t, "@");
		text = at + strlen("/bothy.XXXXXX");
	}
	text_add(&t, text);
	return text_take(&t);
}

static void test_parts(void **state)
{
	struct world w = world_of(state);
	cleanup_free char *said = NULL;
	struct env_var vars[] = { { "MODE", "dev" } };
	cleanup_error struct error err = { 0 };

	add(&w, "roles/app/tasks/main.yml", "[]\n");
	add(&w, "group_vars/all.yml", "a: 1\n");
	add(&w, "templates/x.j2", "x\n");
	add(&w, "more.yml", "[]\n");
	add(&w, "ansible.cfg", "[defaults]\n");
	add(&w, "disk.img", "not this\n");
	add(&w, ".bothy/secret", "nor this\n");
	tools_add(w.s, "ansible-playbook", tell);
	w.p.env = (struct env_vars){ vars, 1 };
	session_check(tools_provision(w.g, &w.p, &said, &err), &err);
	assert_true(text_has_prefix(said, "./ansible.cfg\n./group_vars/all.yml\n./more.yml\n"
					  "./roles/app/tasks/main.yml\n./site.yml\n"
					  "./templates/x.j2\n- hosts: all\n600\n"));
	assert_non_null(strstr(said, "\"ansible_connection\": \"local\""));
	assert_non_null(strstr(said, "\ndev play \n"));
	world_end(&w);
}

static void test_command_line(void **state)
{
	struct world w = world_of(state);
	const char *args[] = { "--diff" }, *tags[] = { "one", "two" };
	cleanup_free char *vault = fs_join(w.project, "vault"), *calls = NULL, *plain = NULL;
	cleanup_free char *roles = fs_join(w.project, "needed.yml"), *galaxy = NULL, *said = NULL;
	cleanup_error struct error err = { 0 };

	add(&w, "vault", "vault-password\n");
	add(&w, "needed.yml", "[]\n");
	tools_add(w.s, "ansible-playbook", tell);
	tools_add(w.s, "ansible-galaxy", "");
	w.p.args = (struct strings){ args, 1 };
	w.p.ansible = (struct ansible){ .on = ANSIBLE_ON_GUEST,
					.groups = "{\"front\":[\"web\",\"other\"]}",
					.extra_vars = "{\"token\":\"hush-hush\"}",
					.tags = { tags, 2 },
					.become = true,
					.verbose = "vv",
					.vault_password_file = vault,
					.galaxy_role_file = roles };
	session_check(tools_provision(w.g, &w.p, &said, &err), &err);
	calls = tools_calls(w.s, "ansible-playbook");
	/* The last call; tests before may have made others. */
	plain = without_place(text_has_suffix(calls, "site.yml\n") ? calls : "");
	assert_non_null(strstr(plain,
			       "--inventory=@/inventory.json --limit=web --become "
			       "--extra-vars=@@/extra_vars.json --vault-password-file=@/vault "
			       "--tags=one,two -vv --diff @/play/site.yml\n"));
	assert_null(strstr(calls, "hush-hush"));
	assert_non_null(strstr(said, "600\n{\"token\":\"hush-hush\"}"));
	assert_non_null(strstr(said, "front"));
	galaxy = tools_calls(w.s, "ansible-galaxy");
	assert_true(text_has_prefix(galaxy, "install --role-file="));
	world_end(&w);
}

static void test_extra_vars_of_a_file(void **state)
{
	struct world w = world_of(state);
	cleanup_free char *said = NULL;
	cleanup_error struct error err = { 0 };

	add(&w, "own/vars.yml", "x: 1\n");
	tools_add(w.s, "ansible-playbook", tell);
	w.p.ansible.extra_vars = "@own/vars.yml";
	session_check(tools_provision(w.g, &w.p, &said, &err), &err);
	assert_non_null(strstr(said, "x: 1\n"));
	free(said);
	said = NULL;
	w.p.ansible.extra_vars = "\"@no-such.yml\"";
	tools_fails(w.g, &w.p, "provisioner 'site.yml' in 'web': cannot open", NULL);
	world_end(&w);
}

static void test_failing(void **state)
{
	struct world w = world_of(state);

	tools_add(w.s, "ansible-playbook", "echo unreachable; exit 4");
	tools_fails(w.g, &w.p, "provisioner 'site.yml' in 'web' failed with status 4", NULL);
	world_end(&w);
}

/* The real one, where this host has it. */
static void test_real(void **state)
{
	struct world w = world_of(state);
	cleanup_free char *said = NULL;
	cleanup_error struct error err = { 0 };
	struct env_var vars[] = { { "MODE", "dev" } };

	if (access("/usr/bin/ansible-playbook", X_OK) < 0) {
		world_end(&w);
		skip();
	}
	add(&w, "site.yml",
	    "- hosts: front\n  gather_facts: false\n  roles: [app]\n  tasks:\n"
	    "    - debug: msg='{{ inventory_hostname }} {{ colour }} {{ extra }} {{ said }}'\n");
	add(&w, "roles/app/tasks/main.yml",
	    "- shell: echo $MODE\n  register: r\n"
	    "- set_fact: said='{{ r.stdout }}'\n");
	w.p.env = (struct env_vars){ vars, 1 };
	w.p.ansible = (struct ansible){ .on = ANSIBLE_ON_GUEST,
					.groups = "{\"front\":[\"web\"]}",
					.host_vars = "{\"web\":{\"colour\":\"blue\"}}",
					.extra_vars = "{\"extra\":\"more\"}" };
	session_check(tools_provision(w.g, &w.p, &said, &err), &err);
	if (!strstr(said, "web blue more dev"))
		print_message("# %s\n", said);
	assert_non_null(strstr(said, "web blue more dev"));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_extra_vars_of_a_file),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_real),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, tools_setup, session_teardown);
}
