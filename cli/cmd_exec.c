/* SPDX-License-Identifier: Apache-2.0 */
/* bothy exec: one command with its words as they are; returns its exit status. */
#include "cli/commands.h"

#include <string.h>
#include <unistd.h>

#include "cli/reach.h"

static int exec_in(struct session *s, const char *machine, int argc, char **argv, bool tty,
		   struct error *err)
{
	cleanup_text struct text command = { 0 };
	cleanup_guest struct guest *g = NULL;
	struct guest_session session = {
		.tty = tty, .in_fd = STDIN_FILENO, .out_fd = STDOUT_FILENO, .err_fd = STDERR_FILENO
	};

	text_add_shell_words(&command, (const char *const *)(uintptr_t)argv, (size_t)argc);
	session.command = text_str(&command);
	if (reach_open(s, machine, &g, err) < 0)
		return -1;
	return guest_attach(g, &session, &s->exit_status, err);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	bool tty = false;
	const struct option_row rows[] = {
		{ 't', "tty", OPTION_FLAG, &tty, NULL, "with a terminal in the guest" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_WITH_DASHES, err), dashes = 0;
	const char *machine;

	if (rc)
		return rc < 0 ? -1 : 0;
	while (dashes < argc && strcmp(argv[dashes], "--") != 0)
		dashes++;
	if (dashes > 1 || dashes + 1 >= argc) {
		error_set(err, ERROR_USAGE,
			  dashes > 1 ? "one machine at most goes before '--'" : "no command given");
		return error_hint(err, "usage: bothy exec %s", cmd_exec.usage);
	}
	if (session_find_for(s, dashes, err) < 0)
		return -1;
	if (session_select_one(s, dashes ? argv[0] : NULL, &machine, err) < 0)
		return -1;
	return exec_in(s, machine, argc - dashes - 1, argv + dashes + 1, tty, err);
}

const struct command cmd_exec = {
	"exec",
	"reach",
	"[-t] [MACHINE] -- COMMAND [WORD…]",
	"Run a command in a machine, its words unchanged",
	run,
};
