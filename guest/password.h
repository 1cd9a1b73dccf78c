/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: the password of a box that knows nothing else, for the one login that ends it. */
#ifndef GUEST_PASSWORD_H
#define GUEST_PASSWORD_H

#include "guest/link.h"

/*
 * Tries it on a session whose host key is settled: as a password (RFC 4252 8), or where the server wants that by
 * keyboard-interactive (RFC 4256), as the answer to what is not to be seen. LINK_REFUSED leaves err alone.
 */
enum link_result password_log_in(struct guest *g, const char *password, struct patience *p,
				 struct error *err);
/*
 * Makes the login user one without a password that anybody could know; its keys go on to let it in. That takes root:
 * the user itself, or by sudo, for which the password is used where sudo asks for one.
 */
int password_take_away(struct guest *g, const char *password, int64_t deadline_ms,
		       struct error *err);

#endif
