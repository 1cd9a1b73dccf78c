/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a port of this host. */
#ifndef CLI_PORT_HOLDER_H
#define CLI_PORT_HOLDER_H

#include <stdbool.h>

#include "core/network.h"

/*
 * "machine 'db' of the project in '/srv/shop'" if it is one whose forwarder registered in that home, else
 * "process 123 (nginx)" where /proc shows it, which for others' processes it does to root only. NULL: not known.
 * Caller frees.
 */
char *port_holder(const char *home, enum port_protocol protocol, const char *bind, unsigned port);
/*
 * Whether a port that was taken a moment ago is worth another try: nobody has it any more, or a forwarder that no project
 * in that home has: its directory was removed, and it ends once it has seen that.
 */
bool port_is_passing(const char *home, enum port_protocol protocol, const char *bind,
		     unsigned port);

#endif
