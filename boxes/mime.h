/* SPDX-License-Identifier: Apache-2.0 */
/* Several texts for cloud-init as one (RFC 2046, multipart/mixed; cloud-init, "User data formats"). */
#ifndef BOXES_MIME_H
#define BOXES_MIME_H

#include <stddef.h>

/*
 * In their order. A text that is a MIME message already becomes a part with the parts of its own; of any other
 * one cloud-init sees by its first line what it is. Caller frees.
 */
char *mime_mixed(const char *const *texts, size_t count);

#endif
