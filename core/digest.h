/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 through libcrypto's EVP. It lives in core because boxes, provisioners and project ids all
 * need the same digest.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stddef.h>

#include "core/error.h"

#define DIGEST_HEX_BYTES 65 /* 64 lower-case hex digits and the NUL */

struct digest; /* opaque, owned */

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *data, size_t len);
/* Adds len as well, so that ("ab","c") and ("a","bc") differ. NULL counts as absent. */
void digest_add_field(struct digest *d, const char *s);
/* The file's length and bytes, read in pieces. */
int digest_add_file(struct digest *d, const char *path, struct error *err);
/* Writes the hex digest; d can only be freed afterwards. */
void digest_finish(struct digest *d, char out_hex[static DIGEST_HEX_BYTES]);
void digest_free(struct digest **d);
#define cleanup_digest cleanup(digest_free)

/* The digest of one buffer. */
void digest_of(const void *data, size_t len, char out_hex[static DIGEST_HEX_BYTES]);

#endif
