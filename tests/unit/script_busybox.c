/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners where there is nothing but BusyBox: no bash, no GNU tools. */
#include "tests/guest/tools.h"

/* Each applet is a link to the one program. */
static int add_applets(const struct sshd *s)
{
	static const char *const applets[] = { "[",       "awk",    "cat",    "chmod", "cut",
					       "dirname", "grep",   "kill",   "ln",    "ls",
					       "mkdir",   "mktemp", "mv",     "pwd",   "readlink",
					       "rm",      "sed",    "setsid", "sh",    "sleep",
					       "stat",    "test",   "tr",     "wc" };
	const char *program = access("/bin/busybox", X_OK) == 0 ? "/bin/busybox" : NULL;

	for (size_t i = 0; program && i < ARRAY_SIZE(applets); i++) {
		cleanup_free char *path = xasprintf("%s/bin/%s", s->directory, applets[i]);

		if (symlink(program, path) < 0)
			return -1;
	}
	return program ? 0 : -1;
}

static int setup(void **state)
{
	tools_path = "";
	if (tools_setup(state) < 0)
		return -1;
	if (*state && add_applets(*state) < 0) {
		session_teardown(state);
		*state = NULL;
	}
	return 0;
}

static struct provisioner shell(const struct sshd *s, const char *content)
{
	return (struct provisioner){
		.kind = PROVISION_SHELL, .name = "shell-1", .content = content, .user = s->user
	};
}

static void test_shell(void **state)
{
	struct guest *g = session_of(state);
	const char *args[] = { "two words", "it's" };
	struct env_var vars[] = { { "MODE", "$x `y`" } };
	struct provisioner p = shell(*state,
				     "sed --help 2>&1 | grep -o -m1 BusyBox; "
				     "command -v bash || echo none; for a; do echo \"[$a]\"; "
				     "done; echo \"$MODE\"; pwd; (exit 4)\necho not reached");

	p.args = (struct strings){ args, 2 };
	p.env = (struct env_vars){ vars, 1 };
	p.cwd = "/usr";
	{
		cleanup_free char *said = NULL;
		cleanup_error struct error err = { 0 };

		assert_int_equal(tools_provision(g, &p, &said, &err), -1);
		assert_string_equal(said, "BusyBox\nnone\n[two words]\n[it's]\n$x `y`\n/usr\n");
		assert_int_equal(err.code, 4);
	}
	session_says(g, "ls \"$TMPDIR\"", "");
	guest_close(&g);
}

static void test_timeout(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = shell(*state, "echo $$ >~/self; sleep 60");

	p.timeout_s = 1;
	tools_fails(g, &p, "did not end within its timeout of 1 s", NULL);
	session_says(g,
		     "p=$(cat ~/self); until ! kill -0 $p 2>/dev/null || "
		     "grep -q 'State:.Z' /proc/$p/status; do sleep 1; done; echo ended",
		     "ended\n");
	session_says(g, "ls \"$TMPDIR\"", "");
	guest_close(&g);
}

static void test_upload(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "app.conf");
	struct provisioner p = { .kind = PROVISION_UPLOAD,
				 .name = "app.conf",
				 .from = from,
				 .to = "~/etc/",
				 .user = s->user };

	sshd_write(from, "key = 1\n", 0640);
	tools_says(g, &p, "");
	session_says(g, "stat -c %a ~/etc/app.conf; cat ~/etc/app.conf", "640\nkey = 1\n");
	guest_close(&g);
}

static void test_no_ansible(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "site.yml");
	struct provisioner p = { .kind = PROVISION_ANSIBLE,
				 .name = "site.yml",
				 .from = from,
				 .user = s->user,
				 .ansible = { .on = ANSIBLE_ON_GUEST } };

	if (access("/usr/local/bin/ansible-playbook", F_OK) == 0) {
		guest_close(&g);
		skip();
	}
	sshd_write(from, "[]\n", 0644);
	tools_add(s, "apk", "");
	tools_fails(g, &p, "provisioner 'site.yml': there is no ansible-playbook in 'web'",
		    "let an earlier provisioner install it: apk add ansible");
	tools_remove(s, "apk");
	tools_add(s, "dnf", "");
	tools_fails(g, &p, "there is no ansible-playbook", "dnf install -y ansible-core");
	tools_remove(s, "dnf");
	guest_close(&g);
}

static void test_no_cloud_init(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = { .kind = PROVISION_CLOUD_INIT,
				 .name = "cloud_init",
				 .content = "" };

	if (getuid() != 0) {
		guest_close(&g);
		skip();
	}
	tools_fails(g, &p, "provisioner 'cloud_init': there is no cloud-init in 'web'",
		    "cloud image");
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell),         cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_upload),        cmocka_unit_test(test_no_ansible),
		cmocka_unit_test(test_no_cloud_init),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, session_teardown);
}
