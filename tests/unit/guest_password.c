/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes that know nothing but a password: the first login replaces it by a key, whatever happens in between. The user
 * exists only in this program's own mount namespace, where a copy lies over /etc.
 */
#include "guest/guest.h"

#include <sched.h>
#include <sys/mount.h>

#include "tests/guest/session.h"

#define LOGIN "bothydev"
#define LOGIN_UID 64322
#define PASSWORD "it's a $ecret"

static bool make_namespace(void)
{
	return geteuid() == 0 && access("/usr/bin/sudo", X_OK) == 0 &&
	       access("/usr/sbin/chpasswd", X_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/tmp", "tmpfs", 0, "mode=1777") == 0 &&
	       system("cp -a /etc /tmp/etc") == 0 &&
	       mount("/tmp/etc", "/etc", NULL, MS_BIND, NULL) == 0;
}

static void give_password(void)
{
	FILE *to = popen("chpasswd", "w");

	assert_non_null(to);
	fputs(LOGIN ":" PASSWORD "\n", to);
	assert_int_equal(pclose(to), 0);
}

static void let_sudo(const char *rule)
{
	sshd_write("/etc/sudoers", rule, 0440);
}

static void reconfigure(struct sshd *s, const char *more)
{
	cleanup_free char *conf = fs_join(s->directory, "sshd_config");
	cleanup_free char *text = NULL;
	cleanup_text struct text old = { 0 };
	struct error err = { 0 };

	session_check(fs_read(conf, 65536, &old, &err), &err);
	text = xasprintf("%s%s", more, text_str(&old));
	sshd_end(s);
	sshd_write(conf, text, 0600);
	sshd_spawn(s);
}

static int setup(void **state)
{
	struct sshd *s;
	cleanup_free char *ssh = NULL;

	*state = NULL;
	if (!make_namespace() ||
	    system("useradd -u 64322 -M -d /nonexistent -s /bin/sh " LOGIN) != 0)
		return 0;
	sshd_user = LOGIN;
	if (sshd_setup(state) < 0 || !(s = *state))
		return *state ? -1 : 0;
	reconfigure(s, "PasswordAuthentication yes\n");
	ssh = fs_join(s->home, ".ssh");
	return chown(s->home, LOGIN_UID, 65534) | chown(ssh, LOGIN_UID, 65534);
}

/* A box as it comes: a password, sudo without asking, keys as given. */
static struct guest_target box(void **state, const char *authorized)
{
	struct sshd *s = *state;
	struct guest_target t;

	if (!s)
		skip();
	t = session_target(s);
	t.host_public = s->identity.user_public; /* not the one the box made for itself */
	t.any_host_key = true;
	t.password = PASSWORD;
	unlink(s->pin_path);
	sshd_write(s->authorized_keys, authorized, 0600);
	assert_int_equal(chown(s->authorized_keys, LOGIN_UID, 65534), 0);
	give_password();
	let_sudo(LOGIN " ALL=(ALL) NOPASSWD: ALL\n");
	return t;
}

static void check_replaced(const struct sshd *s)
{
	cleanup_text struct text keys = { 0 }, shadow = { 0 };
	struct error err = { 0 };

	session_check(fs_read(s->authorized_keys, 65536, &keys, &err), &err);
	assert_non_null(strstr(text_str(&keys), s->identity.user_public));
	session_check(fs_read("/etc/shadow", 65536, &shadow, &err), &err);
	assert_non_null(strstr(text_str(&shadow), LOGIN ":*:"));
	assert_true(fs_exists(s->pin_path));
}

static void check_failed(const struct guest_target *t, const char *text, const char *hint)
{
	struct guest *g = NULL;
	struct error err = { 0 };

	assert_int_equal(guest_connect(t, clock_ms() + SESSION_WAIT_MS, &g, &err), -1);
	if (!strstr(err.text, text) || !strstr(err.hint ? err.hint : "", hint))
		print_message("# %s / %s\n", err.text, err.hint);
	assert_non_null(strstr(err.text, text));
	assert_non_null(strstr(err.hint, hint));
	assert_null(strstr(err.text, PASSWORD));
	error_clear(&err);
}

static void test_replaced(void **state)
{
	struct guest_target t = box(state, "# mine");
	struct guest *g = session_open(&t);

	assert_int_equal(guest_first_login(g), GUEST_FIRST_PASSWORD);
	assert_string_equal(guest_user(g), LOGIN);
	session_says(g, "echo in", "in\n");
	guest_close(&g);
	check_replaced(*state);

	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_NONE);
	guest_close(&g);
	/* Also when the file does not mention it any more. */
	t.password = NULL;
	t.any_host_key = false;
	g = session_open(&t);
	guest_close(&g);
}

