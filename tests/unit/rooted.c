/* SPDX-License-Identifier: Apache-2.0 */
/* Writing below a root that is full of links which would lead outside. */
#include "providers/rooted.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"

#define LONG_BYTES (256L * 1024 * 1024)

static char base[64], *root, *outside;
static int root_fd;

static int setup(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *etc = NULL, *passwd = NULL;
	cleanup_free char *users = xasprintf("root:x:0:0::/root:/bin/sh\n"
					     "development:x:1:2::/:/bin/sh\n"
					     "dev:x:%u:%u::/home/dev:/bin/sh\n",
					     (unsigned)getuid(), (unsigned)getgid());

	(void)state;
	snprintf(base, sizeof(base), "/tmp/bothy-rooted-XXXXXX");
	assert_non_null(mkdtemp(base));
	root = fs_join(base, "root");
	outside = fs_join(base, "outside");
	etc = fs_join(root, "etc");
	passwd = fs_join(etc, "passwd");
	assert_int_equal(fs_make_dirs(etc, 0755, NULL, &err), 0);
	assert_int_equal(fs_make_dirs(outside, 0755, NULL, &err), 0);
	assert_int_equal(fs_write(passwd, users, strlen(users), 0644, NULL, &err), 0);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root_fd >= 0);
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	close(root_fd);
	assert_int_equal(fs_remove(base, &err), 0);
	free(root);
	free(outside);
	return 0;
}

static void link_to(const char *target, const char *name)
{
	cleanup_free char *path = fs_join(root, name);

	assert_int_equal(symlink(target, path), 0);
}

static void write_as_dev(const char *path, mode_t mode, const char *content)
{
	const struct seed_file f = { path, "dev", mode, content };
	cleanup_error struct error err = { 0 };

	assert_int_equal(rooted_write(root_fd, &f, &err), 0);
}

static void check(const char *directory, const char *name, mode_t mode, const char *content)
{
	cleanup_free char *path = fs_join(directory, name);
	cleanup_error struct error err = { 0 };
	cleanup_text struct text got = { 0 };
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_true(content ? S_ISREG(st.st_mode) : S_ISDIR(st.st_mode));
	if (!content)
		return;
	assert_int_equal(fs_read(path, 1024, &got, &err), 0);
	assert_string_equal(text_str(&got), content);
}

static bool is_empty(const char *directory)
{
	return rmdir(directory) == 0 && mkdir(directory, 0755) == 0;
}

static void writes_files_and_directories(void **state)
{
	(void)state;
	write_as_dev("/home/dev/.ssh", 0700, NULL);
	write_as_dev("/home/dev/.ssh/authorized_keys", 0600, "key\n");
	write_as_dev("/home/dev/.ssh/authorized_keys", 0640, "other\n");
	check(root, "home/dev/.ssh", 0700, NULL);
	check(root, "home/dev/.ssh/authorized_keys", 0640, "other\n");
	check(root, "home", 0755, NULL);
}

static void stays_inside_when_directories_are_links(void **state)
{
	(void)state;
	link_to(outside, "absolute");
	link_to("../../outside", "relative");
	link_to("/etc", "inside");
	write_as_dev("/inside/file", 0600, "x");
	check(root, "etc/file", 0600, "x");
	write_as_dev("/../../outside/file", 0600, "x");
	check(root, "outside/file", 0600, "x");
	write_as_dev("/relative/other", 0600, "y");
	check(root, "outside/other", 0600, "y");
	assert_true(is_empty(outside));
}

static void fails_where_a_link_leads_nowhere(void **state)
{
	const struct seed_file f = { "/absolute/file", "dev", 0600, "x" };
	cleanup_error struct error err = { 0 };

	(void)state;
	link_to(outside, "absolute");
	assert_int_equal(rooted_write(root_fd, &f, &err), -1);
	assert_true(is_empty(outside));
}

static void replaces_a_link_itself(void **state)
{
	cleanup_free char *target = fs_join(outside, "target");

	(void)state;
	link_to(target, "etc/resolv.conf");
	write_as_dev("/etc/resolv.conf", 0644, "x");
	check(root, "etc/resolv.conf", 0644, "x");
	assert_true(is_empty(outside));
}

static void knows_what_is_there(void **state)
{
	(void)state;
	link_to("etc/passwd", "here");
	link_to(outside, "gone");
	assert_true(rooted_has(root_fd, "/etc/passwd"));
	assert_true(rooted_has(root_fd, "/here"));
	assert_false(rooted_has(root_fd, "/gone"));
	assert_false(rooted_has(root_fd, "/nothing"));
}

static void refuses_users_the_root_does_not_have(void **state)
{
	const struct seed_file f = { "/x", "develop", 0600, "x" };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(rooted_write(root_fd, &f, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_false(rooted_has(root_fd, "/x"));
}

/* The machine may have put there what it likes; maxrss is in KiB, see getrusage(2). */
static void users_without_end_are_not_read(void **state)
{
	const struct seed_file f = { "/x", "root", 0600, "x" };
	cleanup_free char *passwd = fs_join(root, "etc/passwd");
	cleanup_error struct error err = { 0 };
	struct rusage before, after;

	(void)state;
	/* One line of zeros. */
	assert_int_equal(truncate(passwd, 0) | truncate(passwd, LONG_BYTES), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(rooted_write(root_fd, &f, &err), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_true((after.ru_maxrss - before.ru_maxrss) * 1024 < LONG_BYTES / 4);
	check(root, "x", 0600, "x");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(writes_files_and_directories),
		CASE(stays_inside_when_directories_are_links),
		CASE(fails_where_a_link_leads_nowhere),
		CASE(replaces_a_link_itself),
		CASE(knows_what_is_there),
		CASE(refuses_users_the_root_does_not_have),
		CASE(users_without_end_are_not_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
