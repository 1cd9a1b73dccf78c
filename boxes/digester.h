/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that digests a file, which may still be growing, beside whoever else reads it. */
#ifndef BOXES_DIGESTER_H
#define BOXES_DIGESTER_H

#include <stdint.h>

#include "boxes/checksum.h"
#include "boxes/growing.h"
#include "core/digest.h"
#include "core/error.h"

struct digester;

/* Borrows both. `checksum` tells which algorithm besides SHA-256 to run. */
int digester_start(struct growing *file, const struct checksum *checksum, struct digester **out,
		   struct error *err);
/*
 * Waits until it has read all: the SHA-256 and how many bytes there were. ERROR_BOX if the checksum is
 * set and another one came out. Called once.
 */
int digester_finish(struct digester *d, char out_hex[static DIGEST_HEX_BYTES], uint64_t *out_bytes,
		    struct error *err);
/* Stops the thread if it still runs. */
void digester_free(struct digester **d);
#define cleanup_digester cleanup(digester_free)

#endif
