/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the store and the lock while several processes save them, and when one is killed. For
 * tests/faults/store.t: "save HOME N" saves state N in the place of what is there; "show HOME" prints
 * which state each file has.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "boxes/content.h"
#include "boxes/entry.h"
#include "boxes/lockfile.h"
#include "core/stop.h"

#define PROCESSES 4
#define ROUNDS 50
#define KILLS 20
#define PATIENCE_MS 60000

static char home[64];

static int setup(void **state)
{
	(void)state;
	snprintf(home, sizeof(home), "/tmp/bothy-saves-XXXXXX");
	return mkdtemp(home) ? 0 : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(home, &err);
}

/* The same key in every state. */
static const char *digest(void)
{
	static char hex[DIGEST_HEX_BYTES];

	digest_of("box", 3, hex);
	return hex;
}

static int save_content(const char *where, unsigned number, struct error *err)
{
	cleanup_content struct content c = { .kind = IMAGE_ROOTFS, .size_bytes = number };

	/* Of different lengths, so that a mixture could not be read. */
	c.user = xasprintf("%0*u", (int)(number % 7 * 500 + 10), number);
	memcpy(c.digest, digest(), DIGEST_HEX_BYTES);
	return content_save(where, &c, err);
}

static int save_entry(const char *where, const char *name, unsigned number, struct error *err)
{
	struct entry e = { .size_bytes = number };
	int rc;

	e.name = xstrdup(name);
	e.provider = xstrdup("kvm");
	e.architecture = xstrdup("amd64");
	e.url = xasprintf("%0*u", (int)(number % 5 * 500 + 10), number);
	memcpy(e.digest, digest(), DIGEST_HEX_BYTES);
	rc = entry_save(where, &e, err);
	entry_clear(&e);
	return rc;
}

static int save_lock(const char *where, unsigned number, struct error *err)
{
	cleanup_free char *path = fs_join(where, LOCKFILE_NAME);
	cleanup_free char *file = xasprintf("%u", number);
	cleanup_lockfile struct lockfile l = { 0 };

	lockfile_put_file(&l, file, digest());
	return lockfile_save(&l, path, NULL, err);
}

static int save_all(const char *where, unsigned number, struct error *err)
{
	return save_content(where, number, err) < 0 ||
			       save_entry(where, "shared", number, err) < 0 ||
			       save_lock(where, number, err) < 0 ?
		       -1 :
		       0;
}

/* "content 1, entry 1, lock 1"; 0 where there is none, an error where it cannot be read. */
static int show_all(const char *where, struct text *out, struct error *err)
{
	cleanup_free char *path = fs_join(where, LOCKFILE_NAME);
	cleanup_content struct content c = { 0 };
	cleanup_entries struct entries all = { 0 };
	cleanup_lockfile struct lockfile l = { 0 };
	cleanup_error struct error none = { 0 };

	if (content_load(where, digest(), &c, &none) < 0 && none.kind != ERROR_NOT_FOUND)
		return error_move(err, &none);
	if (entries_load(where, &all, err) < 0 || lockfile_load(path, &l, err) < 0)
		return -1;
	text_addf(out, "content %u, entry %u, lock %s", (unsigned)c.size_bytes,
		  all.count ? (unsigned)all.at[0].size_bytes : 0,
		  l.file_count ? l.files[0].path : "0");
	return 0;
}

/* A process that calls save(number) for number, number + PROCESSES, …; for ever if rounds is 0. */
static pid_t start(int (*save)(unsigned, struct error *), unsigned number, unsigned rounds)
{
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid)
		return pid;
	for (unsigned i = 0; !rounds || i < rounds; i++) {
		struct error err = { 0 };

		if (save(number + i * PROCESSES, &err) < 0)
			_exit(1);
	}
	_exit(0);
}

static void wait_for(const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static int save_here(unsigned number, struct error *err)
{
	return save_all(home, number, err);
}

static int save_own_entry(unsigned number, struct error *err)
{
	cleanup_free char *name = xasprintf("box/%u", number);

	return save_entry(home, name, number, err);
}

static void assert_whole(void)
{
	cleanup_content struct content c = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_text struct text shown = { 0 };
	unsigned number;

	if (content_load(home, digest(), &c, &err) < 0 || show_all(home, &shown, &err) < 0)
		fail_msg("%s", err.text);
	assert_null(strstr(text_str(&shown), "entry 0"));
	assert_null(strstr(text_str(&shown), "lock 0"));
	number = (unsigned)c.size_bytes;
	assert_int_equal(strlen(c.user), number % 7 * 500 + 10);
}

static void readers_see_whole_files(void **state)
{
	pid_t pids[PROCESSES];
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(save_here(PROCESSES, &err), 0);
	for (unsigned i = 0; i < PROCESSES; i++)
		pids[i] = start(save_here, i + 1, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++)
		assert_whole();
	wait_for(pids, PROCESSES);
	assert_whole();
}

static void nobody_loses_an_entry(void **state)
{
	cleanup_entries struct entries all = { 0 };
	cleanup_error struct error err = { 0 };
	pid_t pids[PROCESSES];

	(void)state;
	for (unsigned i = 0; i < PROCESSES; i++)
		pids[i] = start(save_own_entry, i, ROUNDS);
	wait_for(pids, PROCESSES);
	assert_int_equal(entries_load(home, &all, &err), 0);
	assert_int_equal(all.count, PROCESSES * ROUNDS);
}

static bool has_changed(const struct text *before)
{
	cleanup_text struct text now = { 0 };
	cleanup_error struct error err = { 0 };

	assert_int_equal(show_all(home, &now, &err), 0);
	return strcmp(text_str(before), text_str(&now)) != 0;
}

static void a_killed_process_leaves_whole_files(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(save_here(PROCESSES, &err), 0);
	for (unsigned i = 0; i < KILLS; i++) {
		cleanup_text struct text before = { 0 };
		int64_t deadline = clock_ms() + PATIENCE_MS;
		pid_t pid;
		int status;

		assert_int_equal(show_all(home, &before, &err), 0);
		pid = start(save_here, i + PROCESSES + 1, 0);
		while (!has_changed(&before))
			assert_true(clock_ms() < deadline);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_whole();
	}
	assert_int_equal(save_here(7, &err), 0);
	assert_whole();
}

static int obey(char **argv)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text shown = { 0 };
	int rc = strcmp(argv[1], "save") == 0 ?
			 save_all(argv[2], (unsigned)strtoul(argv[3], NULL, 10), &err) :
			 show_all(argv[2], &shown, &err);

	if (rc < 0)
		fprintf(stderr, "error: %s\n", err.text);
	else if (shown.len)
		printf("%s\n", shown.ptr);
	return rc < 0 ? 1 : 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(readers_see_whole_files),
		CASE(nobody_loses_an_entry),
		CASE(a_killed_process_leaves_whole_files),
	};

	if (argc > 2)
		return obey(argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store_saves", tests, NULL, NULL);
}
