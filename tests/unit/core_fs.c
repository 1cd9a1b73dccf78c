/* SPDX-License-Identifier: Apache-2.0 */
/* Files, trees and locks, also where they fail half-way. */
#include "core/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/stop.h"

#define DEADLINE_MS 20000
#define NOT_POSSIBLE 77

static char directory[64];

static int setup(void **state)
{
	(void)state;
	stop_set(false);
	snprintf(directory, sizeof(directory), "/tmp/bothy-fs-XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	stop_set(false);
	return chdir("/") < 0 ? -1 : fs_remove(directory, &err);
}

static void must(int rc, const struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static void put(const char *path, const char *content)
{
	cleanup_error struct error err = { 0 };

	must(fs_write(path, content, strlen(content), 0644, NULL, &err), &err);
}

static void assert_content(const char *path, const char *content)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	must(fs_read(path, 1 << 20, &t, &err), &err);
	assert_string_equal(text_str(&t), content);
}

static void writing_replaces_as_a_whole(void **state)
{
	cleanup_error struct error err = { 0 };
	struct stat st;

	(void)state;
	must(fs_write("f", "one", 3, 0600, NULL, &err), &err);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	must(fs_write("f", "twotwo", 6, 0644, NULL, &err), &err);
	assert_content("f", "twotwo");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* A link is replaced, not followed. */
	assert_int_equal(symlink("f", "link"), 0);
	put("link", "three");
	assert_content("f", "twotwo");
	assert_int_equal(fs_write("gone/f", "x", 1, 0644, NULL, &err), -1);
	assert_string_equal(err.text, "cannot write 'gone/f': no such file or directory");
}

static void failed_write_keeps_the_old_content(void **state)
{
	struct rlimit old, small = { .rlim_cur = 1000, .rlim_max = RLIM_INFINITY };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	cleanup_error struct error err = { 0 };
	char *large = xcalloc(1, 5000);

	(void)state;
	put("f", "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	sigaction(SIGXFSZ, &ignore, &before);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(fs_write("f", large, 5000, 0644, NULL, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	sigaction(SIGXFSZ, &before, NULL);
	free(large);
	assert_int_equal(err.code, EFBIG);
	assert_content("f", "old");
	/* Nothing half-written stays beside it: the directory can be removed. */
	assert_int_equal(unlink("f"), 0);
	assert_int_equal(chdir("/") + rmdir(directory) + mkdir(directory, 0700), 0);
}

static void what_killed_writers_left_goes(void **state)
{
	static const char *const kept[] = { "f.backup", "f.abcdef", "f.abcdefg.new", "g.abcdef.new",
					    "f.locked.new" };
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		put(kept[i], "kept");
	put("f.abcdef.new", "dead");
	assert_int_equal(symlink("f.backup", "f.linked.new"), 0);
	fd = open("f.locked.new", O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	put("f", "one");
	assert_false(fs_exists("f.abcdef.new"));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_content(kept[i], "kept");
	close(fd);
	put("f", "two");
	assert_false(fs_exists("f.locked.new"));
}

static void writers_do_not_disturb_each_other(void **state)
{
	cleanup_error struct error err = { 0 };
	int status;

	(void)state;
	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int n = 0; n < 100; n++)
			if (fs_write("f", "same", 4, 0644, NULL, &err) < 0)
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	assert_content("f", "same");
	assert_int_equal(unlink("f"), 0);
	assert_int_equal(chdir("/") + rmdir(directory) + mkdir(directory, 0700), 0);
}

static void reading_has_a_limit(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	(void)state;
	put("f", "12345");
	must(fs_read("f", 5, &t, &err), &err);
	assert_int_equal(t.len, 5);
	assert_int_equal(fs_read("f", 4, &t, &err), -1);
	assert_string_equal(err.text, "cannot read 'f': larger than 4 bytes");
	assert_int_equal(fs_read("gone", 4, &t, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(fs_read(".", 4, &t, &err), -1);
	assert_string_equal(err.text, "cannot read '.': is a directory");
}

static void directories_are_made_with_their_parents(void **state)
{
	cleanup_error struct error err = { 0 };
	mode_t mask = umask(077);
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("old", 0711), 0);
	must(fs_make_dirs("old/a//b/c/", 0755, NULL, &err), &err);
	umask(mask);
	assert_int_equal(stat("old/a/b/c", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	/* What was there keeps its mode. */
	assert_int_equal(stat("old", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	must(fs_make_dirs("old/a", 0755, NULL, &err), &err);
	put("file", "");
	assert_int_equal(fs_make_dirs("file", 0755, NULL, &err), -1);
	assert_string_equal(err.text, "cannot make the directory 'file': not a directory");
	assert_int_equal(fs_make_dirs("file/x", 0755, NULL, &err), -1);
	assert_int_equal(fs_make_dirs("", 0755, NULL, &err), -1);
}

static void directories_are_made_but_not_through_links(void **state)
{
	cleanup_free char *plain = fs_join(directory, "one//two/three/");
	cleanup_free char *link = fs_join(directory, "link/two/four");
	cleanup_free char *last = fs_join(directory, "link");
	cleanup_error struct error err = { 0 };
	mode_t mask = umask(077);
	struct stat st;

	(void)state;
	must(fs_make_dirs_without_links(plain, 0755, NULL, &err), &err);
	umask(mask);
	assert_int_equal(stat("one/two/three", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	must(fs_make_dirs_without_links(plain, 0700, NULL, &err), &err);
	assert_int_equal(stat("one/two/three", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(symlink("one", "link"), 0);
	assert_int_equal(fs_make_dirs_without_links(link, 0755, NULL, &err), -1);
	assert_int_equal(err.code, ENOTDIR);
	assert_false(fs_exists("one/two/four"));
	assert_int_equal(fs_make_dirs_without_links(last, 0755, NULL, &err), -1);
}

static void owners_are_given(void **state)
{
	const struct owner owner = { .set = true, .uid = 12345, .gid = 23456 };
	cleanup_error struct error err = { 0 };
	struct owner found;
	struct stat st;

	(void)state;
	if (geteuid() != 0) {
		assert_false(fs_owner_of(".").set);
		skip();
	}
	must(fs_make_dirs("a/b", 0755, &owner, &err), &err);
	must(fs_write("a/b/f", "", 0, 0600, &owner, &err), &err);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(stat((const char *[]){ "a", "a/b", "a/b/f" }[i], &st), 0);
		assert_true(st.st_uid == 12345 && st.st_gid == 23456);
	}
	found = fs_owner_of("a");
	assert_true(found.set && found.uid == 12345 && found.gid == 23456);
	assert_false(fs_owner_of("gone").set);
}

/* "ok", or what is wrong with it. */
static void assert_within(const char *name, const char *wanted)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *path = fs_join(directory, name), *project = fs_join(directory, "p");
	cleanup_text struct text t = { 0 };

	if (fs_read_within(project, path, 100, &t, &err) == 0)
		assert_string_equal(text_str(&t), wanted);
	else if (!strstr(err.text, wanted))
		fail_msg("%s: %s", name, err.text);
}

static void what_is_read_stays_within(void **state)
{
	cleanup_free char *absolute = fs_join(directory, "p/file");
	cleanup_error struct error err = { 0 };
	int fd;

	(void)state;
	must(fs_make_dirs("p/sub", 0755, NULL, &err) | fs_make_dirs("p/.bothy", 0755, NULL, &err) |
		     fs_make_dirs("other", 0755, NULL, &err),
	     &err);
	must(fs_write("p/file", "in", 2, 0644, NULL, &err), &err);
	must(fs_write("p/.bothy/key", "key", 3, 0644, NULL, &err), &err);
	must(fs_write("other/file", "out", 3, 0644, NULL, &err), &err);
	assert_int_equal(symlink("../p/file", "p/there") | symlink(absolute, "p/sub/absolute") |
				 symlink("../other/file", "p/out") | symlink("../other", "p/dir") |
				 symlink(".bothy/key", "p/key"),
			 0);
	assert_within("p/file", "in");
	assert_within("p/sub/../file", "in");
	assert_within("p/there", "in");
	assert_within("p/sub/absolute", "in");
	assert_within("p/.bothy/key", "key");
	assert_within("p/missing", "cannot open");
	assert_within("p/out", "leads out");
	assert_within("p/dir/file", "leads out");
	assert_within("p/../other/file", "leads out");
	assert_within("p/key", "leads out");
	must(fs_open_within(NULL, "p/out", &fd, &err), &err);
	close(fd);
	/* Nobody ever writes there, which must not be waited for. */
	assert_int_equal(mkfifo("p/fifo", 0600), 0);
	must(fs_open_within(NULL, "p/fifo", &fd, &err), &err);
	close(fd);
}

static void trees_are_removed_without_following_links(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	must(fs_make_dirs("tree/a/b", 0755, NULL, &err), &err);
	must(fs_make_dirs("outside", 0755, NULL, &err), &err);
	put("tree/a/b/f", "x");
	put("outside/kept", "kept");
	assert_int_equal(symlink("../../outside", "tree/a/link"), 0);
	assert_int_equal(symlink("outside", "top"), 0);
	assert_int_equal(mkfifo("tree/pipe", 0600), 0);
	must(fs_remove("tree", &err), &err);
	assert_false(fs_exists("tree"));
	must(fs_remove("top", &err), &err);
	assert_content("outside/kept", "kept");
	/* Gone already is success; what cannot be looked at is not. */
	must(fs_remove("tree", &err), &err);
	assert_int_equal(fs_remove("outside/kept/x", &err), -1);
	assert_string_equal(err.text, "cannot remove 'outside/kept/x': not a directory");
}

/* In a child with mounts of its own. Returns its exit status. */
static int remove_across_mount(const char *removed)
{
	cleanup_error struct error err = { 0 };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("outside", "tree/mounted", NULL, MS_BIND, NULL) < 0)
		return NOT_POSSIBLE;
	return fs_remove(removed, &err) == 0 || err.code != EBUSY || !fs_exists("outside/kept");
}

static void trees_are_removed_without_crossing_mounts(void **state)
{
	static const char *const removed[] = { "tree", "tree/mounted" };
	cleanup_error struct error err = { 0 };
	int status;

	(void)state;
	must(fs_make_dirs("tree/mounted", 0755, NULL, &err), &err);
	must(fs_make_dirs("outside", 0755, NULL, &err), &err);
	put("outside/kept", "kept");
	for (size_t i = 0; i < ARRAY_SIZE(removed); i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(remove_across_mount(removed[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WEXITSTATUS(status) == NOT_POSSIBLE) {
			print_message("# mounting is not possible here\n");
			skip();
		}
		assert_int_equal(status, 0);
		assert_content("outside/kept", "kept");
	}
}

static void paths_are_joined(void **state)
{
	static const char *const rows[][3] = {
		{ "a", "b", "a/b" },     { "a/", "b", "a/b" },      { "a//", "b/c", "a/b/c" },
		{ "/", "b", "/b" },      { "a", "/b", "/b" },       { "a", "./b", "a/b" },
		{ "a", "././b", "a/b" }, { "a", "../b", "a/../b" }, { "a", ".b", "a/.b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *joined = fs_join(rows[i][0], rows[i][1]);

		assert_string_equal(joined, rows[i][2]);
	}
}

static void home_is_found(void **state)
{
	cleanup_free char *given = NULL, *own = NULL;

	(void)state;
	setenv("BOTHY_HOME", "/srv/boxes", 1);
	given = fs_home();
	assert_string_equal(given, "/srv/boxes");
	setenv("BOTHY_HOME", "", 1);
	setenv("XDG_DATA_HOME", "/data", 1);
	own = fs_home();
	assert_string_equal(own, geteuid() == 0 ? "/var/lib/bothy" : "/data/bothy");
	unsetenv("BOTHY_HOME");
	unsetenv("XDG_DATA_HOME");
}

/* A process that holds the lock until it is killed; returns once it does. */
static pid_t holder_start(void)
{
	cleanup_error struct error err = { 0 };
	int fds[2], fd;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (fs_lock("lock", "bothy up", 0, NULL, &fd, &err) < 0 ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return pid;
}

static void locks_exclude_other_processes(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *expected = NULL;
	pid_t pid = holder_start();
	int fd = -1, again = -1, rc = fs_lock("lock", "bothy halt", 0, NULL, &fd, &err);

	(void)state;
	expected = xasprintf("'lock' is locked by process %d (bothy up)", (int)pid);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_string_equal(err.text, expected);
	assert_non_null(err.hint);
	assert_int_equal(fd, -1);
	/* Waiting ends in time, and with an interruption at once. */
	assert_int_equal(fs_lock("lock", "bothy halt", 50, NULL, &fd, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	stop_set(true);
	assert_int_equal(fs_lock("lock", "bothy halt", DEADLINE_MS, NULL, &fd, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	stop_set(false);
	/* A holder that is killed lets go. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	must(fs_lock("lock", "bothy halt", DEADLINE_MS, NULL, &fd, &err), &err);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(fs_lock("lock", "x", 0, NULL, &again, &err), -1);
	close(fd);
	must(fs_lock("lock", "x", 0, NULL, &again, &err), &err);
	close(again);
}

static void locks_need_no_room(void **state)
{
	struct rlimit old, none = { .rlim_cur = 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	cleanup_error struct error err = { 0 };
	int fd, again = -1, rc;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	sigaction(SIGXFSZ, &ignore, &before);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	rc = fs_lock("lock", "bothy box prune", 0, NULL, &fd, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	sigaction(SIGXFSZ, &before, NULL);
	must(rc, &err);
	assert_int_equal(fs_lock("lock", "bothy up", 0, NULL, &again, &err), -1);
	assert_string_equal(err.text, "'lock' is locked by another process");
	close(fd);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(writing_replaces_as_a_whole),
		CASE(failed_write_keeps_the_old_content),
		CASE(what_killed_writers_left_goes),
		CASE(writers_do_not_disturb_each_other),
		CASE(reading_has_a_limit),
		CASE(directories_are_made_with_their_parents),
		CASE(directories_are_made_but_not_through_links),
		CASE(owners_are_given),
		CASE(what_is_read_stays_within),
		CASE(trees_are_removed_without_following_links),
		CASE(trees_are_removed_without_crossing_mounts),
		CASE(paths_are_joined),
		CASE(home_is_found),
		CASE(locks_exclude_other_processes),
		CASE(locks_need_no_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("core_fs", tests, NULL, NULL);
}
