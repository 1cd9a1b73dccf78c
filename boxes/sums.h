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

/* The strongest checksum given for that file name (without directory). ERROR_NOT_FOUND if none is. */
int sums_find(const char *text, size_t len, const char *file, struct checksum *out,
	      struct error *err);

#endif
