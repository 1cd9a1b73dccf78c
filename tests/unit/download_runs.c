/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads that end before their file does, and what the next ones make of it. */
#include "tests/unit/fetch.h"
#include "tests/unit/kept.h"

#include "boxes/download_place.h"

#define HUGE ((size_t)100 << 20)
#define HUGE_RSS_KIB 8192

/* --- between runs ---------------------------------------------------------------------------- */

static void wait_for_bytes(size_t len)
{
	int64_t deadline_ms = clock_ms() + WEB_DEADLINE_MS;
	struct stat st = { 0 };

	while ((size_t)st.st_size < len && clock_ms() < deadline_ms) {
		cleanup_free char *file = kept(home, "");

		if (!file || stat(file, &st) < 0)
			st.st_size = 0;
		stop_wait_ms(20);
	}
	assert_true((size_t)st.st_size >= len);
}

/* A process that downloads it and dies when it has as much of it as the server lets it have. */
static void killed_while_downloading(const char *url, size_t len)
{
	static const struct http_conf patient = { .stall_s = 60 };
	pid_t pid = fork();

	if (pid == 0) {
		struct fetch f = { .urls = { url }, .spec = { .http = &patient } };

		fetch_start(&f);
		fetch_read(&f);
		_exit(0);
	}
	wait_for_bytes(len);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void the_next_run_goes_on(void **state)
{
	static const char *const paths[] = { "stall/50/file?r", "stall/50/noetag/file",
					     "stall/50/norange/file" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		setup(state);
		killed_while_downloading(web_url(paths[i]), SIZE / 2);
		assert_comes(paths[i]);
		assert_int_equal(web_logged("GET", "range=bytes=350000-"), 1);
	}
}

static void the_next_run_notices_another_file(void **state)
{
	static const char *const paths[] = { "stall/50/changing/file",
					     "stall/50/changing/ignoreifrange/file",
					     "stall/50/changing/noetag/nodate/file" };
	cleanup_free char *other = web_changed(content, SIZE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_fetch struct fetch f = { .urls = { web_url(paths[i]) } };

		setup(state);
		killed_while_downloading(f.urls[0], SIZE / 2);
		/* Nobody has seen the old bytes in this run. */
		if (!fetch_run(&f))
			fail_msg("%s: %s", paths[i], f.err.text);
		assert_bytes(&f, other, SIZE);
	}
}

static void damaged_notes_are_no_notes(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{\"url\":1}",
					     "{\"url\":\"\",\"source\":\"x\",\"final\":\"y\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *note = NULL, *file = NULL;
		cleanup_error struct error err = { 0 };

		assert_comes("file");
		note = kept(home, ".json");
		file = kept(home, "");
		assert_int_equal(fs_write(note, texts[i], strlen(texts[i]), 0600, NULL, &err), 0);
		assert_int_equal(fs_write(file, "garbage", 7, 0600, NULL, &err), 0);
	}
	assert_comes("file");
}

static void bytes_that_rotted_are_noticed(void **state)
{
	cleanup_fetch struct fetch f = { .urls = { web_url("stall/50/norange/file?rot") } };
	cleanup_error struct error err = { 0 };
	cleanup_free char *file = NULL;
	int fd;

	(void)state;
	/* Where the server sends all of it anyway. */
	killed_while_downloading(web_url("stall/50/norange/file?rot"), SIZE / 2);
	file = kept(home, "");
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "rot", 3, 1000), 3);
	close(fd);
	assert_false(fetch_run(&f));
	assert_true(growing_is_abandoned(download_file(f.d)));
	download_free(&f.d);
	assert_comes("stall/50/norange/file?rot");
}

static void two_processes_download_once(void **state)
{
	cleanup_fetch struct fetch f = { .urls = { web_url("slow/700000/file") } };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		struct fetch g = { .urls = { f.urls[0] } };

		_exit(fetch_run(&g) && g.len == SIZE && memcmp(g.bytes, content, SIZE) == 0 ?
			      (download_free(&g.d), 0) :
			      1);
	}
	wait_for_bytes(1);
	if (!fetch_run(&f))
		fail_msg("%s", f.err.text);
	assert_bytes(&f, content, SIZE);
	assert_int_equal(atomic_load(&notes), 1);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	web_wait_logged("GET /slow", "bytes=", 2);
	assert_int_equal(web_bytes_sent(), SIZE + 1);
}

/* The first byte tells that the place is taken, the second that somebody waits for it. */
static int pipes[2][2];

static void tell_that_it_waits(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->kind == EVENT_NOTE)
		assert_int_equal(write(pipes[1][1], "w", 1), 1);
}

static bool parent_has_open(const char *path)
{
	cleanup_free char *directory = xasprintf("/proc/%d/fd", (int)getppid());
	DIR *dir = opendir(directory);
	struct dirent *entry;
	bool found = false;

	while (!found && (entry = readdir(dir))) {
		char target[512] = "";

		if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1) > 0)
			found = strcmp(target, path) == 0;
	}
	closedir(dir);
	return found;
}

