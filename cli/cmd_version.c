/* SPDX-License-Identifier: Apache-2.0 */
/* bothy version: its own only; nobody is asked for a newer one. */
#include "cli/commands.h"

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	out_line(s->out, "bothy %s", BOTHY_VERSION);
	out_document(s->out, json_pack("{s:s}", "version", BOTHY_VERSION));
	return 0;
}

const struct command cmd_version = {
	"version", "see", "", "Print the version", run,
};
