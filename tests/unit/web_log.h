/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/web/server says it was asked for. */
#ifndef TESTS_UNIT_WEB_LOG_H
#define TESTS_UNIT_WEB_LOG_H

#include "tests/unit/web.h"

#include "core/stop.h"

#define WEB_DEADLINE_MS 20000

/* How many lines of the log have both words. */
static inline int web_logged(const char *one, const char *other)
{
	cleanup_free char *path = web_path("log");
	cleanup_error struct error err = { 0 };
	cleanup_text struct text log = { 0 };
	int count = 0;
	char *rest = NULL, empty[] = "";

	if (!fs_exists(path))
		return 0;
	if (fs_read(path, 16 << 20, &log, &err) < 0)
		fail_msg("%s", err.text);
	for (char *line = strtok_r(log.len ? log.ptr : empty, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		count += strstr(line, one) && strstr(line, other);
	return count;
}

/* Lines are written when the answer has gone out, which a client may notice first. */
static inline void web_wait_logged(const char *one, const char *other, int count)
{
	int64_t deadline_ms = clock_ms() + WEB_DEADLINE_MS;

	while (web_logged(one, other) < count && clock_ms() < deadline_ms)
		stop_wait_ms(10);
	assert_int_equal(web_logged(one, other), count);
}

/* Waits for the last lines of what is over: they would be taken for the next test's. */
static inline void web_forget_log(void)
{
	cleanup_free char *path = web_path("log");
	int64_t deadline_ms = clock_ms() + WEB_DEADLINE_MS;

	while (web_logged("begin ", "") > web_logged(" status=", "") && clock_ms() < deadline_ms)
		stop_wait_ms(10);
	unlink(path);
}

/* Bytes of bodies that the server sent, by its log. */
static inline uint64_t web_bytes_sent(void)
{
	cleanup_free char *path = web_path("log");
	cleanup_error struct error err = { 0 };
	cleanup_text struct text log = { 0 };
	uint64_t sum = 0;

	assert_int_equal(fs_read(path, 16 << 20, &log, &err), 0);
	for (const char *at = text_str(&log); (at = strstr(at, " bytes=")); at += 7)
		sum += strtoull(at + 7, NULL, 10);
	return sum;
}

#endif
