/* SPDX-License-Identifier: Apache-2.0 */
/* tests/web/server as a child of a unit test, with a folder of files that it serves. */
#ifndef TESTS_UNIT_WEB_H
#define TESTS_UNIT_WEB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"

static char web_dir[64]; /* "files" and "log" in it are the server's */
static int web_port, web_stdin = -1;
static pid_t web_pid;

static inline char *web_path(const char *name)
{
	return xasprintf("%s/%s", web_dir, name);
}

static inline int web_start(void)
{
	cleanup_free char *files = NULL, *log = NULL;
	int in[2], out[2];
	char line[16] = "";

	signal(SIGPIPE, SIG_IGN);
	strcpy(web_dir, "/tmp/bothy-web.XXXXXX");
	if (!mkdtemp(web_dir) || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -1;
	files = web_path("files");
	log = web_path("log");
	if (mkdir(files, 0700) < 0)
		return -1;
	web_pid = fork();
	if (web_pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("tests/web/server", "server", files, log, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	web_stdin = in[1];
	if (read(out[0], line, sizeof(line) - 1) <= 0)
		return -1;
	close(out[0]);
	web_port = (int)strtol(line, NULL, 10);
	return web_port > 0 ? 0 : -1;
}

static inline int web_stop(void)
{
	cleanup_error struct error err = { 0 };

	close(web_stdin);
	waitpid(web_pid, NULL, 0);
	return fs_remove(web_dir, &err);
}

/* One of a few strings that stay until the fourth call after it. */
static inline const char *web_url(const char *path)
{
	static char url[4][512];
	static unsigned turn;
	char *out = url[turn++ % 4];

	snprintf(out, sizeof(url[0]), "http://127.0.0.1:%d/%s", web_port, path);
	return out;
}

/* Bytes that differ at every offset from their neighbours and tell where they are. */
static inline char *web_bytes(size_t len, unsigned seed)
{
	char *bytes = xmalloc(len + 1);
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		bytes[i] = (char)(x >> 24);
	}
	bytes[len] = '\0';
	return bytes;
}

/* What the server makes of them when it is told to be "changing". Caller frees. */
static inline char *web_changed(const char *bytes, size_t len)
{
	char *other = xmalloc(len + 1);

	for (size_t i = 0; i < len; i++)
		other[i] = (char)(bytes[i] ^ 1);
	other[len] = '\0';
	return other;
}

/* Old enough for its date to be a validator. */
static inline void web_put(const char *name, const void *data, size_t len)
{
	cleanup_free char *in_files = xasprintf("files/%s", name), *path = web_path(in_files);
	const struct timespec times[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
	cleanup_error struct error err = { 0 };

	if (fs_write(path, data, len, 0644, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

#endif
