/* SPDX-License-Identifier: Apache-2.0 */
/* Ports as people write and read them. */
#ifndef CLI_PORTSPEC_H
#define CLI_PORTSPEC_H

#include "core/error.h"
#include "core/network.h"

/*
 * "[BIND:]HOST:GUEST[/udp]" with ports or ranges of the same length ("9000-9010:9000-9010"), an IPv6 address in
 * brackets. out->bind lives in the arena. ERROR_USAGE.
 */
int portspec_parse(const char *text, struct arena *arena, struct port *out, struct error *err);
/* "127.0.0.1:8080", "[::1]:9000-9010": a range of `count`. Caller frees. */
char *portspec_host(const char *bind, unsigned first, unsigned count);
/* "80", "9000-9010/udp": the guest's side. Caller frees. */
char *portspec_guest(enum port_protocol protocol, unsigned first, unsigned count);
/* The same as bothy.lua has it: "[8080] = 80", or a table where that takes more. Caller frees. */
char *portspec_field(const struct port *p);

#endif
