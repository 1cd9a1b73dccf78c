/* SPDX-License-Identifier: Apache-2.0 */
/* bothy forwarder-daemon: what 'up' starts in the background; nobody types it. */
#include "cli/commands.h"

#include "cli/forwarder.h"

const struct command cmd_forwarder_daemon = {
	"forwarder-daemon", "", "ROLE STATE_DIR PROJECT_ID SHORT_LIVES", "", forwarder_main,
};