static void test_never_used_twice(void **state)
{
	struct guest_target t = box(state, "");
	struct sshd *s = *state;
	struct guest *g = session_open(&t);

	guest_close(&g);
	give_password();
	sshd_write(s->authorized_keys, "", 0644);
	check_failed(&t, "refuses its key for the user", "ssh = { user");
}

static void test_continued_after_a_cut(void **state)
{
	struct sshd *s = *state;
	struct guest_target t;
	struct guest *g;

	if (!s)
		skip();
	t = box(state, s->identity.user_public);
	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_LOCKED);
	guest_close(&g);
	check_replaced(s);
}

static void test_sudo_that_asks(void **state)
{
	struct guest_target t = box(state, "");
	struct guest *g;

	let_sudo(LOGIN " ALL=(ALL) ALL\n");
	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_PASSWORD);
	guest_close(&g);
	check_replaced(*state);
}

static void test_without_root(void **state)
{
	struct guest_target t = box(state, "");
	struct sshd *s = *state;
	struct guest *g;

	let_sudo("root ALL=(ALL) ALL\n");
	check_failed(&t, "cannot take the password of '" LOGIN "' away in 'web'", "sudo");
	assert_false(fs_exists(s->pin_path));
	let_sudo(LOGIN " ALL=(ALL) NOPASSWD: ALL\n");
	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_LOCKED);
	guest_close(&g);
	check_replaced(s);
}

static void test_wrong_password(void **state)
{
	struct guest_target t = box(state, "");

	t.password = "another";
	check_failed(&t, "refuses its key and its password for the user '" LOGIN "'", "destroy");
}

/* A password that stays, whatever was done about it. */
static void test_still_open(void **state)
{
	struct guest_target t = box(state, "");
	struct sshd *s = *state;

	assert_int_equal(mount("/bin/true", "/usr/sbin/chpasswd", NULL, MS_BIND, NULL), 0);
	check_failed(&t, "'web' still lets '" LOGIN "' in by its password", "/etc/shadow");
	assert_int_equal(umount("/usr/sbin/chpasswd"), 0);
	assert_false(fs_exists(s->pin_path));
}

/* The host key of a machine whose disk this host wrote is known, password or not. */
static void test_known_host_key(void **state)
{
	struct guest_target t = box(state, "");

	t.any_host_key = false;
	check_failed(&t, "presents another host key", "destroy");
}

static void test_by_dialogue(void **state)
{
	struct guest_target t = box(state, "");
	struct guest *g;

	reconfigure(*state, "PasswordAuthentication no\nUsePAM yes\n"
			    "KbdInteractiveAuthentication yes\n");
	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_PASSWORD);
	guest_close(&g);
	check_replaced(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_never_used_twice),
		cmocka_unit_test(test_continued_after_a_cut),
		cmocka_unit_test(test_sudo_that_asks),
		cmocka_unit_test(test_without_root),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_still_open),
		cmocka_unit_test(test_known_host_key),
		cmocka_unit_test(test_by_dialogue),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, session_teardown);
}
