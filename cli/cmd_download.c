/* SPDX-License-Identifier: Apache-2.0 */
/* bothy download: a file or directory of a machine to this host. */
#include "cli/commands.h"

#include "cli/transfer.h"
#include "guest/download.h"

static int fetch(struct session *s, int argc, char **argv, struct error *err)
{
	cleanup_transfer struct transfer t = { 0 };
	cleanup_free char *name = NULL;
	struct download d = { .progress = transfer_progress, .ctx = &t };

	if (transfer_open(s, argc, argv, &t, err) < 0)
		return -1;
	name = transfer_name(t.from, false);
	if (!t.to && !name)
		return error_set(err, ERROR_USAGE, "'%s' has no name of its own: say where to",
				 t.from);
	d.from = t.from;
	d.to = t.to ? t.to : name;
	d.owner = session_owner_of(t.session, d.to);
	if (guest_download(t.guest, &d, 0, err) < 0)
		return -1;
	if (d.left_out)
		out_warn(s->out, "warning: %zu device%s, socket%s or the like stayed behind",
			 d.left_out, d.left_out == 1 ? "" : "s", d.left_out == 1 ? "" : "s");
	transfer_done(&t, false, d.to);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 3, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	rc = fetch(s, argc, argv, err);
	if (rc < 0 && err->kind == ERROR_USAGE && !err->hint)
		error_hint(err, "usage: bothy download %s", cmd_download.usage);
	return rc;
}

const struct command cmd_download = {
	"download", "reach", "SRC [DST] [MACHINE]", "Copy a file or directory out of a machine",
	run,
};
