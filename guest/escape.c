/* SPDX-License-Identifier: Apache-2.0 */
/* Typed text, looked at as it goes by. */
#include "guest/escape.h"

bool escape_typed(struct escape *e, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (e->at == ESCAPE_TILDE && data[i] == '.')
			return true;
		if (data[i] == '\r' || data[i] == '\n')
			e->at = ESCAPE_LINE_BEGINS;
		else if (e->at == ESCAPE_LINE_BEGINS && data[i] == '~')
			e->at = ESCAPE_TILDE;
		else
			e->at = ESCAPE_INSIDE;
	}
	return false;
}
