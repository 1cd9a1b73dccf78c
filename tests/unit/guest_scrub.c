/* SPDX-License-Identifier: Apache-2.0 */
/* The script that takes an identity away, run on trees made for it: never on the machine itself. */
#include "guest/scrub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/proc.h"
#include "guest/insecure.h"

#define OURS "ssh-ed25519 AAAAours bothy-web"
#define OTHER "ssh-ed25519 AAAAother somebody"

static char root[64];

static const char *in(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	char *out = path[turn++ % ARRAY_SIZE(path)];

	snprintf(out, sizeof(path[0]), "%s/%s", root, name);
	return out;
}

static void say(const char *name, const char *content)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *folder = xstrdup(in(name));

	*strrchr(folder, '/') = '\0';
	if (fs_make_dirs(folder, 0755, NULL, &err) < 0 ||
	    fs_write(in(name), content, strlen(content), 0600, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/bothy-scrub.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	say("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
			  "vagrant:x:1000:1000::/home/vagrant:/bin/sh\n");
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(root, &err);
}

static char *content_of(const char *name)
{
	cleanup_error struct error err = { 0 };
	struct text text = { 0 };

	if (fs_read(in(name), 65536, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text_take(&text);
}

static void assert_holds(const char *name, const char *wanted)
{
	cleanup_free char *content = content_of(name);

	assert_string_equal(content, wanted);
}

static bool there(const char *name)
{
	struct stat st;

	return lstat(in(name), &st) == 0;
}

/* By the system's sh and by busybox's, where there is one. The root is looked at twice before. */
static void run(const struct scrub *what, const char *user, bool busybox)
{
	cleanup_text struct text script = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_proc struct proc_result result = { 0 };
	const char *sh[] = { "sh", "-c", NULL, NULL };
	const char *bb[] = { "busybox", "sh", "-c", NULL, NULL };

	if (!text_has_prefix(root, "/tmp/bothy-scrub."))
		abort();
	scrub_script(what, user, root, &script);
	if (!strstr(script.ptr, "\nr='/tmp/bothy-scrub.") &&
	    !strstr(script.ptr, "\nr=/tmp/bothy-scrub."))
		abort();
	sh[2] = bb[3] = script.ptr;
	if (proc_run(busybox ? bb : sh, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	if (result.status != 0)
		fail_msg("status %d: %s", result.status, text_str(&result.output));
	assert_string_equal(text_str(&result.output), "");
}

static bool has_busybox(void)
{
	return access("/bin/busybox", X_OK) == 0 || access("/usr/bin/busybox", X_OK) == 0;
}

static void make_machine(void)
{
	static const char *const gone[] = {
		"etc/ssh/ssh_host_ed25519_key",
		"etc/ssh/ssh_host_ed25519_key.pub",
		"var/lib/systemd/random-seed",
		"var/lib/dhcp/dhclient.leases",
		"var/lib/cloud/instances/i/x",
		"root/.bash_history",
		"home/vagrant/.ash_history",
		"var/log/journal/0123/system.journal",
		"tmp/file",
		"tmp/.hidden",
		"tmp/..odd",
		"tmp/a folder/x",
		"var/tmp/x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		say(gone[i], "x");
	say("etc/machine-id", "0123\n");
	say("etc/hostname", "web\n");
	say("etc/fstab",
	    "/dev/vda1 / ext4 rw 0 1\nbothy-0123abcd /project virtiofs rw,nofail 0 0\n");
	say("etc/hosts", "127.0.0.1 localhost\n127.0.1.1\tweb.test web\n::1 localhost\n");
	say("etc/ssh/sshd_config", "x");
	say("var/log/wtmp", "x");
	say("var/log/dpkg.log", "x");
	say("srv/data", "x");
	mkdir(in("var/lib/dbus"), 0755);
	assert_int_equal(symlink("/etc/machine-id", in("var/lib/dbus/machine-id")), 0);
	assert_int_equal(symlink("/etc/passwd", in("tmp/link")), 0);
	say("root/.ssh/authorized_keys", OURS "\n");
	say("home/vagrant/.ssh/authorized_keys", OTHER "\n" OURS "\n# end");
}

static void takes_the_identity_away(void **state)
{
	static const char *const gone[] = { "etc/ssh/ssh_host_ed25519_key",
					    "etc/ssh/ssh_host_ed25519_key.pub",
					    "var/lib/systemd/random-seed",
					    "var/lib/dhcp/dhclient.leases",
					    "var/lib/cloud/instances",
					    "root/.bash_history",
					    "home/vagrant/.ash_history",
					    "var/log/journal/0123",
					    "tmp/file",
					    "tmp/.hidden",
					    "tmp/..odd",
					    "tmp/a folder",
					    "tmp/link",
					    "var/tmp/x" };
	const struct scrub what = { .user_public = OURS };

	for (int busybox = 0; busybox <= has_busybox(); busybox++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		make_machine();
		run(&what, "vagrant", busybox);
		for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
			if (there(gone[i]))
				fail_msg("there is still '%s'", gone[i]);
		assert_holds("etc/machine-id", "");
		assert_holds("etc/hostname", "localhost\n");
		assert_holds("etc/fstab", "/dev/vda1 / ext4 rw 0 1\n");
		assert_holds("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
		assert_holds("etc/ssh/sshd_config", "x");
		assert_holds("var/log/wtmp", "");
		assert_holds("var/log/dpkg.log", "x");
		assert_holds("srv/data", "x");
		assert_true(there("var/lib/dbus/machine-id"));
		assert_true(there("tmp") && there("var/tmp") && there("var/log/journal"));
		assert_holds("root/.ssh/authorized_keys", "");
		assert_holds("home/vagrant/.ssh/authorized_keys", OTHER "\n# end\n");
	}
}

static void is_content_with_little(void **state)
{
	const struct scrub what = { .user_public = OURS, .known_keys = true };

	(void)state;
	run(&what, "nobody-here", false);
	assert_false(there("etc/hostname"));
	assert_false(there("etc/hosts"));
	if (has_busybox())
		run(&what, "nobody-here", true);
}

static void known_keys_come_back(void **state)
{
	const struct scrub what = { .user_public = OURS, .known_keys = true };
	cleanup_free char *wanted = xasprintf("%s\n# end\n%s", OTHER, insecure_public_lines());
	struct stat st;

	for (int busybox = 0; busybox <= has_busybox(); busybox++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		make_machine();
		run(&what, "vagrant", busybox);
		assert_holds("home/vagrant/.ssh/authorized_keys", wanted);
		assert_holds("root/.ssh/authorized_keys", "");
		run(&what, "vagrant", busybox);
		assert_holds("home/vagrant/.ssh/authorized_keys", wanted);
		assert_int_equal(stat(in("home/vagrant/.ssh/authorized_keys"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

/* The login may have lost its list. */
static void a_list_is_made(void **state)
{
	const struct scrub what = { .known_keys = true };
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	mkdir(in("root"), 0700);
	run(&what, "root", false);
	assert_holds("root/.ssh/authorized_keys", insecure_public_lines());
	assert_int_equal(stat(in("root/.ssh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(in("root/.ssh/authorized_keys"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* A synced folder mounted below /tmp is the user's, and on the host. */
static void mounts_are_left_alone(void **state)
{
	const struct scrub what = { 0 };
	int status = -1;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	say("tmp/deep/my folder/below", "x");
	say("tmp/bound/below", "x");
	say("srv/mine", "x");
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", in("tmp/deep/my folder"), "tmpfs", 0, NULL) < 0 ||
		    mount(in("srv"), in("tmp/bound"), NULL, MS_BIND, NULL) < 0)
			_exit(77);
		say("tmp/deep/my folder/kept", "x");
		say("tmp/gone", "x");
		for (int busybox = 0; busybox <= has_busybox(); busybox++)
			run(&what, "root", busybox);
		_exit(there("tmp/deep/my folder/kept") && there("tmp/bound/mine") &&
				      !there("tmp/gone") ?
			      0 :
			      1);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_holds("srv/mine", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_the_identity_away, setup, teardown),
		cmocka_unit_test_setup_teardown(is_content_with_little, setup, teardown),
		cmocka_unit_test_setup_teardown(known_keys_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(mounts_are_left_alone, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guest_scrub", tests, NULL, NULL);
}
