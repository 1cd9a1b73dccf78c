/* SPDX-License-Identifier: Apache-2.0 */
/* The script that names a machine, in each shell there is, over files in this program's own mount namespace. */
#include "guest/hostname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/proc.h"
#include "core/stop.h"

#define WAIT_MS 20000
#define ALL_PROGRAMS "/usr/sbin:/usr/bin:/sbin:/bin"
#define NO_PROGRAMS "/nowhere"

static const char *const shells[][2] = {
	{ "/bin/dash", "-u" },
	{ "/bin/bash", "-u" },
	{ "/bin/busybox", "ash" },
};

/* In place, since other files lie under these. */
static void fill(const char *path, const char *content)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	static bool mine;

	*state = NULL;
	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/tmp", "tmpfs", 0, "mode=1777") < 0)
		return 0;
	fill("/tmp/hosts", "");
	fill("/tmp/hostname", "");
	*state = &mine;
	return mount("/tmp/hosts", "/etc/hosts", NULL, MS_BIND, NULL) |
	       mount("/tmp/hostname", "/etc/hostname", NULL, MS_BIND, NULL);
}

static void assert_holds(const char *path, const char *content)
{
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	assert_int_equal(fs_read(path, 4096, &text, &err), 0);
	assert_string_equal(text_str(&text), content);
}

struct naming {
	const char *name, *programs, *hosts, *hosts_then;
};

static void name_it(const struct naming *n, const char *const shell[2])
{
	cleanup_free char *script = hostname_script(n->name);
	cleanup_free char *path = xasprintf("PATH=%s", n->programs), *line = NULL;
	cleanup_error struct error err = { 0 };
	char now[65];

	fill("/etc/hosts", n->hosts);
	assert_int_equal(sethostname("before", 6), 0);
	for (int i = 0; i < 2; i++) {
		if (proc_must((const char *[]){ "env", path, shell[0], shell[1], "-c", script,
						NULL },
			      clock_ms() + WAIT_MS, &err) < 0)
			fail_msg("%s: %s", shell[0], err.text);
		assert_holds("/etc/hosts", n->hosts_then);
	}
	line = xasprintf("%s\n", n->name);
	assert_holds("/etc/hostname", line);
	assert_int_equal(gethostname(now, sizeof(now)), 0);
	assert_string_equal(now, n->name);
}

static void in_each_shell(void **state, const struct naming *n)
{
	if (!*state)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (access(shells[i][0], X_OK) == 0)
			name_it(n, shells[i]);
	}
}

#define NAMING(test, name, programs, before, then)                                      \
	static void test(void **state)                                                  \
	{                                                                               \
		in_each_shell(state, &(struct naming){ name, programs, before, then }); \
	}

#define LOCAL "127.0.0.1 localhost\n"

NAMING(starts_no_program, "web.test", NO_PROGRAMS, LOCAL, LOCAL "127.0.1.1\tweb.test web\n")
NAMING(mends_a_cut_line, "db", NO_PROGRAMS, "127.0.0.1 localhost\n::1\tlocalhost",
       "127.0.0.1 localhost\n::1\tlocalhost\n127.0.1.1\tdb\n")
NAMING(is_content, "db", NO_PROGRAMS, "10.0.0.1 *\tx db # it is *\n",
       "10.0.0.1 *\tx db # it is *\n")
NAMING(knows_comments, "db", NO_PROGRAMS, "#1.2.3.4 db\n1.2.3.4 x # db\n",
       "#1.2.3.4 db\n1.2.3.4 x # db\n127.0.1.1\tdb\n")
NAMING(knows_like_names, "db", NO_PROGRAMS, "1.2.3.4 db.test adb\ndb x\n",
       "1.2.3.4 db.test adb\ndb x\n127.0.1.1\tdb\n")
NAMING(replaces_its_own, "db", ALL_PROGRAMS, "127.0.1.1 web\n" LOCAL " 127.0.1.1\tweb\n",
       LOCAL "127.0.1.1\tdb\n")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_no_program), cmocka_unit_test(mends_a_cut_line),
		cmocka_unit_test(is_content),        cmocka_unit_test(knows_comments),
		cmocka_unit_test(knows_like_names),  cmocka_unit_test(replaces_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guest_hostname", tests, setup, NULL);
}
