/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root becomes others by su, which every system has; others become root and anyone by sudo, which
 * must not ask for a password.
 */
#include "guest/become.h"

#include <stdlib.h>
#include <string.h>

#include "guest/link.h"
#include "guest/run.h"

bool become_is_name(const char *user)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-$";

	return *user && *user != '-' && *user != '.' && strspn(user, letters) == strlen(user);
}

char *become_command(const struct guest *g, const char *user, const char *script)
{
	const char *wanted = user ? user : "root";
	cleanup_text struct text at_home = { 0 };
	struct text command = { 0 };

	text_addf(&at_home, "cd \"$HOME\" 2>/dev/null || cd /; %s", script);
	if (text_equal(wanted, g->user))
		text_add(&command, "exec sh -c ");
	else if (text_equal(g->user, "root"))
		text_addf(&command, "exec su -s /bin/sh %s -c ", wanted);
	else if (text_equal(wanted, "root"))
		text_add(&command, "exec sudo -n -H -- sh -c ");
	else
		text_addf(&command, "exec sudo -n -H -u %s -- sh -c ", wanted);
	text_add_shell_quoted(&command, at_home.ptr);
	return text_take(&command);
}

int become_may_root(struct guest *g, int64_t deadline_ms, bool *out, struct error *err)
{
	cleanup_free char *command = become_command(g, NULL, "true");
	const struct run_spec spec = { .command = command, .deadline_ms = deadline_ms };
	int status;

	if (text_equal(g->user, "root"))
		g->root = ROOT_SELF;
	if (g->root == ROOT_UNKNOWN) {
		if (run_command(g, &spec, &status, err) < 0)
			return -1;
		g->root = status == 0 ? ROOT_SUDO : ROOT_NONE;
	}
	*out = g->root != ROOT_NONE;
	return 0;
}

static int cannot_become(const struct guest *g, const char *wanted, const char *cause,
			 struct error *err)
{
	error_set(err, ERROR_GUEST, "cannot become '%s' in '%s' as '%s': %s", wanted, g->machine,
		  g->user, cause);
	if (text_equal(g->user, "root"))
		return error_hint(err, "let an earlier provisioner add it: useradd -m %s", wanted);
	return error_hint(err,
			  "the box must have sudo and let '%s' use it without a password "
			  "(/etc/sudoers.d: %s ALL=(ALL) NOPASSWD: ALL), or say user = \"%s\"",
			  g->user, g->user, g->user);
}

int become_check(struct guest *g, const char *user, int64_t deadline_ms, struct error *err)
{
	const char *wanted = user ? user : "root";
	cleanup_text struct text said = { 0 };
	cleanup_free char *command = NULL;
	int status;

	if (!become_is_name(wanted))
		return error_set(err, ERROR_GUEST, "'%s' is no name of a user", wanted);
	if (text_equal(wanted, g->user) || text_equal(wanted, g->became))
		return 0;
	command = become_command(g, user, "true");
	if (run_capture(g, &(struct run_spec){ .command = command, .deadline_ms = deadline_ms },
			&said, &status, err) < 0)
		return -1;
	if (status != 0)
		return cannot_become(g, wanted, run_last_line(&said), err);
	free(g->became);
	g->became = xstrdup(wanted);
	return 0;
}
