/* SPDX-License-Identifier: Apache-2.0 */
/* bothy console: a machine's console, also while it boots or has no network. */
#include "cli/commands.h"
#include "cli/reach.h"

#include <unistd.h>

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 1, err);
	const struct observed_machine *have;
	struct provider *p;
	const char *machine;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find_for(s, argc, "its 'primary' does not count", err) < 0 ||
	    session_select_one(s, argc ? argv[0] : NULL, &machine, err) < 0 ||
	    session_observe(s, err) < 0)
		return -1;
	have = observed_machine(&s->observed, s->project.id, machine);
	if (!have || have->state != MACHINE_RUNNING)
		return reach_missing(s, machine, have, err);
	if (session_provider(s, have->provider, &p, err) < 0)
		return -1;
	/* What cannot be attached to has no key to leave it by. */
	if (p->ops->console_attach)
		out_warn(s->out, "console of '%s'; Ctrl-] leaves it", machine);
	return provider_console_attach(p, have->id, STDIN_FILENO, STDOUT_FILENO, err);
}

const struct command cmd_console = {
	"console", "reach", "[MACHINE]", "Attach to a machine's console; Ctrl-] leaves it", run,
};
