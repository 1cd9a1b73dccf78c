/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The password. It never goes into a command: it would stand in the guest's list of processes.
 */
#include "guest/password.h"

#include <string.h>

#include "guest/become.h"
#include "guest/run.h"

#define ROUNDS_MOST 8

static enum link_result judged(struct guest *g, int rc, struct error *err)
{
	switch (rc) {
	case SSH_AUTH_SUCCESS:
		return LINK_OPEN;
	case SSH_AUTH_ERROR:
		link_error(g, "log into", err);
		return LINK_BROKEN;
	default:
		return LINK_REFUSED;
	}
}

static enum link_result ask_methods(struct guest *g, int *out, struct patience *p,
				    struct error *err)
{
	int rc;

	while ((rc = ssh_userauth_none(g->session, NULL)) == SSH_AUTH_AGAIN) {
		if (link_wait(g, NULL, 0, p, err) < 0)
			return link_waiting_failed(err);
	}
	*out = ssh_userauth_list(g->session, NULL);
	return judged(g, rc, err);
}

static enum link_result by_password(struct guest *g, const char *password, struct patience *p,
				    struct error *err)
{
	int rc;

	while ((rc = ssh_userauth_password(g->session, NULL, password)) == SSH_AUTH_AGAIN) {
		if (link_wait(g, NULL, 0, p, err) < 0)
			return link_waiting_failed(err);
	}
	return judged(g, rc, err);
}

/* What would be shown as it is typed is no question for a password. */
static void answer(ssh_session session, const char *password)
{
	int count = ssh_userauth_kbdint_getnprompts(session);

	for (int i = 0; i < count; i++) {
		char echo = 1;

		ssh_userauth_kbdint_getprompt(session, (unsigned)i, &echo);
		ssh_userauth_kbdint_setanswer(session, (unsigned)i, echo ? "" : password);
	}
}

static enum link_result by_dialogue(struct guest *g, const char *password, struct patience *p,
				    struct error *err)
{
	for (int round = 0; round < ROUNDS_MOST; round++) {
		int rc;

		while ((rc = ssh_userauth_kbdint(g->session, NULL, NULL)) == SSH_AUTH_AGAIN) {
			if (link_wait(g, NULL, 0, p, err) < 0)
				return link_waiting_failed(err);
		}
		if (rc != SSH_AUTH_INFO)
			return judged(g, rc, err);
		answer(g->session, password);
	}
	return LINK_REFUSED;
}

enum link_result password_log_in(struct guest *g, const char *password, struct patience *p,
				 struct error *err)
{
	int methods = 0;
	enum link_result result = ask_methods(g, &methods, p, err);

	if (result != LINK_REFUSED)
		return result;
	if (methods & SSH_AUTH_METHOD_PASSWORD)
		return by_password(g, password, p, err);
	if (methods & SSH_AUTH_METHOD_INTERACTIVE)
		return by_dialogue(g, password, p, err);
	return LINK_REFUSED;
}

/* "*" and not "!": sshd without PAM takes the latter for an account that is locked, and refuses its keys as well. */
static char *script_for(const char *user)
{
	struct text script = { 0 };

	text_add(&script, "PATH=$PATH:/usr/sbin:/sbin; u=");
	text_add_shell_quoted(&script, user);
	text_add(&script, "; { printf '%s:*\\n' \"$u\" | chpasswd -e; } >/dev/null 2>&1 || "
			  "usermod -p '*' \"$u\"");
	return text_take(&script);
}

/* sudo that asks gets it on standard input; one that does not leaves it there, unread. */
static char *command_for(const struct guest *g, bool may_root, const char *script)
{
	struct text command = { 0 };

	if (may_root)
		return become_command(g, NULL, script);
	text_add(&command, "exec sudo -S -p '' -- sh -c ");
	text_add_shell_quoted(&command, script);
	return text_take(&command);
}

int password_take_away(struct guest *g, const char *password, int64_t deadline_ms,
		       struct error *err)
{
	cleanup_free char *script = script_for(g->user), *command = NULL;
	cleanup_free char *line = xasprintf("%s\n", password);
	const struct run_input input = { .data = line, .len = strlen(line), .fd = -1 };
	cleanup_text struct text said = { 0 };
	bool may_root;
	int status, rc;

	if (become_may_root(g, deadline_ms, &may_root, err) < 0)
		return -1;
	command = command_for(g, may_root, script);
	rc = run_capture(g,
			 &(struct run_spec){ .command = command,
					     .what = "taking the box's password away",
					     .input = may_root ? NULL : &input,
					     .deadline_ms = deadline_ms },
			 &said, &status, err);
	explicit_bzero(line, strlen(line));
	if (rc < 0 || status == 0)
		return rc;
	error_set(err, ERROR_GUEST, "cannot take the password of '%s' away in '%s': %s", g->user,
		  g->machine, run_last_line(&said));
	return error_hint(err,
			  "that takes root: the box must let '%s' use sudo, or say "
			  "ssh = { user = \"root\", … }",
			  g->user);
}
