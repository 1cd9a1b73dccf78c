/* SPDX-License-Identifier: Apache-2.0 */
/* What tells one readiness from another. */
#include "core/readiness.h"

#include "core/mem.h"

bool readiness_is_said(const struct readiness *r)
{
	return r->port || r->command;
}

void readiness_digest(const struct readiness *r, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	cleanup_free char *port = xasprintf("%u", r->port);

	digest_add_field(d, port);
	digest_add_field(d, r->command);
	digest_finish(d, out_hex);
}
