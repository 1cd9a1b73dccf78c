/* SPDX-License-Identifier: Apache-2.0 */
/* A private sshd whose commands find programs of the test before those of the host, or no others. */
#ifndef TESTS_GUEST_TOOLS_H
#define TESTS_GUEST_TOOLS_H

#include "tests/guest/session.h"

/* What follows <directory>/bin in the PATH of its commands. */
static const char *tools_path = ":/usr/sbin:/usr/bin:/sbin:/bin";

/* cmocka fixture: *state is a struct sshd, as of sshd_setup(), with <directory>/bin. */
static SSHD_UNUSED int tools_setup(void **state)
{
	cleanup_text struct text conf = { 0 }, changed = { 0 };
	cleanup_free char *path = NULL, *bin = NULL;
	struct error err = { 0 };
	struct sshd *s;
	char *at;

	if (sshd_setup(state) < 0)
		return -1;
	s = *state;
	if (!s)
		return 0;
	sshd_end(s);
	path = fs_join(s->directory, "sshd_config");
	bin = fs_join(s->directory, "bin");
	if (fs_read(path, 65536, &conf, &err) < 0 || mkdir(bin, 0755) < 0)
		return -1;
	at = strstr(conf.ptr, "SetEnv ") + strlen("SetEnv ");
	text_addn(&changed, conf.ptr, (size_t)(at - conf.ptr));
	text_addf(&changed, "PATH=%s%s %s", bin, tools_path, at);
	sshd_write(path, changed.ptr, 0600);
	sshd_spawn(s);
	return 0;
}

/* A program of that name for the commands of the sshd; each of its calls adds a line to <directory>/NAME.calls. */
static SSHD_UNUSED void tools_add(const struct sshd *s, const char *name, const char *script)
{
	cleanup_free char *bin = fs_join(s->directory, "bin"), *path = fs_join(bin, name);
	cleanup_free char *content =
		xasprintf("#!/bin/sh\necho \"$*\" >>%s/%s.calls\n%s\n", s->directory, name, script);

	sshd_write(path, content, 0755);
}

static SSHD_UNUSED void tools_remove(const struct sshd *s, const char *name)
{
	cleanup_free char *path = xasprintf("%s/bin/%s", s->directory, name);

	unlink(path);
}

/* The calls of that program so far. */
static SSHD_UNUSED char *tools_calls(const struct sshd *s, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s.calls", s->directory, name);
	struct text t = { 0 };
	struct error err = { 0 };

	if (fs_read(path, 1 << 20, &t, &err) < 0)
		error_clear(&err);
	return text_take(&t);
}

/* Runs the provisioner; what it says goes to *said, its error to *err. */
static SSHD_UNUSED int tools_provision(struct guest *g, const struct provisioner *p, char **said,
				       struct error *err)
{
	struct session_output o = { 0 };
	const struct guest_output output = { session_write, &o };
	int rc = guest_provision(g, p, &output, clock_ms() + SESSION_WAIT_MS, err);

	assert_int_equal(o.streams[2].len, 0);
	*said = text_take(&o.streams[1]);
	return rc;
}

static SSHD_UNUSED void tools_says(struct guest *g, const struct provisioner *p, const char *wanted)
{
	cleanup_free char *said = NULL;
	struct error err = { 0 };

	session_check(tools_provision(g, p, &said, &err), &err);
	assert_string_equal(said, wanted);
}

/* It fails with that text. */
static SSHD_UNUSED void tools_fails(struct guest *g, const struct provisioner *p, const char *text,
				    const char *hint)
{
	cleanup_free char *said = NULL;
	cleanup_error struct error err = { 0 };

	assert_int_equal(tools_provision(g, p, &said, &err), -1);
	if (!strstr(err.text, text) || (hint && (!err.hint || !strstr(err.hint, hint))))
		print_message("# %s\n# %s\n", err.text, err.hint ? err.hint : "");
	assert_non_null(strstr(err.text, text));
	if (hint)
		assert_true(err.hint && strstr(err.hint, hint));
}

#endif
