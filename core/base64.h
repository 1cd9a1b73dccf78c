/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stddef.h>

/* Standard base64 with padding (RFC 4648, section 4). Caller frees. */
char *base64_encode(const void *data, size_t len);

#endif
