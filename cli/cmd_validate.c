/* SPDX-License-Identifier: Apache-2.0 */
/* bothy validate: is the file right? No engine is asked. */
#include "cli/commands.h"

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_load(s, err) < 0)
		return -1;
	out_line(s->out, "'%s' is valid: %zu machine%s", s->env.file, s->env.machine_count,
		 s->env.machine_count == 1 ? "" : "s");
	out_document(s->out, json_pack("{s:b, s:I}", "valid", 1, "machines",
				       (json_int_t)s->env.machine_count));
	return 0;
}

const struct command cmd_validate = {
	"validate", "life", "", "Check the file; every mistake is listed", run,
};
