/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A login as an ordinary user who may use sudo, as in Vagrant boxes. The user exists only in this
 * program's own mount namespace, where files of the test lie over those in /etc.
 */
#include "guest/guest.h"

#include <sched.h>
#include <sys/mount.h>

#include "tests/guest/session.h"

#define LOGIN "bothydev"
#define LOGIN_UID 64321

static char overlays[64];

static int cover(const char *path, const char *line, mode_t mode)
{
	cleanup_free char *copy = fs_join(overlays, strrchr(path, '/') + 1);
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	if (fs_read(path, 1 << 20, &text, &err) < 0) {
		error_clear(&err);
		return -1;
	}
	text_add(&text, line);
	sshd_write(copy, text.ptr, mode);
	return mount(copy, path, NULL, MS_BIND, NULL);
}

static bool make_namespace(void)
{
	if (geteuid() != 0 || access("/usr/bin/sudo", X_OK) < 0)
		return false;
	return unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/tmp", "tmpfs", 0, "mode=1777") == 0;
}

static bool make_user(void)
{
	strcpy(overlays, "/tmp/bothy-etc.XXXXXX");
	return mkdtemp(overlays) &&
	       cover("/etc/passwd", LOGIN ":x:64321:65534::/nonexistent:/bin/sh\n", 0644) == 0 &&
	       cover("/etc/shadow", LOGIN ":*:19000:0:99999:7:::\n", 0640) == 0 &&
	       cover("/etc/sudoers", LOGIN " ALL=(ALL) NOPASSWD: ALL\n", 0440) == 0 &&
	       cover("/etc/hosts", "127.0.1.1 before\n", 0644) == 0 &&
	       cover("/etc/hostname", "", 0644) == 0;
}

static int setup(void **state)
{
	struct sshd *s;
	cleanup_free char *ssh = NULL;

	*state = NULL;
	if (!make_namespace() || !make_user())
		return 0;
	sshd_user = LOGIN;
	if (sshd_setup(state) < 0 || !(s = *state))
		return *state ? -1 : 0;
	ssh = fs_join(s->home, ".ssh");
	return chown(s->home, LOGIN_UID, 65534) | chown(ssh, LOGIN_UID, 65534) |
	       chown(s->authorized_keys, LOGIN_UID, 65534);
}

static void run_as(struct guest *g, const char *user, const char *wanted)
{
	struct provisioner p = { .kind = PROVISION_SHELL,
				 .name = "who",
				 .content = "echo \"$(id -un) $A\"; stat -c %U \"$0\"",
				 .user = user,
				 .privileged = true };
	struct env_var var = { "A", "it's" };
	struct session_output o = { 0 };
	const struct guest_output output = { session_write, &o };
	struct error err = { 0 };

	p.env = (struct env_vars){ &var, 1 };
	session_check(guest_provision(g, &p, &output, clock_ms() + SESSION_WAIT_MS, &err), &err);
	assert_string_equal(text_str(&o.streams[1]), wanted);
	session_clear(&o);
}

static void test_provision(void **state)
{
	struct guest *g = session_of(state);

	session_says(g, "id -un", LOGIN "\n");
	run_as(g, NULL, "root it's\nroot\n");
	run_as(g, LOGIN, LOGIN " it's\n" LOGIN "\n");
	run_as(g, "nobody", "nobody it's\nnobody\n");
	guest_close(&g);
}

static void test_copy(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *to = fs_join(s->directory, "as-root"),
			  *check = xasprintf("stat -c %%U %s", to);
	struct guest_file file = { .content = "x", .content_len = 1, .to = to };
	struct error err = { 0 };

	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, check, "root\n");
	file.user = LOGIN;
	assert_int_equal(guest_copy(g, &file, 0, &err), -1);
	assert_non_null(strstr(err.text, "ermission denied"));
	error_clear(&err);
	file.to = "~/mine";
	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, "stat -c %U ~/mine", LOGIN "\n");
	guest_close(&g);
}

static void test_cut_off(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = {
		.kind = PROVISION_SHELL, .name = "slow", .content = "sleep 31", .privileged = true
	};
	struct error err = { 0 };

	assert_int_equal(guest_provision(g, &p, NULL, clock_ms() + 700, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	error_clear(&err);
	session_says(g, "ls -d /tmp/bothy.?????? 2>/dev/null || echo none", "none\n");
	guest_close(&g);
}

static void test_hostname(void **state)
{
	static const char look[] =
		"uname -n; cat /etc/hostname; grep '^127[.]0[.]1[.]1' /etc/hosts; :";
	static const char wanted[] = "web.test\nweb.test\n127.0.1.1\tweb.test web\n";
	struct guest *g = session_of(state);
	struct error err = { 0 };

	for (int i = 0; i < 2; i++) {
		session_check(guest_set_hostname(g, "web.test", &err), &err);
		session_says(g, look, wanted);
	}
	session_says(g, "echo 10.9.9.9 db | sudo -n tee -a /etc/hosts", "10.9.9.9 db\n");
	session_check(guest_set_hostname(g, "db", &err), &err);
	session_says(g, look, "db\ndb\n");
	session_says(g, "printf '127.0.1.1 a b c' | sudo -n tee -a /etc/hosts", "127.0.1.1 a b c");
	session_check(guest_set_hostname(g, "b", &err), &err);
	session_says(g, look, "b\nb\n127.0.1.1 a b c\n");
	guest_close(&g);
}

static void test_refused(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = {
		.kind = PROVISION_SHELL, .name = "who", .content = "id", .privileged = true
	};
	struct error err = { 0 };

	guest_close(&g);
	umount2("/etc/sudoers", MNT_DETACH);
	g = session_of(state);
	assert_int_equal(guest_provision(g, &p, NULL, 0, &err), -1);
	assert_non_null(strstr(err.text, "cannot become 'root' in 'web' as '" LOGIN "'"));
	assert_non_null(strstr(err.hint, "NOPASSWD"));
	error_clear(&err);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_provision), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_cut_off),   cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, session_teardown);
}
