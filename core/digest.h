/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests through libcrypto's EVP. Everything of ours is identified by its SHA-256; the other
 * algorithms are for what publishers of boxes say of their files.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

#define DIGEST_HEX_BYTES 65      /* SHA-256: 64 lower-case hex digits and the NUL */
#define DIGEST_MAX_HEX_BYTES 129 /* SHA-512 */

enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA384, DIGEST_SHA1, DIGEST_MD5 };

struct digest; /* opaque, owned */

/* SHA-256. */
struct digest *digest_new(void);
/* Aborts where libcrypto is told not to know the algorithm: MD5 in FIPS mode. */
struct digest *digest_new_of(enum digest_kind kind);
void digest_add(struct digest *d, const void *data, size_t len);
/* Adds len as well, so that ("ab","c") and ("a","bc") differ. NULL counts as absent. */
void digest_add_field(struct digest *d, const char *s);
/* The file's length and bytes, read in pieces; a pipe counts as empty. */
int digest_add_file(struct digest *d, const char *path, struct error *err);
/* Writes the hex digest, DIGEST_HEX_BYTES or as long as the algorithm's is; d can only be freed afterwards. */
void digest_finish(struct digest *d, char *out_hex);
void digest_free(struct digest **d);
#define cleanup_digest cleanup(digest_free)

/* The digest of one buffer. */
void digest_of(const void *data, size_t len, char out_hex[static DIGEST_HEX_BYTES]);
/* The digest of a file's bytes and of nothing else, as sha256sum prints it. */
int digest_of_file(const char *path, char out_hex[static DIGEST_HEX_BYTES], struct error *err);
/* True for a SHA-256 as all of ours are written: 64 lower-case hex digits. NULL is none. */
bool digest_is(const char *text);

#endif
