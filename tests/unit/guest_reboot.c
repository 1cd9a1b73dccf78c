/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for a reboot, telling boots apart, and waiting for cloud-init, by programs that only say they were called. */
#include "guest/reboot.h"

#include "tests/guest/tools.h"

static int64_t soon(void)
{
	return clock_ms() + SESSION_WAIT_MS;
}

static void test_mark(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *one = NULL, *two = NULL;
	cleanup_text struct text boot = { 0 };
	struct error err = { 0 };

	session_check(guest_boot_mark(g, soon(), &one, &err), &err);
	session_check(guest_boot_mark(g, soon(), &two, &err), &err);
	assert_string_equal(one, two);
	session_check(fs_read("/proc/sys/kernel/random/boot_id", 100, &boot, &err), &err);
	boot.ptr[strcspn(boot.ptr, "\n")] = '\0';
	assert_non_null(strstr(one, boot.ptr));
	assert_true(strtoul(strrchr(one, '/') + 1, NULL, 10) < 1000000000000);
	assert_true(strrchr(one, '/')[1] != '\0');
	guest_close(&g);
}

/* All the ways to reboot are ours: should one not be, this host would go down. */
static bool is_safe(const struct sshd *s, struct guest *g)
{
	static const char *const names[] = { "systemctl", "reboot", "shutdown", "busybox" };
	bool safe = true;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *command = xasprintf("command -v %s", names[i]);
		struct session_output o = { 0 };

		tools_add(s, names[i], "exit 0");
		session_run(g, command, &o);
		safe = safe && text_has_prefix(text_str(&o.streams[1]), s->directory);
		session_clear(&o);
	}
	return safe;
}

static void test_asking(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	const char *program = access("/run/systemd/system", F_OK) == 0 ? "systemctl" : "reboot";
	cleanup_free char *calls = NULL;
	cleanup_error struct error err = { 0 };

	if (getuid() != 0 || !is_safe(s, g)) {
		guest_close(&g);
		skip();
	}
	session_check(guest_ask_reboot(g, soon(), &err), &err);
	calls = tools_calls(s, program);
	assert_string_equal(calls, strcmp(program, "reboot") == 0 ? "\n" : "reboot\n");
	tools_add(s, program, "echo it must not >&2; exit 1");
	assert_int_equal(guest_ask_reboot(g, soon(), &err), -1);
	assert_string_equal(err.text, "cannot reboot 'web': it must not");
	error_clear(&err);
	/* The machine takes the server with it before it can answer. */
	tools_add(s, program,
		  "x=$PPID; while [ $x -gt 1 ]; do read -r n </proc/$x/comm; case $n in sshd*) "
		  "kill -9 $x; sleep 5 ;; esac; read -r _ _ _ x _ </proc/$x/stat; done");
	session_check(guest_ask_reboot(g, soon(), &err), &err);
	guest_close(&g);
}

static struct provisioner cloud_init(void)
{
	return (struct provisioner){ .kind = PROVISION_CLOUD_INIT,
				     .name = "cloud_init",
				     .content = "#cloud-config\n" };
}

static void test_cloud_init(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	const struct provisioner p = cloud_init();
	cleanup_free char *calls = NULL;

	if (getuid() != 0 || access("/run/cloud-init/result.json", F_OK) == 0) {
		guest_close(&g);
		skip();
	}
	tools_add(s, "cloud-init", "case $* in *--long) echo 'status: done' ;; esac");
	tools_says(g, &p, "status: done\n");
	calls = tools_calls(s, "cloud-init");
	assert_string_equal(calls, "status --wait\nstatus --long\n");
	tools_add(s, "cloud-init", "echo 'status: error'; echo 'detail: bad module'; exit 1");
	tools_fails(g, &p, "provisioner 'cloud_init' in 'web': cloud-init reports errors",
		    "cloud-init-output.log");
	tools_add(s, "cloud-init", "echo 'status: degraded done'; exit 2");
	tools_says(g, &p, "status: degraded done\n");
	tools_add(s, "cloud-init", "echo 'status: disabled'");
	tools_fails(g, &p, "cloud-init is switched off in 'web'", "cloud image");
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_cloud_init),
		cmocka_unit_test(test_asking),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, tools_setup, session_teardown);
}
