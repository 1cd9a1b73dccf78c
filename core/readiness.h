/* SPDX-License-Identifier: Apache-2.0 */
/* When a machine is ready for others. */
#ifndef CORE_READINESS_H
#define CORE_READINESS_H

#include "core/decl.h"
#include "core/digest.h"

/* When a machine counts as ready for those that depend on it. */
struct readiness {
	struct decl decl;
	unsigned port;       /* 0: none; something accepts TCP connections there */
	const char *command; /* NULL: none; ends with status 0 in the guest */
	unsigned timeout_s;
};

/* Whether anything is to be waited for. */
bool readiness_is_said(const struct readiness *r);
/* Over what is waited for, not how long. */
void readiness_digest(const struct readiness *r, char out_hex[static DIGEST_HEX_BYTES]);

#endif
