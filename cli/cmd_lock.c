/* SPDX-License-Identifier: Apache-2.0 */
/* bothy lock: bothy.lock without making machines. */
#include "cli/commands.h"
#include "cli/pins.h"
#include "cli/stock.h"

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct pins_update what = { 0 };
	bool check = false;
	const struct option_row rows[] = {
		{ 0, "update", OPTION_FLAG, &what.all, NULL,
		  "take the newest boxes the file allows: all, or those named" },
		{ 0, "check", OPTION_FLAG, &check, NULL,
		  "write nothing; fail if the lock would change" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc && !what.all)
		return error_set(err, ERROR_USAGE, "names of boxes go with '--update'");
	if (check && what.all)
		return error_set(err, ERROR_USAGE, "'--check' and '--update' exclude each other");
	if (session_load(s, err) < 0 || stock_configure(s, err) < 0)
		return -1;
	if (check) {
		if (pins_check(s, err) < 0)
			return -1;
		out_info(s->out, "'%s' is as it should be", LOCKFILE_NAME);
		out_document(s->out, json_pack("{s:[]}", "changes"));
		return 0;
	}
	if (argc) {
		what.all = false;
		what.names = (struct strings){ (const char **)(uintptr_t)argv, (size_t)argc };
	}
	return session_lock(s, err) < 0 ? -1 : pins_renew(s, &what, err);
}

const struct command cmd_lock = {
	"lock",
	"keep",
	"[--update [BOX…] | --check]",
	"Write bothy.lock: the very boxes and files of a project",
	run,
};
