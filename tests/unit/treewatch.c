/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for changes of trees: what is noticed, what is not, and what becomes of more than the kernel can tell. */
#include "cli/treewatch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"

#define SOON_MS 5000
#define NEVER_MS 300

struct world {
	char directory[40];
	struct treewatch *w;
	struct ignore ignore;
};

static void shell(const struct world *t, const char *script)
{
	const char *const argv[] = { "sh",   "-ec", "cd \"$1\"; eval \"$2\"", "sh", t->directory,
				     script, NULL };
	struct error err = { 0 };

	if (proc_must(argv, 0, &err) < 0)
		fail_msg("%s: %s", script, err.text);
}

static void begin(struct world *t, const char *script, const char *pattern)
{
	struct error err = { 0 };
	char *why = NULL;
	const char *patterns[] = { pattern };

	*t = (struct world){ .directory = "/tmp/bothy-watch.XXXXXX", .w = treewatch_new() };
	assert_non_null(mkdtemp(t->directory));
	ignore_init(&t->ignore, &(struct strings){ patterns, pattern != NULL });
	shell(t, script);
	assert_int_equal(treewatch_add(t->w, t->directory, &t->ignore, &why, &err), 0);
	assert_null(why);
}

static void end(struct world *t)
{
	struct error err = { 0 };

	treewatch_free(&t->w);
	ignore_clear(&t->ignore);
	assert_int_equal(fs_remove(t->directory, &err), 0);
}

static bool changes(struct world *t, int64_t within_ms)
{
	struct error err = { 0 };
	bool changed = false;
	char *why = NULL;

	assert_int_equal(treewatch_wait(t->w, clock_ms() + within_ms, &changed, &why, &err), 0);
	assert_null(why);
	return changed;
}

#define NOTICED(script)                                      \
	do {                                                 \
		shell(&t, script);                           \
		if (!changes(&t, SOON_MS))                   \
			fail_msg("not noticed: %s", script); \
	} while (0)
#define IGNORED(script)                                      \
	do {                                                 \
		shell(&t, script);                           \
		if (changes(&t, NEVER_MS))                   \
			fail_msg("was noticed: %s", script); \
	} while (0)

static void whatever_changes_is_noticed(void **state)
{
	struct world t;

	(void)state;
	begin(&t, "mkdir -p a/b; : >a/b/f; : >g", NULL);
	assert_false(changes(&t, NEVER_MS));
	NOTICED("echo x >a/b/f");
	NOTICED("chmod 600 g");
	NOTICED("mv g h");
	NOTICED("rm h");
	NOTICED("ln -s x l");
	NOTICED("mkdir -p n/e/w");
	NOTICED("echo x >n/e/w/f");
	NOTICED("mv n a/m");
	NOTICED("echo y >a/m/e/w/f");
	NOTICED("rm -r a");
	IGNORED("cat l 2>/dev/null || ls -l >/dev/null");
	end(&t);
}

static void what_is_left_out_is_not(void **state)
{
	struct world t;

	(void)state;
	begin(&t, "mkdir -p out/below .bothy in; : >f", "/out/");
	IGNORED("echo x >out/below/f; mkdir out/more; echo x >.bothy/f");
	NOTICED("echo x >in/out");
	NOTICED("mv out away");
	NOTICED("echo x >away/below/f");
	NOTICED("mv away out");
	IGNORED("echo x >out/below/f");
	end(&t);
}

static void what_was_moved_away_is_forgotten(void **state)
{
	struct world t, other;

	(void)state;
	begin(&other, ":", NULL);
	begin(&t, "mkdir -p d/e", NULL);
	{
		cleanup_free char *away = xasprintf("mv d '%s/d'", other.directory);

		NOTICED(away);
	}
	shell(&other, "echo x >d/e/f");
	assert_false(changes(&t, NEVER_MS));
	end(&t);
	end(&other);
}

