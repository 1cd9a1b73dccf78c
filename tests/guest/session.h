/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of guest/ say often: a target for the private sshd, a login, a command's output. */
#ifndef TESTS_GUEST_SESSION_H
#define TESTS_GUEST_SESSION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/guest/sshd.h"

#define SESSION_WAIT_MS 20000

static SSHD_UNUSED struct guest_target session_target(const struct sshd *s)
{
	return (struct guest_target){
		.machine = "web",
		.address = "127.0.0.1",
		.port = s->port,
		.user = s->user,
		.key_path = s->identity.user_key_path,
		.user_public = s->identity.user_public,
		.host_public = s->identity.host_public,
		.pin_path = s->pin_path,
	};
}

static SSHD_UNUSED void session_check(int rc, struct error *err)
{
	if (rc < 0)
		print_message("# %s\n", err->text);
	assert_int_equal(rc, 0);
}

static SSHD_UNUSED struct guest *session_open(const struct guest_target *t)
{
	struct guest_wait wait = { .deadline_ms = clock_ms() + SESSION_WAIT_MS };
	struct guest *g = NULL;
	struct error err = { 0 };

	session_check(guest_wait(t, &wait, &g, &err), &err);
	assert_int_equal(wait.stage, GUEST_STAGE_LOGIN);
	return g;
}

static SSHD_UNUSED struct guest *session_of(void **state)
{
	struct guest_target t;

	if (!*state)
		skip();
	t = session_target(*state);
	return session_open(&t);
}

struct session_output {
	struct text streams[3];
};

static int session_write(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct session_output *o = ctx;

	(void)err;
	text_addn(&o->streams[stream], data, len);
	return 0;
}

static SSHD_UNUSED void session_clear(struct session_output *o)
{
	text_clear(&o->streams[1]);
	text_clear(&o->streams[2]);
}

/* The status of the command; *o collects what it said. */
static SSHD_UNUSED int session_run(struct guest *g, const char *command, struct session_output *o)
{
	const struct guest_output output = { session_write, o };
	struct error err = { 0 };
	int status = -1;

	session_check(guest_run(g, command, &output, clock_ms() + SESSION_WAIT_MS, &status, &err),
		      &err);
	return status;
}

/* The command must succeed and say exactly this. */
static SSHD_UNUSED void session_says(struct guest *g, const char *command, const char *wanted)
{
	struct session_output o = { 0 };

	assert_int_equal(session_run(g, command, &o), 0);
	assert_string_equal(text_str(&o.streams[1]), wanted);
	session_clear(&o);
}

/* cmocka fixture, the end of sshd_setup(). */
static SSHD_UNUSED int session_teardown(void **state)
{
	struct sshd *s = *state;
	struct error err = { 0 };

	if (!s)
		return 0;
	sshd_end(s);
	if (getenv("BOTHY_TEST_KEEP") == NULL && fs_remove(s->directory, &err) < 0)
		return -1;
	identity_clear(&s->identity);
	free(s->home);
	free(s->authorized_keys);
	free(s->pin_path);
	free((void *)(uintptr_t)s->user);
	free(s);
	return 0;
}

#endif
