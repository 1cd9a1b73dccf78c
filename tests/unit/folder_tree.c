/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine gets of a directory, in namespaces of this process: what is hidden, and links that lead elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "providers/folder_tree.h"

static bool apart; /* in namespaces where this may mount */
static char base[] = "/tmp/bothy-tree.XXXXXX";

/* Below the directory of this test. */
static const char *in(const char *name)
{
	static char paths[4][200];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static void put(const char *name)
{
	struct error err = { 0 };

	assert_int_equal(fs_write(in(name), "x", 1, 0600, NULL, &err), 0);
}

static int setup(void **state)
{
	(void)state;
	memcpy(strrchr(base, '.'), ".XXXXXX", 7);
	if (!mkdtemp(base) || mkdir(in("project"), 0755) < 0 ||
	    mkdir(in("project/src"), 0755) < 0 || mkdir(in("project/.bothy"), 0755) < 0 ||
	    mkdir(in("secret"), 0755) < 0 || mkdir(in("secret/.bothy"), 0755) < 0)
		return -1;
	put("project/.bothy/key");
	put("project/src/file");
	put("secret/password");
	return 0;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	return fs_remove(base, &err);
}

/* -1: it was refused, as it must be then. */
static int open_folder(const char *from, struct error *err)
{
	const struct folder f = { .said = "it", .from = from, .to = "/it", .kind = FOLDER_BIND };
	int fd = -1;

	if (!apart)
		skip();
	return folder_tree_open(&f, in("project"), &fd, err) < 0 ? -1 : fd;
}

static void assert_leads_nowhere(const char *from)
{
	struct error err = { 0 };

	assert_int_equal(open_folder(from, &err), -1);
	assert_int_equal(err.code, ELOOP);
	assert_non_null(err.hint);
	error_clear(&err);
}

static void the_keys_are_not_in_it(void **state)
{
	static const char *const ways[] = { "project", "." };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		cleanup_free char *from = i ? xstrdup(base) : xstrdup(in("project"));
		cleanup_close int fd = open_folder(from, &err);

		assert_true(fd >= 0);
		assert_int_equal(faccessat(fd, i ? "project/src/file" : "src/file", F_OK, 0), 0);
		assert_int_equal(faccessat(fd, i ? "project/.bothy" : ".bothy", F_OK, 0), 0);
		assert_int_equal(faccessat(fd, i ? "project/.bothy/key" : ".bothy/key", F_OK, 0),
				 -1);
	}
}

/* A machine that has the project may have put one there since the path was looked at. */
static void a_link_in_its_place_leads_nowhere(void **state)
{
	(void)state;
	assert_int_equal(rename(in("project/src"), in("project/old")), 0);
	assert_int_equal(symlink("../secret", in("project/src")), 0);
	assert_leads_nowhere(in("project/src"));
}

static void nor_one_on_the_way(void **state)
{
	(void)state;
	assert_int_equal(rename(in("project"), in("real")), 0);
	assert_int_equal(symlink("real", in("project")), 0);
	assert_leads_nowhere(in("project/src"));
}

static void nor_one_on_the_way_to_the_keys(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(rename(in("project"), in("real")), 0);
	assert_int_equal(symlink("secret", in("project")), 0);
	assert_int_equal(open_folder(base, &err), -1);
	error_clear(&err);
}

/* What is to be made would else be made there, by root and for the owner of the project. */
static void nothing_is_made_behind_one(void **state)
{
	const struct folder f = { .said = "it",
				  .from = in("project/src/new/deep"),
				  .to = "/it",
				  .kind = FOLDER_BIND,
				  .create = true };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(folder_tree_create(&f, 1, in("project"), &err), 0);
	assert_true(fs_exists(in("project/src/new/deep")));
	assert_int_equal(rename(in("project/src"), in("project/old")), 0);
	assert_int_equal(symlink("../secret", in("project/src")), 0);
	assert_int_equal(folder_tree_create(&f, 1, in("project"), &err), -1);
	assert_int_equal(err.code, ENOTDIR);
	assert_false(fs_exists(in("secret/new")));
	error_clear(&err);
}

static void write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	apart = apart && fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
}

static void go_apart(void)
{
	cleanup_free char *users = xasprintf("0 %u 1", geteuid());
	cleanup_free char *groups = xasprintf("0 %u 1", getegid());

	apart = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", users);
	write_map("/proc/self/gid_map", groups);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_keys_are_not_in_it),     TEST(a_link_in_its_place_leads_nowhere),
		TEST(nor_one_on_the_way),         TEST(nor_one_on_the_way_to_the_keys),
		TEST(nothing_is_made_behind_one),
	};

	go_apart();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
