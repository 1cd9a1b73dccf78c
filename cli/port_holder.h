/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a port of this host. */
#ifndef CLI_PORT_HOLDER_H
#define CLI_PORT_HOLDER_H

#include "core/network.h"

/*
 * "machine 'db' of the project in '/srv/shop'" if it is one whose forwarder registered in that home, else
 * "process 123 (nginx)" where /proc shows it, which for others' processes it does to root only. NULL: not known.
 * Caller frees.
 */
char *port_holder(const char *home, enum port_protocol protocol, const char *bind, unsigned port);

#endif
