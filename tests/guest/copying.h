/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of this host, a place for it in the guest of a private sshd, and a copier between them. */
#ifndef TESTS_GUEST_COPYING_H
#define TESTS_GUEST_COPYING_H

#include <time.h>

#include "core/proc.h"
#include "guest/copier.h"
#include "tests/guest/session.h"

struct copying {
	struct guest *g;
	char *from, *to, *kept;
	struct folder folder;
	struct copier *copier;
};

static void shell(const char *directory, const char *script)
{
	const char *const argv[] = { "sh",   "-ec", "cd \"$1\"; eval \"$2\"", "sh", directory,
				     script, NULL };
	struct error err = { 0 };

	if (proc_must(argv, 0, &err) < 0)
		fail_msg("%s: %s", script, err.text);
}

static void host(const struct copying *t, const char *script)
{
	shell(t->from, script);
}

/* The same machine, but by the login that the copier uses. */
static SSHD_UNUSED void guest(struct copying *t, const char *script)
{
	cleanup_free char *command = xasprintf("cd '%s'; %s", t->to, script);
	struct session_output o = { 0 };

	if (session_run(t->g, command, &o) != 0)
		fail_msg("%s: %s", script, text_str(&o.streams[2]));
	session_clear(&o);
}

/* As another process that comes later. */
static void copying_forget(struct copying *t)
{
	static const struct owner nobody;

	copier_free(&t->copier);
	t->copier = copier_new(&t->folder, "machine-1", t->kept, &nobody);
}

static struct copying copying_begin(void **state)
{
	static int number;
	const struct sshd *s = *state;
	struct copying t = { 0 };
	struct error err = { 0 };

	if (!s)
		skip();
	t.g = session_of(state);
	t.from = xasprintf("%s/from-%d", s->directory, ++number);
	t.to = xasprintf("%s/guest-%d/to", s->directory, number);
	t.kept = xasprintf("%s/kept-%d", s->directory, number);
	session_check(fs_make_dirs(t.from, 0755, NULL, &err), &err);
	t.folder = (struct folder){
		.said = "./from", .from = t.from, .to = t.to, .kind = FOLDER_COPY
	};
	return t;
}

static SSHD_UNUSED struct copier_result copying_sync(struct copying *t, unsigned how)
{
	struct copier_result r = { 0 };
	struct error err = { 0 };

	if (!t->copier)
		copying_forget(t);
	session_check(copier_sync(t->copier, t->g, how, &r, &err), &err);
	return r;
}

/* A sync that fails in the middle, since something in the guest is in the way of that file. */
static SSHD_UNUSED void copying_breaks(struct copying *t, const char *file)
{
	cleanup_free char *way = xasprintf("mkdir -p '%s/%s/x'", t->to, file);
	cleanup_free char *clear = xasprintf("rm -r '%s/%s'", t->to, file);
	struct copier_result r = { 0 };
	struct error err = { 0 };

	if (!t->copier)
		copying_forget(t);
	shell("/", way);
	assert_int_equal(copier_sync(t->copier, t->g, 0, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, file));
	error_clear(&err);
	copier_result_clear(&r);
	shell("/", clear);
	copying_forget(t);
}

/* Both sides are alike in names, types, modes, contents and the times of files. */
static SSHD_UNUSED void assert_same(const struct copying *t)
{
	static const char list[] =
		"{ find . ! -type d -printf '%P %y %m %l %Ts %s\\0'; find . -type d -printf '%P %y %m\\0'; "
		"find . -type f -exec sha256sum {} +; } | sort -z";
	cleanup_free char *compare =
		xasprintf("(cd '%s'; %s) >../one; (cd '%s'; %s) >../two; cmp ../one ../two",
			  t->from, list, t->to, list);

	shell(t->from, compare);
}

/* Longer than anything takes for too fresh. */
static SSHD_UNUSED void settle(void)
{
	const struct timespec moment = { .tv_nsec = 40000000 };

	nanosleep(&moment, NULL);
}

static void copying_end(struct copying *t)
{
	copier_free(&t->copier);
	guest_close(&t->g);
	free(t->from);
	free(t->to);
	free(t->kept);
}

#endif
