/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what a machine's identity is: it matches what it is meant to, and a shell can read it. */
#include "core/identity_paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/text.h"

static void fates_by_path(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		enum identity_fate fate;
	} rows[] = {
		{ "etc/machine-id", S_IFREG, IDENTITY_EMPTY },
		{ "etc/machine-id", S_IFLNK, IDENTITY_KEEP },
		{ "etc/machine-id.old", S_IFREG, IDENTITY_KEEP },
		{ "usr/etc/machine-id", S_IFREG, IDENTITY_KEEP },
		{ "var/lib/dbus/machine-id", S_IFREG, IDENTITY_UNLINK },
		{ "var/lib/dbus/machine-id", S_IFLNK, IDENTITY_KEEP },
		{ "etc/ssh/ssh_host_ed25519_key", S_IFREG, IDENTITY_REMOVE },
		{ "etc/ssh/ssh_host_ed25519_key", S_IFLNK, IDENTITY_REMOVE },
		{ "etc/ssh/ssh_host_rsa_key.pub", S_IFREG, IDENTITY_REMOVE },
		{ "etc/ssh/sshd_config", S_IFREG, IDENTITY_KEEP },
		{ "root/.ssh/authorized_keys", S_IFREG, IDENTITY_KEYS },
		{ "home/dev/.ssh/authorized_keys", S_IFREG, IDENTITY_KEYS },
		{ "home/dev/.ssh/id_ed25519", S_IFREG, IDENTITY_KEEP },
		{ "home/dev/deep/.ssh/authorized_keys", S_IFREG, IDENTITY_KEEP },
		{ "home/dev/.bash_history", S_IFREG, IDENTITY_REMOVE },
		{ "root/.ash_history", S_IFREG, IDENTITY_REMOVE },
		{ "home/dev/history", S_IFREG, IDENTITY_KEEP },
		{ "tmp", S_IFDIR, IDENTITY_KEEP },
		{ "tmp/x", S_IFDIR, IDENTITY_REMOVE },
		{ "tmp/.X11-unix", S_IFDIR, IDENTITY_REMOVE },
		{ "var/tmp/x", S_IFREG, IDENTITY_REMOVE },
		{ "var/log/journal", S_IFDIR, IDENTITY_KEEP },
		{ "var/log/journal/0123", S_IFDIR, IDENTITY_REMOVE },
		{ "var/log/wtmp", S_IFREG, IDENTITY_EMPTY },
		{ "var/log/apt", S_IFDIR, IDENTITY_KEEP },
		{ "var/cache/apt", S_IFDIR, IDENTITY_KEEP },
		{ "var/lib/cloud/instances", S_IFDIR, IDENTITY_REMOVE },
		{ "var/lib/cloud/seed", S_IFDIR, IDENTITY_KEEP },
		{ "var/lib/systemd/random-seed", S_IFREG, IDENTITY_REMOVE },
		{ "var/lib/dhcp/dhclient.eth0.leases", S_IFREG, IDENTITY_REMOVE },
		{ "srv/data", S_IFREG, IDENTITY_KEEP },
		{ "", S_IFDIR, IDENTITY_KEEP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (identity_path_fate(rows[i].path, rows[i].mode | 0600) != rows[i].fate)
			fail_msg("'%s' has fate %d", rows[i].path,
				 identity_path_fate(rows[i].path, rows[i].mode));
	}
}

/* They become words of a shell script, behind the root. */
static void patterns_are_plain(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_./-*";
	size_t count;
	const struct identity_path *paths = identity_paths(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		const char *pattern = paths[i].pattern;
		const char *star = strchr(pattern, '*');

		assert_int_equal(strspn(pattern, letters), strlen(pattern));
		assert_true(*pattern != '/' && *pattern != '*');
		assert_null(strstr(pattern, ".."));
		assert_int_not_equal(paths[i].fate, IDENTITY_KEEP);
		/* Whole directories only as what is in them: nothing of the system goes by mistake. */
		if (star && text_has_suffix(pattern, "/*"))
			assert_int_equal(paths[i].fate, IDENTITY_REMOVE);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(paths[k].pattern, pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fates_by_path),
		cmocka_unit_test(patterns_are_plain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("identity_paths", tests, NULL, NULL);
}
