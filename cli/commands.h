/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands. To add one: write cli/cmd_NAME.c in the shape of cli/cmd_halt.c, declare its entry
 * here, add it to the table in commands.c, describe it in bothy.1 (a test looks for it).
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"
#include "cli/session.h"

struct command {
	const char *name;
	const char *group;   /* "life", "reach", "see": the sections of help */
	const char *usage;   /* words after the name: "[OPTIONS] [MACHINE…]" */
	const char *summary; /* one line */
	/* The rest of the words; 0, or -1 with err. A status that is no error goes to s->exit_status. */
	int (*run)(struct session *s, int argc, char **argv, struct error *err);
};

/* How many words a command takes, where it is not a number. */
enum {
	WORDS_ANY = -1,
	WORDS_WITH_DASHES = -2, /* any, and "--" stays among them: what follows is not ours */
};

extern const struct command cmd_init, cmd_validate, cmd_plan, cmd_up, cmd_halt, cmd_reload,
	cmd_destroy, cmd_provision, cmd_ssh, cmd_ssh_config, cmd_exec, cmd_console, cmd_status,
	cmd_list, cmd_doctor, cmd_version, cmd_help;

/* All of them in the order of help, NULL-terminated. */
extern const struct command *const commands[];
/* By name; ERROR_USAGE with the nearest one. */
const struct command *command_find(const char *name, struct error *err);
/*
 * Parses the options of the command s->command. Returns 1 if --help was asked for and printed (the command then
 * returns 0), 0 if it should go on, -1 with err.
 */
int command_options(struct session *s, const struct options *options, int *argc, char **argv,
		    int max_words, struct error *err);

#endif
