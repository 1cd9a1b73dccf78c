/* SPDX-License-Identifier: Apache-2.0 */
/* bothy ssh: a shell in a machine, one command, or the system's ssh with words of its own. */
#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/reach.h"
#include "cli/sshconfig.h"

/* ssh closes every descriptor above 2 when it starts, so its config has to be a file with a name. */
static int write_config(struct session *s, const char *machine, const char *path, struct error *err)
{
	cleanup_text struct text config = { 0 };

	if (sshconfig_add(s, machine, NULL, &config, err) < 0)
		return -1;
	return fs_write(path, text_str(&config), config.len, 0644, &s->owner, err);
}

/* `ssh -F CONFIG MACHINE WORDS`: ssh takes options after the host as well, so all keep their order. */
static int exec_system_ssh(struct session *s, const char *machine, int argc, char **argv,
			   struct error *err)
{
	cleanup_free const char **words = xcalloc((size_t)argc + 5, sizeof(*words));
	cleanup_free char *path = session_machine_path(s, machine, "ssh_config");
	int count = 0;

	if (write_config(s, machine, path, err) < 0)
		return -1;
	words[count++] = "ssh";
	words[count++] = "-F";
	words[count++] = path;
	words[count++] = machine;
	for (int i = 0; i < argc; i++)
		words[count++] = argv[i];
	execvp("ssh", (char *const *)(uintptr_t)words);
	return error_errno(err, errno, "cannot run 'ssh'");
}

static int open_shell(struct session *s, const char *machine, const char *command,
		      enum option_choice tty, struct error *err)
{
	struct guest_session session = { .command = command,
					 .in_fd = STDIN_FILENO,
					 .out_fd = STDOUT_FILENO,
					 .err_fd = STDERR_FILENO };
	cleanup_guest struct guest *g = NULL;

	session.tty = tty == CHOICE_UNSET ? !command && isatty(STDIN_FILENO) : tty == CHOICE_YES;
	if (reach_open(s, machine, &g, err) < 0)
		return -1;
	return guest_attach(g, &session, &s->exit_status, err);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	const char *command = NULL, *machine;
	enum option_choice tty = CHOICE_UNSET;
	const struct option_row rows[] = {
		{ 'c', "command", OPTION_STRING, &command, "COMMAND",
		  "run this and return its exit status" },
		{ 't', "tty", OPTION_NO_FLAG, &tty, NULL,
		  "with or without a terminal in the guest" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_WITH_DASHES, err), dashes = 0;

	if (rc)
		return rc < 0 ? -1 : 0;
	while (dashes < argc && strcmp(argv[dashes], "--") != 0)
		dashes++;
	if (dashes > 1)
		return error_set(err, ERROR_USAGE, "one word too many: '%s'", argv[1]);
	if (session_find_for(s, dashes, err) < 0)
		return -1;
	if (session_select_one(s, dashes ? argv[0] : NULL, &machine, err) < 0)
		return -1;
	if (dashes < argc)
		return exec_system_ssh(s, machine, argc - dashes - 1, argv + dashes + 1, err);
	return open_shell(s, machine, command, tty, err);
}

const struct command cmd_ssh = {
	"ssh", "reach", "[-c COMMAND] [MACHINE] [-- SSH-WORDS…]", "Log in to a machine", run,
};
