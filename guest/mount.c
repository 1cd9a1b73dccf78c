/* SPDX-License-Identifier: Apache-2.0 */
/* One script for all folders, so that those that are mounted already cost one command. */
#include "guest/mount.h"

#include <stdlib.h>
#include <string.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/mount_script.h"
#include "guest/run.h"

/* The script's last words. */
static int explain(const struct guest *g, const struct folder *folders, size_t count,
		   const char *words, struct error *err)
{
	char *why;
	unsigned long number = strtoul(words, &why, 10);
	const struct folder *f = &folders[number];

	if (why == words || *why != ':' || number >= count)
		return error_set(err, ERROR_GUEST, "cannot mount the folders of '%s': %s",
				 g->machine, words);
	if (strcmp(why, ":unknown") != 0)
		return error_set(err, ERROR_GUEST,
				 "cannot mount folder '%s' at '%s' in '%s' (%s): %s", f->said,
				 f->to, g->machine, folder_kind_name(f->kind), why + 1);
	error_set(err, ERROR_GUEST,
		  "cannot mount folder '%s' at '%s' in '%s': its kernel knows no %s", f->said,
		  f->to, g->machine, folder_kind_name(f->kind));
	return error_hint(err, "choose kind = \"copy\" for it");
}

int guest_mount_folders(struct guest *g, const struct folder *folders, size_t count,
			int64_t deadline_ms, struct error *err)
{
	cleanup_free char *script = mount_script(folders, count, ""), *command = NULL;
	struct run_spec spec = { .deadline_ms = deadline_ms };
	cleanup_text struct text said = { 0 };
	int status;

	if (!script)
		return 0;
	if (become_check(g, NULL, deadline_ms, err) < 0)
		return error_wrap(err, "cannot mount the folders of '%s'", g->machine);
	spec.command = command = become_command(g, NULL, script);
	if (run_capture(g, &spec, &said, &status, err) < 0)
		return error_wrap(err, "cannot mount the folders of '%s'", g->machine);
	if (status != 0)
		return explain(g, folders, count, run_last_line(&said), err);
	return 0;
}
