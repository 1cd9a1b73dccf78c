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
	const char *name; /* "up", or two words: "box add" */
	const char *
		group; /* "life", "reach", "see", "keep": the sections of help; "box": below another command; "": nowhere */
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

extern const struct command cmd_logs;

extern const struct command cmd_init, cmd_validate, cmd_plan, cmd_up, cmd_halt, cmd_reload,
	cmd_destroy, cmd_provision, cmd_trust, cmd_ssh, cmd_ssh_config, cmd_exec, cmd_sync,
	cmd_console, cmd_status, cmd_list, cmd_doctor, cmd_version, cmd_help, cmd_lock, cmd_package,
	cmd_box, cmd_box_add, cmd_box_list, cmd_box_search, cmd_box_info, cmd_box_outdated,
	cmd_box_update, cmd_box_remove, cmd_box_prune, cmd_box_pack, cmd_box_build, cmd_net,
	cmd_net_partition, cmd_net_heal, cmd_port, cmd_forward, cmd_forwarder_daemon, cmd_logs,
	cmd_upload, cmd_download, cmd_rsync_shell, cmd_connection_keeper;

/* All of them in the order of help, NULL-terminated. */
extern const struct command *const commands[];
/* By name; ERROR_USAGE with the nearest one. */
const struct command *command_find(const char *name, struct error *err);
/* The one that the first word, or the first two, name; *out_used is how many words that are. */
const struct command *command_of_words(int argc, char **argv, int *out_used, struct error *err);
/* Prints the commands of a group, without their first `skip` letters. */
void commands_print(struct session *s, const char *group, size_t skip);
/*
 * Parses the options of the command s->command. Returns 1 if --help was asked for and printed (the command then
 * returns 0), 0 if it should go on, -1 with err.
 */
int command_options(struct session *s, const struct options *options, int *argc, char **argv,
		    int max_words, struct error *err);

/* Adds the command's usage as a hint; -1. */
int command_misused(const struct command *c, struct error *err);

/* For commands with --output and --force: ERROR_DECLINED if there is such a file already and it may not be replaced. */
int command_check_output(const char *path, bool force, struct error *err);

#endif
