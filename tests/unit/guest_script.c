/* SPDX-License-Identifier: Apache-2.0 */
/* Where, as whom and how long scripts run, and what is seen of them. */
#include "tests/guest/tools.h"

static struct provisioner shell(const struct sshd *s, const char *content)
{
	return (struct provisioner){
		.kind = PROVISION_SHELL, .name = "shell-1", .content = content, .user = s->user
	};
}

static void test_cwd(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	struct provisioner p = shell(s, "pwd; echo \"${c-unset}\"");
	cleanup_free char *in_home = xasprintf("%s/a b\nunset\n", s->home);
	cleanup_free char *deep = fs_join(s->home, "a b");

	mkdir(deep, 0755);
	p.cwd = "/usr/share";
	tools_says(g, &p, "/usr/share\nunset\n");
	p.cwd = "a b";
	tools_says(g, &p, in_home);
	p.cwd = "~/a b";
	tools_says(g, &p, in_home);
	p.cwd = "/no/such place";
	tools_fails(g, &p,
		    "provisioner 'shell-1' in 'web': cannot go into its cwd '/no/such place'",
		    "earlier provisioner");
	session_says(g, "ls \"$TMPDIR\"", "");
	guest_close(&g);
}

static void test_as_who_logs_in(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	struct provisioner p = shell(s, "id -un");
	cleanup_free char *wanted = xasprintf("%s\n", s->user);

	p.user = NULL;
	p.privileged = false;
	tools_says(g, &p, wanted);
	guest_close(&g);
}

static void test_order(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = shell(*state, "for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done");

	tools_says(g, &p, "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n");
	guest_close(&g);
}

#define ENDED(file)                                                                 \
	"p=$(cat ~/" file                                                           \
	"); until ! kill -0 $p 2>/dev/null || grep -q 'State:.Z' /proc/$p/status; " \
	"do sleep 0.05; done; echo ended"

static void test_timeout(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p =
		shell(*state, "sh -c 'echo $$ >~/child; exec sleep 60' & echo $$ >~/self; wait");

	p.timeout_s = 1;
	tools_fails(g, &p, "provisioner 'shell-1' in 'web' did not end within its timeout of 1 s",
		    "timeout");
	session_says(g, ENDED("self"), "ended\n");
	session_says(g, ENDED("child"), "ended\n");
	session_says(g, "ls \"$TMPDIR\"", "");
	p = shell(*state, "echo quick");
	p.timeout_s = 60;
	tools_says(g, &p, "quick\n");
	guest_close(&g);
}

/* Some servers run commands in their own process group: its end must not be theirs. */
static void test_own_group(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = shell(*state, "read -r _ _ _ _ g _ </proc/self/stat; "
					     "read -r _ _ _ _ pg _ </proc/$PPID/stat; "
					     "[ $g != $pg ] && echo own");

	tools_says(g, &p, "own\n");
	guest_close(&g);
}

static void test_sensitive(void **state)
{
	struct guest *g = session_of(state);
	struct env_var vars[] = { { "TOKEN", "hush-hush-value" } };
	struct provisioner p = shell(*state, "# hush-hush-value\n"
					     "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' "
					     ">~/seen; echo $TOKEN; exit 3");
	struct error err = { 0 };
	cleanup_free char *said = NULL;

	p.sensitive = true;
	p.env = (struct env_vars){ vars, 1 };
	assert_int_equal(tools_provision(g, &p, &said, &err), -1);
	assert_string_equal(said, "");
	assert_string_equal(err.text, "provisioner 'shell-1' in 'web' failed with status 3");
	assert_int_equal(err.code, 3);
	assert_null(err.hint);
	error_clear(&err);
	session_says(g, "grep -c hush-hush-value ~/seen || :; test -s ~/seen", "0\n");
	guest_close(&g);
}

static void test_wrong_name_of_a_variable(void **state)
{
	struct guest *g = session_of(state);
	struct env_var vars[] = { { "A-B", "x" } };
	struct provisioner p = shell(*state, "true");

	p.env = (struct env_vars){ vars, 1 };
	tools_fails(g, &p, "'A-B' is no name of a variable", NULL);
	session_says(g, "ls \"$TMPDIR\"", "");
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_as_who_logs_in),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_own_group),
		cmocka_unit_test(test_sensitive),
		cmocka_unit_test(test_wrong_name_of_a_variable),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
