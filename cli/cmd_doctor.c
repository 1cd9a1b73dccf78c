/* SPDX-License-Identifier: Apache-2.0 */
/* bothy doctor: what is missing on this host, and the command that mends it. */
#include "cli/commands.h"

#include <stdlib.h>

static json_t *problems_document(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s?}", "message", problems->at[i].text,
						"hint", problems->at[i].hint));
	return json_pack("{s:o}", "problems", list);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct provider_conf conf = { .home = s->home, .uri = getenv("BOTHY_LIBVIRT_URI") };
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err);
	struct problems found = { 0 };

	if (rc)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; providers[i]; i++)
		providers[i]->report(&conf, &found);
	problems_sort(&found);
	for (size_t i = 0; i < found.count; i++) {
		out_line(s->out, "%s%s%s", out_color(s->out, COLOR_YELLOW), found.at[i].text,
			 out_color(s->out, COLOR_PLAIN));
		if (found.at[i].hint)
			out_line(s->out, "  hint: %s", found.at[i].hint);
	}
	out_document(s->out, problems_document(&found));
	if (found.count == 0)
		out_line(s->out, "all is well: VMs run by KVM, containers by libvirt's LXC driver");
	s->exit_status = found.count ? 1 : 0;
	problems_clear(&found);
	return 0;
}

const struct command cmd_doctor = {
	"doctor", "see", "", "Explain what is missing on this host, and how to mend it", run,
};
