/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of Lua 5.4, see section 3.1 of its reference manual. */
#include "lua/token.h"

#include <ctype.h>
#include <string.h>

#include "core/mem.h"

#define TOKEN_COUNT_MAX ((size_t)1 << 20)

struct scanner {
	const char *s, *end;
	int line;
};

static int peek(const struct scanner *sc, size_t ahead)
{
	return (size_t)(sc->end - sc->s) > ahead ? (unsigned char)sc->s[ahead] : -1;
}

static void advance(struct scanner *sc)
{
	if (*sc->s == '\n')
		sc->line++;
	sc->s++;
}

/* At "[[", "[==[": the number of '=', else -1. */
static int long_bracket_level(const struct scanner *sc)
{
	int level = 0;

	if (peek(sc, 0) != '[')
		return -1;
	while (peek(sc, 1 + (size_t)level) == '=')
		level++;
	return peek(sc, 1 + (size_t)level) == '[' ? level : -1;
}

static void skip_long_bracket(struct scanner *sc, int level)
{
	sc->s += level + 2;
	for (; sc->s < sc->end; advance(sc)) {
		int n = 0;

		if (*sc->s != ']')
			continue;
		while (peek(sc, 1 + (size_t)n) == '=')
			n++;
		if (n == level && peek(sc, 1 + (size_t)n) == ']') {
			sc->s += level + 2;
			return;
		}
	}
}

static void skip_quoted(struct scanner *sc)
{
	char quote = *sc->s++;

	while (sc->s < sc->end && *sc->s != quote) {
		if (*sc->s == '\\' && sc->s + 1 < sc->end)
			advance(sc);
		advance(sc);
	}
	if (sc->s < sc->end)
		sc->s++;
}

static void skip_comment(struct scanner *sc)
{
	int level;

	sc->s += 2;
	level = long_bracket_level(sc);
	if (level >= 0) {
		skip_long_bracket(sc, level);
		return;
	}
	while (sc->s < sc->end && *sc->s != '\n')
		sc->s++;
}

static void skip_blank(struct scanner *sc)
{
	while (sc->s < sc->end) {
		if (isspace((unsigned char)*sc->s))
			advance(sc);
		else if (peek(sc, 0) == '-' && peek(sc, 1) == '-')
			skip_comment(sc);
		else
			return;
	}
}

static void skip_word(struct scanner *sc)
{
	while (sc->s < sc->end && (isalnum((unsigned char)*sc->s) || *sc->s == '_'))
		sc->s++;
}

static enum token_kind skip_token(struct scanner *sc)
{
	int c = peek(sc, 0), level = long_bracket_level(sc);

	if (c < 0)
		return TOKEN_END;
	if (isalpha(c) || c == '_') {
		skip_word(sc);
		return TOKEN_NAME;
	}
	if (isdigit(c)) {
		skip_word(sc);
		return TOKEN_NUMBER;
	}
	if (level >= 0) {
		skip_long_bracket(sc, level);
		return TOKEN_STRING;
	}
	if (c == '"' || c == '\'') {
		skip_quoted(sc);
		return TOKEN_STRING;
	}
	sc->s += strchr("=~<>", c) && peek(sc, 1) == '=' ? 2 : 1;
	return TOKEN_SYMBOL;
}

void tokens_read(struct tokens *tokens, const char *text, size_t len)
{
	struct scanner sc = { .s = text, .end = text + len, .line = 1 };
	struct token t;

	do {
		skip_blank(&sc);
		t = (struct token){ .start = (uint32_t)(sc.s - text), .line = sc.line };
		t.kind = tokens->count < TOKEN_COUNT_MAX ? skip_token(&sc) : TOKEN_END;
		t.len = (uint32_t)(sc.s - text) - t.start;
		tokens->at = xgrow(tokens->at, tokens->count, sizeof(t));
		tokens->at[tokens->count++] = t;
	} while (t.kind != TOKEN_END);
}

void tokens_clear(struct tokens *tokens)
{
	mem_free_pointer(&tokens->at);
	*tokens = (struct tokens){ 0 };
}
