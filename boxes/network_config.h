/* SPDX-License-Identifier: Apache-2.0 */
/* What cloud-init is told of cards (cloud-init, "Networking config Version 2", and "Events and updates"). */
#ifndef BOXES_NETWORK_CONFIG_H
#define BOXES_NETWORK_CONFIG_H

#include <jansson.h>

#include "core/seed.h"

/* The file network-config: these cards, found by their MAC, with their addresses or DHCP. NULL if a text is not UTF-8. */
json_t *network_config(const struct seed_card *cards, size_t count);
/* The setting "updates" of user-data, by which later boots obey that file as well. */
json_t *network_config_updates(void);

#endif
