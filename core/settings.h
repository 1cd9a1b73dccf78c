/* SPDX-License-Identifier: Apache-2.0 */
/* What network_settings() and card_settings() wrote, compared. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "core/mem.h"

/*
 * What differs: "subnet=10.20.0.0/24 → 10.21.0.0/24, mtu=none → 1400, dhcp → no dhcp"; NULL if nothing does. Lives in
 * arena.
 */
const char *settings_difference(const char *old, const char *wanted, struct arena *arena);
/* The first word: the kind of a network, the name of a card's network. Lives in arena. */
const char *settings_subject(const char *settings, struct arena *arena);

#endif
