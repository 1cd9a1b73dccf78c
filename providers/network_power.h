/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, stops and removes one network of libvirt's. */
#ifndef PROVIDERS_NETWORK_POWER_H
#define PROVIDERS_NETWORK_POWER_H

#include "providers/libvirt.h"
#include "providers/network_view.h"

/* Also if it runs already; `view` is of it. ERROR_PROVIDER if its subnet or its bridge turns out to be taken. */
int network_power_on(virNetworkPtr net, const struct network_view *view, struct error *err);
/* Also if it is off already. */
int network_power_off(virNetworkPtr net, struct error *err);
/* Stops it if need be; also if it is gone already. */
int network_power_remove(virNetworkPtr net, struct error *err);

#endif
