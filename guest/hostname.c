/* SPDX-License-Identifier: Apache-2.0 */
/* A running machine's name, set by one command that busybox and full systems understand alike. */
#include "guest/guest.h"

#include <string.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

/*
 * /etc/hosts is written in place: in containers it may be mounted by itself. As Debian does it, the
 * own name has the line 127.0.1.1, and there is only one of these.
 */
static const char script_end[] =
	"if [ \"$(cat /etc/hostname 2>/dev/null)\" != \"$n\" ]; then printf '%s\\n' \"$n\" >/etc/hostname; fi\n"
	"if [ \"$(uname -n)\" != \"$n\" ]; then hostname \"$n\" 2>/dev/null || "
	"hostnamectl set-hostname \"$n\" 2>/dev/null || printf '%s\\n' \"$n\" >/proc/sys/kernel/hostname; fi\n"
	"if ! grep -Eq \"^[^#]*[[:space:]]$pattern([[:space:]]|\\$)\" /etc/hosts 2>/dev/null; then\n"
	"t=$(mktemp) && { grep -v '^127[.]0[.]1[.]1[[:space:]]' /etc/hosts 2>/dev/null || :; "
	"printf '127.0.1.1\\t%s\\n' \"$names\"; } >\"$t\" && cat \"$t\" >/etc/hosts; rm -f \"$t\"; fi\n"
	"[ \"$(uname -n)\" = \"$n\" ]";

static bool is_hostname(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	return *name && *name != '-' && *name != '.' && strspn(name, letters) == strlen(name);
}

static char *script_for(const char *hostname)
{
	size_t label = strcspn(hostname, ".");
	struct text s = { 0 };

	text_addf(&s, "n=%s\nnames='%s", hostname, hostname);
	if (hostname[label])
		text_addf(&s, " %.*s", (int)label, hostname);
	text_add(&s, "'\npattern='");
	for (const char *c = hostname; *c; c++)
		text_addf(&s, *c == '.' ? "[%c]" : "%c", *c);
	text_add(&s, "'\n");
	text_add(&s, script_end);
	return text_take(&s);
}

int guest_set_hostname(struct guest *g, const char *hostname, struct error *err)
{
	cleanup_free char *script = NULL, *command = NULL;
	cleanup_text struct text said = { 0 };
	int status;

	if (!is_hostname(hostname))
		return error_set(err, ERROR_GUEST, "'%s' is no host name", hostname);
	if (become_check(g, NULL, 0, err) < 0)
		return error_wrap(err, "cannot name '%s'", g->machine);
	script = script_for(hostname);
	command = become_command(g, NULL, script);
	if (run_capture(g, &(struct run_spec){ .command = command }, &said, &status, err) < 0)
		return error_wrap(err, "cannot name '%s'", g->machine);
	if (status != 0)
		return error_set(err, ERROR_GUEST, "cannot give '%s' the host name '%s': %s",
				 g->machine, hostname, run_last_line(&said));
	return 0;
}
