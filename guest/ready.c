/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a machine whether it serves. Questions come seldom enough not to be what keeps it from that. */
#include "guest/ready.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/become.h"
#include "guest/dial.h"
#include "guest/link.h"
#include "guest/run.h"

#define PAUSE_FIRST_MS 50
#define PAUSE_MOST_MS 1000
#define DIAL_MS 1000
#define LINE_BYTES 200

struct asking {
	const struct ready_wait *what;
	struct guest *guest; /* may be NULL */
	struct patience patience;
	char *own; /* the address that SSH goes to, as the guest sees it; NULL: not known */
	struct text failure; /* what the last answer was */
};

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_FORBIDDEN, ANSWER_FAILED };

/* RFC 4254 5.1: 1 is "administratively prohibited"; libssh has the number in its message only. */
static enum answer refusal(ssh_session session)
{
	const char *text = ssh_get_error(session);

	if (!ssh_is_connected(session))
		return ANSWER_FAILED;
	return strstr(text, "error (1)") || strstr(text, "error (3)") ? ANSWER_FORBIDDEN :
									ANSWER_NO;
}

/* A connection from the guest to itself (RFC 4254 7.2, "direct-tcpip"). */
static enum answer ask_inside(struct asking *a, const char *address, struct error *err)
{
	ssh_session session = a->guest->session;
	ssh_channel channel = ssh_channel_new(session);
	enum answer answer = ANSWER_YES;
	int rc;

	if (!channel) {
		link_error(a->guest, "open a channel to", err);
		return ANSWER_FAILED;
	}
	while ((rc = ssh_channel_open_forward(channel, address, (int)a->what->port, "127.0.0.1",
					      0)) == SSH_AGAIN) {
		if (link_wait(a->guest, NULL, 0, &a->patience, err) < 0) {
			ssh_channel_free(channel);
			return ANSWER_FAILED;
		}
	}
	if (rc != SSH_OK)
		answer = refusal(session);
	if (answer == ANSWER_FAILED)
		link_error(a->guest, "keep the connection to", err);
	ssh_channel_free(channel);
	return answer;
}

static enum answer ask_outside(struct asking *a, struct error *err)
{
	const struct dial_target to = { a->what->address, a->what->port, DIAL_MS };
	int fd = -1, code = 0;

	switch (dial_connect(&to, &a->patience, &fd, &code, err)) {
	case DIAL_YES:
		mem_close_fd(&fd);
		return ANSWER_YES;
	case DIAL_NO:
		return ANSWER_NO;
	case DIAL_FATAL:
		break;
	}
	return ANSWER_FAILED;
}

/* "CLIENT PORT SERVER PORT": what sshd tells its sessions. Behind user-mode networking only the guest knows it. */
static int learn_own_address(struct asking *a, struct error *err)
{
	cleanup_text struct text said = { 0 };
	const char *at;
	int status;

	if (run_capture(a->guest,
			&(struct run_spec){ .command = "echo \"$SSH_CONNECTION\"",
					    .deadline_ms = a->what->deadline_ms },
			&said, &status, err) < 0)
		return -1;
	at = text_str(&said);
	for (int i = 0; i < 2 && at; i++)
		at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
	a->own = at ? xstrndup(at, strcspn(at, " \r\n")) : xstrdup("");
	return 0;
}

static enum answer ask_port(struct asking *a, struct error *err)
{
	enum answer answer;

	if (!a->guest)
		return a->what->address ? ask_outside(a, err) : ANSWER_NO;
	answer = ask_inside(a, "127.0.0.1", err);
	if (answer == ANSWER_NO && !a->own && learn_own_address(a, err) < 0)
		return ANSWER_FAILED;
	if (answer == ANSWER_NO && *a->own)
		answer = ask_inside(a, a->own, err);
	if (answer == ANSWER_FORBIDDEN)
		answer = a->what->address ? ask_outside(a, err) : ANSWER_NO;
	return answer;
}

static enum answer ask_command(struct asking *a, struct error *err)
{
	cleanup_free char *command = NULL;
	cleanup_text struct text said = { 0 }, script = { 0 };
	bool may_root = false;
	int status;

	if (become_may_root(a->guest, a->what->deadline_ms, &may_root, err) < 0)
		return ANSWER_FAILED;
	text_add(&script, "exec sh -c ");
	text_add_shell_quoted(&script, a->what->command);
	command = become_command(a->guest, may_root ? NULL : a->guest->user, text_str(&script));
	if (run_capture(a->guest,
			&(struct run_spec){ .command = command,
					    .deadline_ms = a->what->deadline_ms },
			&said, &status, err) < 0)
		return ANSWER_FAILED;
	if (status == 0)
		return ANSWER_YES;
	text_reset(&a->failure);
	if (said.len)
		text_addf(&a->failure, "status %d: %.*s", status, LINE_BYTES, run_last_line(&said));
	else
		text_addf(&a->failure, "status %d", status);
	return ANSWER_NO;
}

/* ANSWER_YES as 0; -1 with err set, which is ERROR_TIMEOUT if it never was one. */
static int ask_until(struct asking *a, enum answer (*ask)(struct asking *, struct error *),
		     struct error *err)
{
	int64_t pause = PAUSE_FIRST_MS;

	for (;;) {
		enum answer answer = ask(a, err);
		int64_t until = clock_ms() + pause;

		if (answer == ANSWER_YES)
			return 0;
		if (answer == ANSWER_FAILED)
			return -1;
		do {
			if (patience_poll(&a->patience, NULL, 0, until - clock_ms(), err) < 0)
				return -1;
		} while (clock_ms() < until);
		pause = pause * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause * 2;
	}
}

static int wait_for_port(struct asking *a, struct error *err)
{
	cleanup_free char *what = xasprintf("port %u is open", a->what->port);

	if (!a->what->port)
		return 0;
	if (ask_until(a, ask_port, err) < 0)
		return err->kind != ERROR_TIMEOUT ?
			       -1 :
			       error_set(err, ERROR_TIMEOUT, "nothing listens on port %u",
					 a->what->port);
	if (a->what->reached)
		a->what->reached(a->what->ctx, what);
	return 0;
}

static int wait_for_command(struct asking *a, struct error *err)
{
	cleanup_free char *line = a->what->command ? text_shorten(a->what->command, 60) : NULL;
	cleanup_free char *what = xasprintf("'%s' succeeds", line ? line : "");

	if (!a->what->command)
		return 0;
	if (ask_until(a, ask_command, err) == 0) {
		if (a->what->reached)
			a->what->reached(a->what->ctx, what);
		return 0;
	}
	if (err->kind != ERROR_TIMEOUT)
		return -1;
	if (a->failure.len)
		return error_set(err, ERROR_TIMEOUT, "'%s' ended with %s", line,
				 text_str(&a->failure));
	return error_set(err, ERROR_TIMEOUT, "'%s' did not end", line);
}

int guest_ready(struct guest *g, const struct ready_wait *what, struct error *err)
{
	cleanup_free char *waited = xasprintf("waiting until '%s' is ready", what->machine);
	struct asking a = { .what = what,
			    .guest = g,
			    .patience = { .deadline_ms = what->deadline_ms, .what = waited } };
	int rc = wait_for_port(&a, err);

	if (rc == 0)
		rc = wait_for_command(&a, err);
	free(a.own);
	text_clear(&a.failure);
	return rc;
}
