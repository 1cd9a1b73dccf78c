/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices of this host, as sysfs has them (Documentation/ABI/testing/sysfs-class-net). */
#ifndef PROVIDERS_HOST_DEVICE_H
#define PROVIDERS_HOST_DEVICE_H

#include <stdbool.h>

#include "core/network.h"

/* The first of them that exists, or NULL. Borrowed from the list. */
const char *host_device_first(const struct strings *devices);
bool host_device_is_bridge(const char *name);
/* "br0, eth0": those that a machine can be bridged to; "" if there are none. Caller frees. */
char *host_device_list(void);

/* The devices plugged into a bridge, owned; none if it does not exist. */
struct bridge_ports {
	char **at;
	size_t count;
};

struct bridge_ports bridge_ports_read(const char *bridge);
/* Plugs those of them in that exist; what cannot be plugged in stays out. Needs root. */
void bridge_ports_plug(const struct bridge_ports *ports, const char *bridge);
void bridge_ports_clear(struct bridge_ports *ports);
#define cleanup_bridge_ports cleanup(bridge_ports_clear)

/*
 * Makes this host deaf on a bridge that it has no address on: it would else answer ARP there for the addresses of its
 * other devices, and take what is sent to them. Needs root, without which nothing is done.
 */
void host_device_silence(const char *bridge);

#endif
