/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a box takes the keys of a machine that is made from it, as bits, since a box may do so in several ways; and the
 * words for that in files: a list of "credentials", "nocloud", "known_key".
 */
#ifndef CORE_FIRST_BOOT_H
#define CORE_FIRST_BOOT_H

#include <stdbool.h>

#include <jansson.h>

enum first_boot {
	FIRST_BOOT_CREDENTIALS = 1 << 0, /* systemd (252 and later) reads them from SMBIOS */
	FIRST_BOOT_NOCLOUD = 1 << 1,     /* cloud-init reads them from a disk labelled "cidata" */
	FIRST_BOOT_KNOWN_KEY = 1 << 2, /* it lets Vagrant's well-known key in, which is replaced */
};

/* The bit of a word; 0 for NULL and what is no word of these. */
unsigned first_boot_bit(const char *word);
/* The words of all bits. */
json_t *first_boot_list(unsigned bits);
/* The bits of a list of words; false, and *out as it was, if it is no such list. */
bool first_boot_read(const json_t *list, unsigned *out);

#endif
