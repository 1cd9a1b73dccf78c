/* SPDX-License-Identifier: Apache-2.0 */
/* One script, generated from the table of paths. */
#include "guest/scrub.h"

#include <string.h>

#include "core/identity_paths.h"
#include "guest/become.h"
#include "guest/insecure.h"
#include "guest/link.h"
#include "guest/mount_script.h"
#include "guest/run.h"

/*
 * $r is the root. Mounts are left alone with all that leads to them, as a folder of the user's may be
 * mounted anywhere, even below /tmp; /proc/mounts has blanks as \040, which printf turns back.
 */
static const char functions[] =
	"mounted() {\n"
	"	while read -r device at rest; do\n"
	"		case $at in *\\\\*) at=$(printf '%b' \"$at\") ;; esac\n"
	"		case $at in \"$1\" | \"$1\"/*) return 0 ;; esac\n"
	"	done </proc/mounts\n"
	"	return 1\n"
	"}\n"
	"remove() {\n"
	"	for f; do\n"
	"		if [ -e \"$f\" ] || [ -L \"$f\" ]; then mounted \"$f\" || rm -rf \"$f\"; fi\n"
	"	done\n"
	"}\n"
	"remove_in() { remove \"$1\"/* \"$1\"/.[!.]* \"$1\"/..?*; }\n"
	"unlink_files() { for f; do [ -L \"$f\" ] || [ ! -f \"$f\" ] || remove \"$f\"; done; }\n"
	"empty() { for f; do [ -L \"$f\" ] || [ ! -f \"$f\" ] || : >\"$f\"; done; }\n";

/* What would write some of it back: cloud-init, which works on long after SSH answers, and what does at the machine's end. */
static const char calm[] =
	"if [ -z \"$r\" ] && [ -d /run/systemd/system ]; then\n"
	"	journalctl --relinquish-var >/dev/null 2>&1 || :\n"
	"	d=/run/systemd/system/systemd-random-seed.service.d\n"
	"	mkdir -p $d\n"
	"	printf '[Service]\\nExecStop=\\n' >$d/scrub.conf\n"
	"	systemctl daemon-reload || :\n"
	"fi\n"
	"if [ -z \"$r\" ] && command -v cloud-init >/dev/null 2>&1; then\n"
	"	[ ! -d /run/systemd/system ] ||\n"
	"		systemctl stop 'cloud-init*' 'cloud-config*' 'cloud-final*' >/dev/null 2>&1 || :\n"
	"	cloud-init clean --logs >/dev/null\n"
	"fi\n";

/* Written in place, since in containers it may be mounted by itself. */
static const char rename_host[] =
	"[ ! -f \"$r/etc/hostname\" ] || echo localhost >\"$r/etc/hostname\"\n"
	"if grep -q '^127[.]0[.]1[.]1[[:space:]]' \"$r/etc/hosts\" 2>/dev/null; then\n"
	"	hosts=$(grep -v '^127[.]0[.]1[.]1[[:space:]]' \"$r/etc/hosts\" || :)\n"
	"	printf '%s\\n' \"$hosts\" >\"$r/etc/hosts\"\n"
	"fi\n";

/* Folders are a machine's, not its box's. */
static const char forget_folders[] =
	"if grep -q '" MOUNT_LINES "' \"$r/etc/fstab\" 2>/dev/null; then\n"
	"	lines=$(grep -v '" MOUNT_LINES "' \"$r/etc/fstab\" || :)\n"
	"	printf '%s\\n' \"$lines\" >\"$r/etc/fstab\"\n"
	"fi\n";

