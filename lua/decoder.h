/* SPDX-License-Identifier: Apache-2.0 */
/* Where a decoder is: what lua/decode.c and the files for single kinds of fields share. */
#ifndef LUA_DECODER_H
#define LUA_DECODER_H

#include "lua/keyline.h"

#define DECODER_DEPTH_MAX 8 /* more than any schema is deep */

struct decoder {
	lua_State *L;
	const struct block *block;
	char path[256]; /* "machine 'web'.provision[2]" */
	struct keystep steps[DECODER_DEPTH_MAX];
	size_t depth;
};

/* Decodes the value at the top of the stack into out; false if there is a problem, then reported. */
typedef bool (*l_decode_fn)(struct decoder *d, void *out);

/* Of the value the decoder is at. */
int decoder_line(const struct decoder *d);
/* Into a field or an item; both return what decoder_leave() wants. The key is borrowed until then. */
size_t decoder_enter_key(struct decoder *d, const char *key);
size_t decoder_enter_item(struct decoder *d, int i);
void decoder_leave(struct decoder *d, size_t mark);

/* A problem of the value the decoder is at. Returns false. */
bool decoder_report(struct decoder *d, const char *text);
/* The same, when the value at the top of the stack is not what it should be; `advice` may be "". Returns false. */
bool decoder_report_type(struct decoder *d, const char *expected, const char *advice);

/* Each item of the list at the top. Those that are nil are left out, as `condition and item or nil` makes them. */
bool l_decode_list(struct decoder *d, l_decode_fn l_decode_item, void *out);

#endif
