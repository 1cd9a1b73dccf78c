/* SPDX-License-Identifier: Apache-2.0 */
/* A running machine's name, set by one command that busybox and full systems understand alike. */
#include "guest/hostname.h"

#include <string.h>

#include "guest/become.h"
#include "guest/guest.h"
#include "guest/link.h"
#include "guest/run.h"

/*
 * Where a machine is emulated each program that starts costs as much as hundreds of lines of a shell, and at a first
 * boot none is in memory yet: the shell does alone what it can. /etc/hosts is written in place: in containers it may be
 * mounted by itself. As Debian does it, the own name has the line 127.0.1.1 unless it has another address there; that
 * line with an earlier name goes.
 */
static const char script_end[] =
	"set -f\n"
	"look() { { read -r now </proc/sys/kernel/hostname; } 2>/dev/null || now=$(uname -n); }\n"
	"kept= fine= elsewhere= stale= cut=\n"
	"{ read -r kept </etc/hostname; } 2>/dev/null\n"
	"[ \"$kept\" = \"$n\" ] || printf '%s\\n' \"$n\" >/etc/hostname\n"
	"look\n"
	"[ \"$now\" = \"$n\" ] || { printf '%s\\n' \"$n\" >/proc/sys/kernel/hostname; } 2>/dev/null || "
	"hostname \"$n\" 2>/dev/null || hostnamectl set-hostname \"$n\" 2>/dev/null\n"
	"{ while read -r address others || { [ \"$address\" ] && cut='\\n'; }; do\n"
	"case $address in '#'*) continue ;; 127.0.1.1) line=own ;; *) line=other ;; esac\n"
	"for word in ${others%%#*}; do [ \"$word\" != \"$n\" ] || line=$line-has; done\n"
	"case $line in own) stale=yes ;; own*) fine=yes ;; other-*) elsewhere=yes ;; esac\n"
	"done </etc/hosts; } 2>/dev/null\n"
	"if [ \"$stale\" ]; then\n"
	"t=$(mktemp) && { grep -v '^[[:space:]]*127[.]0[.]1[.]1[[:space:]]' /etc/hosts || :; "
	"[ \"$elsewhere\" ] || printf '127.0.1.1\\t%s\\n' \"$names\"; } >\"$t\" && "
	"cat \"$t\" >/etc/hosts; rm -f \"$t\"\n"
	"elif [ ! \"$fine$elsewhere\" ]; then printf \"${cut}127.0.1.1\\t%s\\n\" \"$names\" >>/etc/hosts; fi\n"
	"look\n"
	"[ \"$now\" = \"$n\" ]";

static bool is_hostname(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	return *name && *name != '-' && *name != '.' && strspn(name, letters) == strlen(name);
}

char *hostname_script(const char *hostname)
{
	size_t label = strcspn(hostname, ".");
	struct text s = { 0 };

	text_addf(&s, "n=%s\nnames='%s", hostname, hostname);
	if (hostname[label])
		text_addf(&s, " %.*s", (int)label, hostname);
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
	script = hostname_script(hostname);
	command = become_command(g, NULL, script);
	if (run_capture(g, &(struct run_spec){ .command = command }, &said, &status, err) < 0)
		return error_wrap(err, "cannot name '%s'", g->machine);
	if (status != 0)
		return error_set(err, ERROR_GUEST, "cannot give '%s' the host name '%s': %s",
				 g->machine, hostname, run_last_line(&said));
	return 0;
}