/* $k is our key, $v the well-known ones; the file keeps its owner and mode. */
static const char edit_keys[] =
	"home_of() { sed -n \"s,^$1:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*,\\1,p\" \"$r/etc/passwd\"; }\n"
	"forget_key() {\n"
	"	f=$r$1/.ssh/authorized_keys\n"
	"	[ -n \"$1\" ] && [ -n \"$k\" ] && [ -f \"$f\" ] || return 0\n"
	"	t=$f.bothy.$$\n"
	"	cp -p \"$f\" \"$t\"\n"
	"	grep -vF -e \"$k\" \"$f\" >\"$t\" || [ $? -eq 1 ]\n"
	"	mv -f \"$t\" \"$f\"\n"
	"}\n"
	"let_in() {\n"
	"	[ -n \"$v\" ] && [ -n \"$1\" ] || return 0\n"
	"	d=$r$1/.ssh\n"
	"	[ -d \"$d\" ] || (umask 077 && mkdir \"$d\" && chown \"$2\" \"$d\")\n"
	"	f=$d/authorized_keys\n"
	"	[ -f \"$f\" ] || (umask 077 && : >\"$f\" && chown \"$2\" \"$f\")\n"
	"	[ ! -s \"$f\" ] || [ -z \"$(tail -c 1 \"$f\")\" ] || echo >>\"$f\"\n"
	"	printf '%s' \"$v\" | while read -r line; do\n"
	"		grep -qF -e \"$line\" \"$f\" || printf '%s\\n' \"$line\" >>\"$f\"\n"
	"	done\n"
	"}\n"
	"h=$(home_of \"$u\")\n"
	"let_in \"$h\" \"$u\"\n"
	"forget_key \"$h\"\n"
	"[ \"$u\" = root ] || forget_key \"$(home_of root)\"\n";

static const char *verb_of(enum identity_fate fate)
{
	switch (fate) {
	case IDENTITY_EMPTY:
		return "empty";
	case IDENTITY_REMOVE:
		return "remove";
	case IDENTITY_UNLINK:
		return "unlink_files";
	case IDENTITY_KEEP:
	case IDENTITY_KEYS:
	default:
		return NULL;
	}
}

/* Patterns are the shell's as they are; only it passes over names with a dot. */
static void add_path(struct text *out, const struct identity_path *p)
{
	const char *verb = verb_of(p->fate);

	if (!verb)
		return;
	if (text_has_suffix(p->pattern, "/*"))
		text_addf(out, "remove_in \"$r\"/%.*s\n", (int)strlen(p->pattern) - 2, p->pattern);
	else
		text_addf(out, "%s \"$r\"/%s\n", verb, p->pattern);
}

static void add_variable(struct text *out, const char *name, const char *value)
{
	text_addf(out, "%s=", name);
	text_add_shell_quoted(out, value);
	text_add(out, "\n");
}

/* The base64 part of "ssh-ed25519 AAAA… comment". Caller frees. */
static char *blob_of(const char *line)
{
	const char *start = line + strcspn(line, " ");

	start += strspn(start, " ");
	return xstrndup(start, strcspn(start, " \r\n"));
}

void scrub_script(const struct scrub *what, const char *user, const char *root, struct text *out)
{
	cleanup_free char *blob = what->user_public ? blob_of(what->user_public) : xstrdup("");
	const struct identity_path *paths;
	size_t count;

	text_add(out, "set -eu\nexport LC_ALL=C\n");
	add_variable(out, "r", root);
	add_variable(out, "u", user);
	add_variable(out, "k", blob);
	add_variable(out, "v", what->known_keys ? insecure_public_lines() : "");
	text_add(out, functions);
	text_add(out, calm);
	paths = identity_paths(&count);
	for (size_t i = 0; i < count; i++)
		add_path(out, &paths[i]);
	text_add(out, rename_host);
	text_add(out, forget_folders);
	text_add(out, "sync\n");
	text_add(out, edit_keys);
	text_add(out, "sync\n");
}

int guest_scrub(struct guest *g, const struct scrub *what, struct error *err)
{
	cleanup_text struct text script = { 0 }, said = { 0 };
	cleanup_free char *command = NULL;
	int status;

	if (become_check(g, NULL, what->deadline_ms, err) < 0)
		return error_wrap(err, "cannot take the identity of '%s' away", g->machine);
	scrub_script(what, g->user, "", &script);
	command = become_command(g, NULL, script.ptr);
	if (run_capture(g,
			&(struct run_spec){ .command = command, .deadline_ms = what->deadline_ms },
			&said, &status, err) < 0)
		return error_wrap(err, "cannot take the identity of '%s' away", g->machine);
	if (status != 0)
		return error_set(err, ERROR_GUEST,
				 "cannot take the identity of '%s' away: status %d: %s", g->machine,
				 status, run_last_line(&said));
	return 0;
}
