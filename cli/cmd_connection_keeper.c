/* SPDX-License-Identifier: Apache-2.0 */
/* bothy connection-keeper: what 'ssh' and 'exec' start in the background; nobody types it. */
#include "cli/commands.h"

#include "cli/shared_start.h"

const struct command cmd_connection_keeper = {
	"connection-keeper", "", "DIRECTORY", "", shared_keeper_main,
};
