/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads from a server that misbehaves: whatever it does, readers get the one file or an error. */
#include "tests/unit/fetch.h"
#include "tests/unit/kept.h"

#include <sys/resource.h>

static void assert_fails(const char *path, uint64_t size_bytes, const char *why)
{
	cleanup_fetch struct fetch f = { .urls = { web_url(path) },
					 .spec = { .size_bytes = size_bytes } };

	assert_false(fetch_run(&f));
	if (!strstr(f.err.text, why))
		fail_msg("%s: %s", path, f.err.text);
}

static void assert_abandoned_then_other(const char *path)
{
	cleanup_free char *other = web_changed(content, SIZE);
	cleanup_fetch struct fetch first = { .urls = { web_url(path) } };
	cleanup_fetch struct fetch second = { .urls = { first.urls[0] } };

	if (fetch_run(&first))
		fail_msg("%s came", path);
	if (!growing_is_abandoned(download_file(first.d)))
		fail_msg("%s: %s", path, first.err.text);
	download_free(&first.d);
	if (!fetch_run(&second))
		fail_msg("%s: %s", path, second.err.text);
	assert_bytes(&second, other, SIZE);
}

/* --- what goes well -------------------------------------------------------------------------- */

static void a_file_comes_and_is_kept(void **state)
{
	cleanup_free char *directory = xasprintf("%s/downloads", home), *file = NULL;
	struct stat st;

	(void)state;
	assert_comes("file");
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	file = kept(home, "");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, SIZE);
	assert_true(atomic_load(&progress) >= 2);
	assert_int_equal(atomic_load(&told_total), SIZE);
	/* The second time, all that is asked is whether it is still the same. */
	web_wait_logged("GET /file", "bytes=700001/700001", 1);
	assert_comes("file");
	web_wait_logged("GET /file", "bytes=1/1", 1);
}

static void it_comes_whatever_the_server_calls_it(void **state)
{
	static const char *const paths[] = {
		"chunked/file",       "type/text%2Fhtml/file", "encoding/gzip/file",
		"weak/file",          "norange/file",          "noetag/file",
		"noetag/nodate/file", "fresh/noetag/file",     "longer/10/file",
		"hop/3/file",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_comes(paths[i]);
		assert_comes(paths[i]);
	}
}

