/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of checksums as distributions publish them: "HEX  name" and "HEX *name" (GNU coreutils),
 * "SHA256 (name) = HEX" (BSD; Fedora, Rocky), and HEX alone (a file for one image). Lines of OpenPGP's
 * armour and comments are passed over.
 */
#ifndef BOXES_SUMS_H
#define BOXES_SUMS_H

#include <stddef.h>

#include "boxes/checksum.h"
#include "core/error.h"

struct sums_reader {
	/* `file` is without directory, and NULL for a line that names none; both are borrowed. */
	void (*entry)(void *ctx, const char *file, const struct checksum *c);
	void *ctx;
};

/* Tells the reader of each checksum, in the file's order. Lines that are none are passed over. */
void sums_each(const char *text, size_t len, const struct sums_reader *reader);
/*
 * The strongest checksum given for that file name (without directory); NULL: for the only file there is.
 * ERROR_NOT_FOUND if none is, ERROR_BOX if two are that differ.
 */
int sums_find(const char *text, size_t len, const char *file, struct checksum *out,
	      struct error *err);

#endif
