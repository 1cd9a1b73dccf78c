/* SPDX-License-Identifier: Apache-2.0 */
/* bothy rsync-shell: what rsync starts when 'sync' runs it; nobody types it. */
#include "cli/commands.h"

#include "cli/rsyncshell.h"

const struct command cmd_rsync_shell = {
	"rsync-shell", "", "SOCKET HOST COMMAND [WORD…]", "", rsyncshell_main,
};
