/* SPDX-License-Identifier: Apache-2.0 */
/* Docker Compose in the guest: the very command line, by a docker that only says how it was called. */
#include "tests/guest/tools.h"

static const char plugin[] = "[ \"$1\" = compose ] || exit 1; [ \"$2\" = version ] && exit 0; "
			     "echo \"up $MODE $PWD\"; cat \"$5\"; stat -c %a \"$5\"";
static const char no_plugin[] = "exit 1";
static const char standalone[] = "echo \"alone $MODE\"; cat \"$4\"";

struct world {
	struct sshd *s;
	struct guest *g;
	char *from;
	struct provisioner p;
};

static struct world world_of(void **state)
{
	struct world w = { .g = session_of(state), .s = *state };

	w.from = fs_join(w.s->directory, "compose.yml");
	sshd_write(w.from, "services: {}\n", 0644);
	w.p = (struct provisioner){ .kind = PROVISION_COMPOSE,
				    .name = "compose.yml",
				    .from = w.from,
				    .user = w.s->user,
				    .project = "shop" };
	return w;
}

static void world_end(struct world *w)
{
	tools_remove(w->s, "docker");
	tools_remove(w->s, "docker-compose");
	guest_close(&w->g);
	free(w->from);
}

static void calls_end_with(const struct sshd *s, const char *program, const char *wanted)
{
	cleanup_free char *calls = tools_calls(s, program);
	cleanup_free char *line = xasprintf("%s\n", wanted);

	if (!text_has_suffix(calls, line))
		print_message("# %s# wanted: %s", calls, line);
	assert_true(text_has_suffix(calls, line));
}

static void test_plugin(void **state)
{
	struct world w = world_of(state);
	struct env_var vars[] = { { "MODE", "dev" } };
	cleanup_free char *said = xasprintf("up dev %s\nservices: {}\n600\n", w.s->home);
	cleanup_free char *call = xasprintf("compose -p shop -f %s/.bothy/compose/shop/compose.yml "
					    "up -d --remove-orphans",
					    w.s->home);

	tools_add(w.s, "docker", plugin);
	tools_add(w.s, "docker-compose", standalone);
	w.p.env = (struct env_vars){ vars, 1 };
	tools_says(w.g, &w.p, said);
	calls_end_with(w.s, "docker", call);
	world_end(&w);
}

static void test_all_options(void **state)
{
	struct world w = world_of(state);
	const char *args[] = { "--build", "web app" };
	cleanup_free char *work = fs_join(w.s->home, "work");
	cleanup_free char *call =
		xasprintf("compose -p shop -f %s/.bothy/compose/shop/compose.yml "
			  "--project-directory %s up -d --remove-orphans --build web app",
			  w.s->home, work);

	mkdir(work, 0755);
	tools_add(w.s, "docker", "[ \"$2\" = version ] || echo $#");
	w.p.args = (struct strings){ args, 2 };
	w.p.cwd = "work";
	tools_says(w.g, &w.p, "12\n");
	calls_end_with(w.s, "docker", call);
	session_says(w.g, "ls ~/work", "");
	w.p.cwd = "/no/such";
	tools_fails(w.g, &w.p, "cannot go into its cwd '/no/such'", NULL);
	world_end(&w);
}

static void test_standalone(void **state)
{
	struct world w = world_of(state);
	cleanup_free char *call = xasprintf("-p compose -f %s/.bothy/compose/compose/compose.yml "
					    "up -d --remove-orphans",
					    w.s->home);

	tools_add(w.s, "docker", no_plugin);
	tools_add(w.s, "docker-compose", standalone);
	w.p.project = NULL;
	tools_says(w.g, &w.p, "alone \nservices: {}\n");
	calls_end_with(w.s, "docker-compose", call);
	world_end(&w);
}

static void test_failing(void **state)
{
	struct world w = world_of(state);

	tools_add(w.s, "docker", "[ \"$2\" = version ] && exit 0; echo no such image; exit 17");
	tools_fails(w.g, &w.p, "provisioner 'compose.yml' in 'web' failed with status 17", NULL);
	tools_add(w.s, "docker", no_plugin);
	tools_fails(w.g, &w.p, "provisioner 'compose.yml': there is no Docker Compose in 'web'",
		    "earlier provisioner install it");
	world_end(&w);
}

static void test_no_docker(void **state)
{
	struct world w = world_of(state);

	/* It is looked for there whatever the PATH says. */
	if (access("/usr/local/bin/docker", F_OK) == 0 ||
	    access("/usr/local/bin/docker-compose", F_OK) == 0) {
		world_end(&w);
		skip();
	}
	tools_fails(w.g, &w.p, "provisioner 'compose.yml': there is no Docker in 'web'",
		    "earlier provisioner install it");
	session_says(w.g, "ls \"$TMPDIR\"", "");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_docker),   cmocka_unit_test(test_plugin),
		cmocka_unit_test(test_all_options), cmocka_unit_test(test_standalone),
		cmocka_unit_test(test_failing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, tools_setup, session_teardown);
}
