/* SPDX-License-Identifier: Apache-2.0 */
/* Rebooting a machine from inside. */
#include "guest/reboot.h"

#include <string.h>

#include "core/stop.h"
#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

/* A machine that goes down may take the answer with it. */
#define ANSWER_MS 10000

int guest_boot_mark(struct guest *g, int64_t deadline_ms, char **out, struct error *err)
{
	/* The name in the second field may hold blanks and parentheses. */
	static const char script[] =
		"exec sh -c 'read -r b </proc/sys/kernel/random/boot_id; read -r s </proc/1/stat; "
		"set -- ${s##*) }; [ -n \"${20}\" ] && echo \"mark:$b/${20}\"' 2>&1";
	cleanup_text struct text said = { 0 };
	char *mark;
	int status;

	if (run_capture(g, &(struct run_spec){ .command = script, .deadline_ms = deadline_ms },
			&said, &status, err) < 0)
		return -1;
	mark = status == 0 ? run_marked(&said, "mark:") : NULL;
	if (!mark)
		return error_set(err, ERROR_GUEST, "cannot tell when '%s' booted: %s", g->machine,
				 run_last_line(&said));
	*out = mark;
	return 0;
}

int guest_ask_reboot(struct guest *g, int64_t deadline_ms, struct error *err)
{
	static const char script[] =
		"PATH=$PATH:/usr/sbin:/sbin; "
		"if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then systemctl reboot; "
		"elif command -v reboot >/dev/null; then reboot; "
		"elif command -v busybox >/dev/null; then busybox reboot; "
		"elif command -v shutdown >/dev/null; then shutdown -r now; "
		"else echo 'it has no program that reboots' >&2; exit 1; fi";
	cleanup_free char *command = become_command(g, NULL, script);
	cleanup_text struct text said = { 0 };
	int64_t answer_ms = clock_ms() + ANSWER_MS;
	int status = 0;

	if (become_check(g, NULL, deadline_ms, err) < 0)
		return error_wrap(err, "cannot reboot '%s'", g->machine);
	if (deadline_ms && deadline_ms < answer_ms)
		answer_ms = deadline_ms;
	if (run_capture(g, &(struct run_spec){ .command = command, .deadline_ms = answer_ms },
			&said, &status, err) < 0) {
		if (err->kind == ERROR_STOPPED)
			return -1;
		error_clear(err);
		return 0;
	}
	/* Ended by a signal: by what it began. */
	if (status == 0 || status > 128)
		return 0;
	return error_set(err, ERROR_GUEST, "cannot reboot '%s': %s", g->machine,
			 run_last_line(&said));
}
