/* SPDX-License-Identifier: Apache-2.0 */
/* A root of files for the script that mounts folders, with programs of our own that note what they are told. */
#ifndef TESTS_GUEST_MOUNT_ROOT_H
#define TESTS_GUEST_MOUNT_ROOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/text.h"
#include "guest/mount_script.h"

static char *root;

static void put(const char *name, const char *content, mode_t mode)
{
	cleanup_free char *path = fs_join(root, name);
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(path, content, strlen(content), mode, NULL, &err), 0);
}

static void assert_file(const char *name, const char *expected)
{
	cleanup_free char *path = fs_join(root, name);
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	if (fs_exists(path))
		assert_int_equal(fs_read(path, 1 << 16, &t, &err), 0);
	assert_string_equal(text_str(&t), expected);
}

/* mount and umount note their words; a mount point that ends with "broken" cannot be mounted. modprobe knows 9p only. */
static int setup(void **state)
{
	static const char *const dirs[] = { "", "/bin", "/etc", "/proc" };
	char name[] = "/tmp/bothy-mount-XXXXXX";

	(void)state;
	root = xstrdup(mkdtemp(name));
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		cleanup_free char *path = xasprintf("%s%s", root, dirs[i]);

		mkdir(path, 0755);
	}
	put("bin/mount",
	    "#!/bin/sh\nprintf 'mount %s\\n' \"$*\" | sed \"s,$ROOT,,\" >>$ROOT/log\n"
	    "case $* in *broken) echo no such >&2; echo device >&2; exit 32 ;; esac\n",
	    0755);
	put("bin/umount", "#!/bin/sh\necho \"umount $*\" >>$ROOT/log\n[ \"$1\" != /busy ]\n", 0755);
	put("bin/modprobe", "#!/bin/sh\n[ $1 != 9p ] || echo 'nodev 9p' >>$ROOT/proc/filesystems\n",
	    0755);
	put("proc/filesystems", "nodev sysfs\nnodev virtiofs\n", 0644);
	put("proc/mounts", "/dev/vda / ext4 rw 0 0\n", 0644);
	put("etc/fstab", "/dev/vda / ext4 rw 0 1\n# a word about bothy-ea0135bc", 0640);
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(fs_remove(root, &err), 0);
	free(root);
	return 0;
}

/* Returns the status; the last words are in *said. */
static int run(const struct folder *folders, size_t count, struct text *said)
{
	cleanup_free char *script = mount_script(folders, count, root);
	cleanup_free char *path = xasprintf("PATH=%s/bin:/usr/bin:/bin", root);
	cleanup_free char *place = xasprintf("ROOT=%s", root);
	const char *const argv[] = { "env", path, place, "sh", "-c", script, NULL };
	cleanup_error struct error err = { 0 };
	struct proc_result result = { 0 };
	int status;

	if (proc_run(argv, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	text_add(said, text_str(&result.output));
	status = result.status;
	proc_result_clear(&result);
	return status;
}

static void assert_runs(const struct folder *folders, size_t count)
{
	cleanup_text struct text said = { 0 };

	if (run(folders, count, &said) != 0)
		fail_msg("%s", text_str(&said));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