static int hold_place_and_empty_it(void)
{
	int64_t deadline_ms = clock_ms() + WEB_DEADLINE_MS;
	cleanup_free char *lock = NULL;
	struct download_place p;
	struct error err = { 0 };
	char byte;

	if (download_place_take(home, "http://x/", "it", NULL, &p, &err) < 0 ||
	    write(pipes[0][1], "t", 1) != 1 || read(pipes[1][0], &byte, 1) != 1)
		return 1;
	lock = xasprintf("%s.lock", p.path);
	while (!parent_has_open(lock) && clock_ms() < deadline_ms)
		stop_wait_ms(5);
	download_place_empty(&p);
	return 0;
}

static void a_lock_that_was_removed_is_none(void **state)
{
	static const struct watcher waits = { .emit = tell_that_it_waits };
	cleanup_download_place struct download_place p = { .lock_fd = -1 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *lock = NULL;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(pipes[0], O_CLOEXEC) + pipe2(pipes[1], O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		_exit(hold_place_and_empty_it());
	assert_int_equal(read(pipes[0][0], &byte, 1), 1);
	assert_int_equal(download_place_take(home, "http://x/", "it", &waits, &p, &err), 0);
	lock = kept(home, ".lock");
	assert_non_null(lock);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 4; i++)
		close(pipes[i / 2][i % 2]);
}

/* --- the end of it --------------------------------------------------------------------------- */

static void the_user_may_interrupt(void **state)
{
	cleanup_fetch struct fetch f = { .urls = { web_url("slow/100000/file?stop") } };
	int64_t began_ms;

	(void)state;
	fetch_start(&f);
	wait_for_bytes(20000);
	began_ms = clock_ms();
	stop_set(true);
	assert_false(fetch_read(&f));
	assert_int_equal(f.err.kind, ERROR_STOPPED);
	download_free(&f.d);
	assert_in_range(clock_ms() - began_ms, 0, 3000);
	stop_set(false);
	wait_for_bytes(20000);
}

static void freeing_ends_the_download(void **state)
{
	static const char *const paths[] = { "stall/50/file?times=9",
					     "status/503/file?times=9&retry_after=60" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_fetch struct fetch f = { .urls = { web_url(paths[i]) },
						 .spec = { .http = &(struct http_conf){ 0 } } };
		int64_t began_ms = clock_ms();

		fetch_start(&f);
		web_wait_logged("begin", paths[i], 1);
		download_free(&f.d);
		assert_in_range(clock_ms() - began_ms, 0, 5000);
	}
}

static void old_downloads_are_swept(void **state)
{
	cleanup_fetch struct fetch busy = { .urls = { web_url("file?busy") } };
	cleanup_free char *temporary = xasprintf(
		"%s/downloads/"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.json.Ab12Cd",
		home);
	cleanup_error struct error err = { 0 };
	uint64_t bytes = 1;

	(void)state;
	assert_int_equal(downloads_sweep(home, 0, &bytes, &err), 0);
	assert_int_equal(bytes, 0);
	assert_comes("file?old");
	assert_int_equal(downloads_sweep(home, 3600, &bytes, &err), 0);
	assert_int_equal(bytes, 0);
	assert_true(fetch_run(&busy));
	assert_int_equal(fs_write(temporary, "{", 1, 0600, NULL, &err), 0);
	assert_int_equal(downloads_sweep(home, 0, &bytes, &err), 0);
	assert_in_range(bytes, SIZE, SIZE + 65536);
	assert_false(fs_exists(temporary));
	/* The one in use is there. */
	assert_non_null(strstr(busy.urls[0], "busy"));
	download_free(&busy.d);
	assert_int_equal(downloads_sweep(home, 0, &bytes, &err), 0);
	assert_in_range(bytes, SIZE, SIZE + 65536);
	assert_true(nothing_is_kept(home));
}

static long rss_kib(void)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };
	const char *line;

	assert_int_equal(fs_read("/proc/self/status", 1 << 16, &t, &err), 0);
	line = strstr(text_str(&t), "VmHWM:");
	assert_non_null(line);
	return strtol(line + 6, NULL, 10);
}

static void memory_does_not_grow_with_the_file(void **state)
{
	cleanup_free char *path = web_path("files/huge");
	cleanup_fetch struct fetch f = { .urls = { web_url("huge") } };
	long before;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)HUGE), 0);
	close(fd);
	/* What is loaded once is no growth. */
	assert_comes("file?warm");
	before = rss_kib();
	fetch_start(&f);
	assert_int_equal(growing_wait(download_file(f.d), UINT64_MAX, &f.err), 0);
	assert_int_equal(growing_total(download_file(f.d)), HUGE);
#ifndef __SANITIZE_ADDRESS__
	assert_in_range(rss_kib() - before, 0, HUGE_RSS_KIB);
#else
	(void)before;
#endif
	download_discard(f.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_next_run_goes_on, setup),
		cmocka_unit_test_setup(the_next_run_notices_another_file, setup),
		cmocka_unit_test_setup(damaged_notes_are_no_notes, setup),
		cmocka_unit_test_setup(bytes_that_rotted_are_noticed, setup),
		cmocka_unit_test_setup(two_processes_download_once, setup),
		cmocka_unit_test_setup(a_lock_that_was_removed_is_none, setup),
		cmocka_unit_test_setup(the_user_may_interrupt, setup),
		cmocka_unit_test_setup(freeing_ends_the_download, setup),
		cmocka_unit_test_setup(old_downloads_are_swept, setup),
		cmocka_unit_test_setup(memory_does_not_grow_with_the_file, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
