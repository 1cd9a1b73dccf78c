/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box: its own commands, told apart by the second word. */
#include "cli/commands.h"

#include <string.h>

static json_t *document(void)
{
	json_t *list = json_array();

	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->group, "box") == 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name",
							      commands[i]->name, "usage",
							      commands[i]->usage, "summary",
							      commands[i]->summary));
	}
	return json_pack("{s:o}", "commands", list);
}

/* Alone it is a question. */
static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err), asked = 1;
	char *ask[] = { (char *)(uintptr_t) "--help", NULL };

	if (rc)
		return rc < 0 ? -1 : 0;
	if (s->out->json) {
		out_document(s->out, document());
		return 0;
	}
	return command_options(s, &(struct options){ 0 }, &asked, ask, 0, err) < 0 ? -1 : 0;
}

const struct command cmd_box = {
	"box", "keep", "COMMAND [WORD…]", "Add, list, update and remove boxes, or make them", run,
};
