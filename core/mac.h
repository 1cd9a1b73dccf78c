/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware addresses of network cards. */
#ifndef CORE_MAC_H
#define CORE_MAC_H

#include <stdbool.h>

#include "core/network.h"

/* "52:54:00:aa:bb:cc", with ':' or '-', in either case, to lower case with ':'. False if it is none. */
bool mac_parse(const char *text, char out[static NETWORK_MAC_BYTES]);
/* Whether a card may have it: not one of a group, and not all zero. */
bool mac_is_card(const char mac[static NETWORK_MAC_BYTES]);
/*
 * One in QEMU's range, always the same for these words, NULL-terminated, and attempt; other attempts are for where
 * that one is taken.
 */
void mac_make(const char *const *words, unsigned attempt, char out[static NETWORK_MAC_BYTES]);

#endif
