/* SPDX-License-Identifier: Apache-2.0 */
/* Lua text as tokens with lines: just enough to find where a field was written. */
#ifndef LUA_TOKEN_H
#define LUA_TOKEN_H

#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_END,
	TOKEN_NAME, /* also keywords */
	TOKEN_NUMBER,
	TOKEN_STRING, /* with its quotes or brackets */
	TOKEN_SYMBOL, /* one character, but "==", "~=", "<=", ">=" are one token */
};

struct token {
	uint32_t start, len; /* bytes of the text */
	int line;
	enum token_kind kind;
};

struct tokens {
	struct token *at; /* owned; the last one is TOKEN_END */
	size_t count;
};

/* Text that is not Lua gives some tokens all the same; very long text gives those of its beginning. */
void tokens_read(struct tokens *tokens, const char *text, size_t len);
void tokens_clear(struct tokens *tokens);

#endif