static void a_broken_line_is_mended(void **state)
{
	static const char *const percents[] = { "0", "1", "50", "99" };
	static const char *const words[] = { "", "noetag/", "nodate/", "weak/", "noetag/bare/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++)
		for (size_t k = 0; k < ARRAY_SIZE(words); k++) {
			cleanup_free char *path = xasprintf("cut/%s/%sfile", percents[i], words[k]);

			setup(state);
			assert_comes(path);
			web_wait_logged("GET", "bytes=", 2);
			assert_int_equal(web_bytes_sent(), SIZE);
			assert_int_equal(atomic_load(&notes), 1);
		}
}

static void a_line_that_breaks_often_is_mended(void **state)
{
	(void)state;
	assert_comes("cut/50/file?times=2");
	assert_comes("cut/50/file?reset=1");
	assert_comes("dead/file");
	assert_comes("status/503/file?times=2");
	assert_comes("cut/1/partial/300000/file");
}

static void a_line_that_falls_silent_is_mended(void **state)
{
	static const struct http_conf brisk = { .retry_wait_ms = 10,
						.stall_bytes = 1000,
						.stall_s = 1 };
	cleanup_fetch struct fetch f = { .urls = { web_url("stall/50/file") },
					 .spec = { .http = &brisk } };

	(void)state;
	if (!fetch_run(&f))
		fail_msg("%s", f.err.text);
	assert_bytes(&f, content, SIZE);
	assert_int_equal(web_logged("GET", "range=bytes=350000-"), 1);
}

static void without_ranges_bytes_are_compared(void **state)
{
	static const char *const paths[] = {
		"cut/50/norange/file",
		"cut/50/norange/noetag/file",
		"cut/50/norange/nodate/file",
		"cut/50/noetag/nodate/file",
		"cut/50/fresh/noetag/file",
		"cut/50/chunked/file",
		"cut/100/chunked/file",
		"cut/50/wrongrange/7/file",
		"cut/50/boundless/file",
		"cut/50/boundless/chunked/file",
		"cut/50/wrongrange/7/chunked/file",
		"cut/50/fresh/nodate/file?a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		setup(state);
		assert_comes(paths[i]);
		/* A date that is not over yet proves nothing. */
		if (strstr(paths[i], "fresh/noetag"))
			web_wait_logged("GET", "if-range=- ", 2);
	}
}

static void the_next_place_is_tried(void **state)
{
	cleanup_fetch struct fetch f = { .urls = { web_url("none"), "http://127.0.0.1:1/file",
						   web_url("file") } };

	(void)state;
	if (!fetch_run(&f))
		fail_msg("%s", f.err.text);
	assert_bytes(&f, content, SIZE);
	assert_string_equal(download_url(f.d), f.urls[2]);
}

static void another_place_goes_on_if_it_has_the_same(void **state)
{
	cleanup_fetch struct fetch same = { .urls = { web_url("cut/50/file?times=9&x"),
						      web_url("noetag/file") } };
	cleanup_fetch struct fetch other = { .urls = { web_url("cut/50/file?times=9&y"),
						       web_url("changing/file?times=0") } };
	cleanup_free char *bytes = web_changed(content, SIZE);

	(void)state;
	if (!fetch_run(&same))
		fail_msg("%s", same.err.text);
	assert_bytes(&same, content, SIZE);
	download_free(&same.d);
	assert_false(fetch_run(&other));
	assert_true(growing_is_abandoned(download_file(other.d)));
	download_free(&other.d);
	/* The next one begins anew, wherever. */
	other.url_count = 0;
	other.urls[0] = other.urls[1];
	other.urls[1] = NULL;
	error_clear(&other.err);
	free(take_ptr(other.bytes));
	if (!fetch_run(&other))
		fail_msg("%s", other.err.text);
	assert_bytes(&other, bytes, SIZE);
}

/* --- what goes wrong ------------------------------------------------------------------------- */

static void another_file_is_never_mixed_in(void **state)
{
	static const char *const paths[] = {
		"cut/50/changing/file",
		"cut/50/changing/norange/file",
		"cut/50/changing/noetag/nodate/file",
		"cut/50/changing/ignoreifrange/file",
		"cut/50/changing/ignoreifrange/noetag/file",
		"cut/50/changing/norange/noetag/file",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		setup(state);
		assert_abandoned_then_other(paths[i]);
	}
}

static void abandoned_at_once(const char *first_path, const char *second_path)
{
	cleanup_fetch struct fetch f = { .urls = { web_url(first_path) } };

	if (second_path)
		f.urls[1] = web_url(second_path);
	assert_false(fetch_run(&f));
	if (!growing_is_abandoned(download_file(f.d)))
		fail_msg("%s: %s", first_path, f.err.text);
	download_discard(f.d);
}

static void the_same_beginning_proves_nothing(void **state)
{
	cleanup_free char *late = xmalloc(SIZE);

	(void)state;
	memcpy(late, content, SIZE);
	late[SIZE / 3] ^= 1;
	web_put("late", late, SIZE);
	/* The second place's line breaks before the byte that differs, which readers have seen. */
	abandoned_at_once("cut/50/file?times=9&late", "cut/10/late");
	/* Now the file is a part of what readers have seen. */
	abandoned_at_once("cut/50/shrinking/chunked/noetag/nodate/file", NULL);
}

static void wrong_lengths_are_errors(void **state)
{
	(void)state;
	assert_fails("shorter/10/file", 0, "cannot fetch");
	assert_fails("file?a", SIZE + 1, "has 700001 bytes there, but should have 700002");
	assert_fails("file?b", SIZE - 1, "has 700001 bytes there, but should have 700000");
	assert_fails("chunked/file?a", SIZE + 1, "it ended after 700001 of 700002 bytes");
	assert_fails("chunked/file?b", SIZE - 1, "it sent more than the 700000 bytes it told");
	assert_fails("cut/50/wrongtotal/10/file", 0, "became another one");
	assert_fails("unframed/file", 0, "does not tell how long the file is");
	assert_comes("boundless/file");
	assert_comes("boundless/file");
	assert_fails("boundless/file", SIZE + 1, "has 700001 bytes there");
	/* A cut would be seen by whoever knows the length. */
	assert_fails("unframed/cut/50/file?times=9", SIZE, "it ended after 350000 of 700001 bytes");
}

/* More than patience is renewed for, and less than is read. */
#define LARGE (SIZE + SIZE / 2 + SIZE / 4)

/* Each time more comes than patience is renewed for, but nothing that was not here already. */
static void the_same_bytes_again_are_no_progress(void **state)
{
	cleanup_free char *large = web_bytes(LARGE, 7);

	(void)state;
	web_put("large", large, LARGE);
	assert_fails("shorter/10/norange/large", 0, "cannot fetch");
	assert_fails("cut/90/norange/large?times=99", 0, "cannot fetch");
}

static void errors_say_where_and_what_to_do(void **state)
{
	cleanup_fetch struct fetch f = { .urls = { web_url("none?token=secret"),
						   web_url("status/403/file?times=9"),
						   web_url("loop") } };

	(void)state;
	assert_false(fetch_run(&f));
	assert_non_null(strstr(f.err.text, "cannot download 'it' from any of 3 places: "));
	assert_non_null(strstr(f.err.text, "/none': there is no such file (HTTP status 404); "));
	assert_non_null(strstr(f.err.text, "/status/403/file?times=9': it is not for everybody"));
	assert_non_null(strstr(f.err.text, "/loop': it redirects in a circle"));
	assert_null(strstr(f.err.text, "secret"));
	assert_null(download_url(f.d));
	download_free(&f.d);
	error_clear(&f.err);
	free(take_ptr(f.bytes));
	f.urls[0] = f.urls[1];
	f.urls[1] = NULL;
	f.url_count = 0;
	assert_false(fetch_run(&f));
	assert_int_equal(f.err.kind, ERROR_DENIED);
	assert_non_null(strstr(f.err.hint, "a token for a host goes into"));
	download_free(&f.d);
	/* Nothing came, nothing stays. */
	assert_true(nothing_is_kept(home));
}

static void secrets_stay_here(void **state)
{
	const struct http_host host = { .name = "127.0.0.1", .token = "sesame" };
	const struct http_conf conf = { .hosts = &host, .host_count = 1, .retry_wait_ms = 10 };
	cleanup_free char *path = xasprintf("elsewhere/localhost:%d/cut/50/file?once", web_port);
	cleanup_free char *with_login =
		xasprintf("http://me:sesame@127.0.0.1:%d/file?token=sesame", web_port);
	cleanup_fetch struct fetch f = { .urls = { web_url(path) }, .spec = { .http = &conf } };
	cleanup_fetch struct fetch g = { .urls = { with_login } };
	cleanup_free char *note = NULL;
	cleanup_text struct text t = { 0 };

	(void)state;
	if (!fetch_run(&f))
		fail_msg("%s", f.err.text);
	web_wait_logged("GET /elsewhere", "authorization=Bearer sesame", 2);
	web_wait_logged("host=localhost", "authorization=- ", 2);
	download_discard(f.d);
	download_free(&f.d);
	assert_true(nothing_is_kept(home));
	if (!fetch_run(&g))
		fail_msg("%s", g.err.text);
	note = kept(home, ".json");
	assert_int_equal(fs_read(note, 4096, &t, &g.err), 0);
	assert_non_null(strstr(text_str(&t), "/file"));
	assert_null(strstr(text_str(&t), "sesame"));
}

static void a_full_disk_keeps_what_came(void **state)
{
	struct rlimit old, small = { .rlim_cur = SIZE / 2 };
	cleanup_fetch struct fetch f = { .urls = { web_url("file?full") } };
	cleanup_free char *file = NULL;
	struct stat st;
	bool came;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	came = fetch_run(&f);
	download_free(&f.d);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(came);
	assert_non_null(strstr(f.err.text, "cannot write '"));
	assert_non_null(strstr(f.err.hint, "make room"));
	file = kept(home, "");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, SIZE / 2);
	assert_comes("file?full");
	web_wait_logged("GET /file?full", "range=bytes=350000-", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_comes_and_is_kept, setup),
		cmocka_unit_test_setup(it_comes_whatever_the_server_calls_it, setup),
		cmocka_unit_test_setup(a_broken_line_is_mended, setup),
		cmocka_unit_test_setup(a_line_that_breaks_often_is_mended, setup),
		cmocka_unit_test_setup(a_line_that_falls_silent_is_mended, setup),
		cmocka_unit_test_setup(without_ranges_bytes_are_compared, setup),
		cmocka_unit_test_setup(the_next_place_is_tried, setup),
		cmocka_unit_test_setup(another_place_goes_on_if_it_has_the_same, setup),
		cmocka_unit_test_setup(another_file_is_never_mixed_in, setup),
		cmocka_unit_test_setup(the_same_beginning_proves_nothing, setup),
		cmocka_unit_test_setup(wrong_lengths_are_errors, setup),
		cmocka_unit_test_setup(the_same_bytes_again_are_no_progress, setup),
		cmocka_unit_test_setup(errors_say_where_and_what_to_do, setup),
		cmocka_unit_test_setup(secrets_stay_here, setup),
		cmocka_unit_test_setup(a_full_disk_keeps_what_came, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
