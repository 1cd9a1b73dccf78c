/* SPDX-License-Identifier: Apache-2.0 */
/* Options that stand before the command. */
#ifndef CLI_GLOBALS_H
#define CLI_GLOBALS_H

#include "cli/session.h"

struct globals {
	struct session_options session;
	const char *color;
	bool json, quiet, verbose, help, version;
};

/*
 * Takes them off argv up to the command, and --json wherever it stands before "--". Behind the
 * command -q, -v and --no-input are understood as well: command_options() sees to that.
 */
int globals_parse(struct globals *g, int *argc, char **argv, struct error *err);
void globals_print(FILE *to);

#endif
