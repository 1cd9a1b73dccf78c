/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the script that configures cards: what is in the tree that was made for it. */
#ifndef TESTS_UNIT_CARDS_ROOT_H
#define TESTS_UNIT_CARDS_ROOT_H

#include "guest/cards_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/proc.h"

#define MARK "# Written by bothy, which will do so again\n"
#define MAC "52:54:00:00:00:05"

static char root[64];
static bool by_busybox;
static char said[512]; /* by the last run */

static const char *in(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	char *out = path[turn++ % ARRAY_SIZE(path)];

	snprintf(out, sizeof(path[0]), "%s/%s", root, name);
	return out;
}

static void say_mode(const char *name, const char *content, mode_t mode)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *folder = xstrdup(in(name));

	*strrchr(folder, '/') = '\0';
	if (fs_make_dirs(folder, 0755, NULL, &err) < 0 ||
	    fs_write(in(name), content, strlen(content), mode, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void say(const char *name, const char *content)
{
	say_mode(name, content, 0644);
}

static bool there(const char *name)
{
	struct stat st;

	return lstat(in(name), &st) == 0;
}

static void assert_mode(const char *name, mode_t wanted)
{
	struct stat st;

	assert_int_equal(lstat(in(name), &st), 0);
	assert_int_equal(st.st_mode & 07777, wanted);
}

static void assert_holds(const char *name, const char *wanted)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text text = { 0 };

	if (fs_read(in(name), 65536, &text, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(text_str(&text), wanted);
}

/* What was called since the last time, without questions. */
static void assert_calls(const char *wanted)
{
	if (!there("calls"))
		say("calls", "");
	assert_holds("calls", wanted);
	say("calls", "");
}

#endif