static void trees_may_lie_within_each_other(void **state)
{
	struct world t;
	struct error err = { 0 };
	bool changed[2] = { false, false };
	cleanup_free char *inner = NULL, *why = NULL;

	(void)state;
	begin(&t, "mkdir -p inner outer", NULL);
	inner = fs_join(t.directory, "inner");
	assert_int_equal(treewatch_add(t.w, inner, &t.ignore, &why, &err), 0);
	shell(&t, "echo x >inner/f");
	assert_int_equal(treewatch_wait(t.w, clock_ms() + SOON_MS, changed, &why, &err), 0);
	assert_true(changed[0] && changed[1]);
	changed[0] = changed[1] = false;
	shell(&t, "echo x >outer/f");
	assert_int_equal(treewatch_wait(t.w, clock_ms() + SOON_MS, changed, &why, &err), 0);
	assert_true(changed[0] && !changed[1]);
	end(&t);
}

/* The kernel keeps 16,384 events unless told otherwise. */
static void a_storm_is_one_change(void **state)
{
	struct world t;

	(void)state;
	begin(&t, "mkdir d", NULL);
	NOTICED("i=0; while [ $i -lt 12000 ]; do : >d/f$i; i=$((i + 1)); done");
	while (changes(&t, NEVER_MS))
		;
	NOTICED("echo x >d/f1");
	NOTICED("rm -r d");
	end(&t);
}

static void a_tree_that_comes_back_is_watched_again(void **state)
{
	struct world t;
	cleanup_free char *away = NULL;

	(void)state;
	begin(&t, "mkdir d", NULL);
	away = xasprintf("%s.away", t.directory);
	assert_int_equal(rename(t.directory, away), 0);
	assert_true(changes(&t, SOON_MS));
	assert_int_equal(rename(away, t.directory), 0);
	for (int64_t until = clock_ms() + SOON_MS; !changes(&t, NEVER_MS);)
		assert_true(clock_ms() < until);
	NOTICED("echo x >d/f");
	end(&t);
}

static void a_stop_is_heard_while_it_walks(void **state)
{
	struct world t;
	struct error err = { 0 };
	cleanup_free char *why = NULL;

	(void)state;
	begin(&t, "mkdir d", NULL);
	stop_set(true);
	assert_int_equal(treewatch_add(t.w, t.directory, &t.ignore, &why, &err), -1);
	stop_set(false);
	assert_int_equal(err.kind, ERROR_STOPPED);
	error_clear(&err);
	end(&t);
}

/* A user namespace can have a limit of its own; that of this host is everybody's. */
static bool limit_watches(const char *most)
{
	int fd, rc;

	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	fd = open("/proc/sys/user/max_inotify_watches", O_WRONLY | O_CLOEXEC);
	rc = fd < 0 ? -1 : fs_write_all(fd, most, strlen(most));
	close(fd);
	return rc == 0;
}

#define NO_NAMESPACE 77

static int outgrow(void)
{
	struct world t;
	struct error err = { 0 };
	cleanup_free char *why = NULL;
	bool changed = false;

	if (!limit_watches("3"))
		return NO_NAMESPACE;
	begin(&t, "mkdir d", NULL);
	shell(&t, "mkdir d/e d/f d/g d/h");
	assert_int_equal(treewatch_wait(t.w, clock_ms() + SOON_MS, &changed, &why, &err), 0);
	assert_non_null(why);
	assert_non_null(strstr(why, "fs.inotify.max_user_watches is too small"));
	free(take_ptr(why));
	changed = false;
	shell(&t, "echo x >d/h/f");
	assert_int_equal(treewatch_wait(t.w, clock_ms() + SOON_MS, &changed, &why, &err), 0);
	assert_true(changed);
	end(&t);
	return 0;
}

static void without_watches_it_looks(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(outgrow());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_changes_is_noticed),
		cmocka_unit_test(what_is_left_out_is_not),
		cmocka_unit_test(what_was_moved_away_is_forgotten),
		cmocka_unit_test(trees_may_lie_within_each_other),
		cmocka_unit_test(a_storm_is_one_change),
		cmocka_unit_test(a_tree_that_comes_back_is_watched_again),
		cmocka_unit_test(a_stop_is_heard_while_it_walks),
		cmocka_unit_test(without_watches_it_looks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
