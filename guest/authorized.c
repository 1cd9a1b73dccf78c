/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are told apart by their blob, as base64: options and comments may differ. */
#include "guest/authorized.h"

#include <string.h>

#include "guest/link.h"
#include "guest/run.h"

/* $f is the file behind any symlink, $t its successor with the same mode and owner. */
#define EDIT_BEGIN                                                                   \
	"set -e; umask 077; mkdir -p \"$HOME/.ssh\"; f=$HOME/.ssh/authorized_keys; " \
	"[ -e \"$f\" ] || : >\"$f\"; f=$(readlink -f \"$f\"); t=$f.bothy.$$; "       \
	"trap 'rm -f \"$t\"' EXIT; cp -p \"$f\" \"$t\"; "
/* The machine may be switched off at any moment, and an empty file would lock everyone out. */
#define EDIT_END "sync \"$t\" 2>/dev/null || :; mv -f \"$t\" \"$f\""

/* The second word; caller frees. */
static char *blob_of(const char *line)
{
	const char *at = line + strcspn(line, " \t");

	at += strspn(at, " \t");
	return xstrndup(at, strcspn(at, " \t\r\n"));
}

void authorized_remove(struct authorized_change *c, const char *blob)
{
	text_add(&c->removed, " -e ");
	text_add_shell_quoted(&c->removed, blob);
}

void authorized_add(struct authorized_change *c, const char *public_line)
{
	cleanup_free char *line = xstrndup(public_line, strcspn(public_line, "\r\n"));
	cleanup_free char *blob = blob_of(line);

	text_add(&c->added, "b=");
	text_add_shell_quoted(&c->added, blob);
	text_add(&c->added, "; k=");
	text_add_shell_quoted(&c->added, line);
	/* Files without a final newline exist; a line put behind one would spoil both keys. */
	text_add(&c->added, "; grep -qF -e \"$b\" \"$t\" || { [ ! -s \"$t\" ] || "
			    "[ -z \"$(tail -c 1 \"$t\")\" ] || echo >>\"$t\"; "
			    "printf '%s\\n' \"$k\" >>\"$t\"; }; ");
}

int authorized_apply(struct guest *g, struct authorized_change *c, int64_t deadline_ms,
		     struct error *err)
{
	cleanup_text struct text script = { 0 }, command = { 0 }, said = { 0 };
	int status, rc;

	text_add(&script, EDIT_BEGIN);
	if (c->removed.len)
		text_addf(&script, "grep -vF%s \"$f\" >\"$t\" || [ $? -eq 1 ]; ",
			  text_str(&c->removed));
	text_addf(&script, "%s" EDIT_END, text_str(&c->added));
	text_clear(&c->removed);
	text_clear(&c->added);
	text_add(&command, "exec sh -c ");
	text_add_shell_quoted(&command, script.ptr);
	rc = run_capture(g,
			 &(struct run_spec){ .command = command.ptr, .deadline_ms = deadline_ms },
			 &said, &status, err);
	if (rc < 0 || status == 0)
		return rc;
	return error_set(err, ERROR_GUEST, "status %d: %s", status, run_last_line(&said));
}

static bool has_line(const char *lines, const char *line, size_t len)
{
	for (const char *at = lines; *at;) {
		size_t here = strcspn(at, "\n");

		if (here == len && memcmp(at, line, len) == 0)
			return true;
		at += here + (at[here] == '\n');
	}
	return false;
}

int guest_authorize(struct guest *g, const char *before, const char *wanted, int64_t deadline_ms,
		    struct error *err)
{
	struct authorized_change c = { 0 };

	for (const char *at = before; *at;) {
		size_t len = strcspn(at, "\n");
		cleanup_free char *blob = blob_of(at);

		if (len && *blob && !has_line(wanted, at, len))
			authorized_remove(&c, blob);
		at += len + (at[len] == '\n');
	}
	for (const char *at = wanted; *at;) {
		size_t len = strcspn(at, "\n");

		if (len)
			authorized_add(&c, at);
		at += len + (at[len] == '\n');
	}
	if (authorized_apply(g, &c, deadline_ms, err) < 0)
		return error_wrap(err, "cannot change who may log in to '%s'", g->machine);
	return 0;
}
