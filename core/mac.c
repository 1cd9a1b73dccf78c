/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and making up. */
#include "core/mac.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "core/mem.h"

#define GROUP_DIGITS "13579bdf" /* the lowest bit of the first byte, IEEE 802 8.2.2 */

bool mac_parse(const char *text, char out[static NETWORK_MAC_BYTES])
{
	char mac[NETWORK_MAC_BYTES];

	if (strlen(text) != NETWORK_MAC_BYTES - 1)
		return false;
	for (size_t i = 0; i < NETWORK_MAC_BYTES - 1; i++) {
		bool between = i % 3 == 2;

		if (between ? text[i] != text[2] || !strchr(":-", text[i]) :
			      !isxdigit((unsigned char)text[i]))
			return false;
		mac[i] = (char)(between ? ':' : tolower((unsigned char)text[i]));
	}
	memcpy(out, mac, NETWORK_MAC_BYTES - 1);
	out[NETWORK_MAC_BYTES - 1] = '\0';
	return true;
}

bool mac_is_card(const char mac[static NETWORK_MAC_BYTES])
{
	return !strchr(GROUP_DIGITS, mac[1]) && strcmp(mac, "00:00:00:00:00:00") != 0;
}

void mac_make(const char *const *words, unsigned attempt, char out[static NETWORK_MAC_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	cleanup_free char *salt = xasprintf("%u", attempt);
	char hex[DIGEST_HEX_BYTES];

	for (; *words; words++)
		digest_add_field(d, *words);
	digest_add_field(d, salt);
	digest_finish(d, hex);
	/* 52:54:00 is the prefix QEMU and libvirt use for what they make up. */
	snprintf(out, NETWORK_MAC_BYTES, "52:54:00:%.2s:%.2s:%.2s", hex, hex + 2, hex + 4);
}
