/* SPDX-License-Identifier: Apache-2.0 */
/* Walks table constructors by their tokens. */
#include "lua/keyline.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	const char *text;
	const struct token *t; /* never moved past the end token */
};

static bool is_token(const struct walk *w, const struct token *t, const char *s)
{
	return t->len == strlen(s) && memcmp(w->text + t->start, s, t->len) == 0 &&
	       t->kind != TOKEN_STRING;
}

static bool is_symbol(const struct walk *w, char c)
{
	return w->t->kind == TOKEN_SYMBOL && w->t->len == 1 && w->text[w->t->start] == c;
}

static bool at_end(const struct walk *w)
{
	return w->t->kind == TOKEN_END;
}

/* Strings with escapes are never equal; that only costs precision. */
static bool is_string(const struct walk *w, const struct token *t, const char *s)
{
	const char *p = w->text + t->start;
	size_t len = strlen(s), quotes = 1;

	if (t->kind != TOKEN_STRING)
		return false;
	if (*p == '[') {
		while (p[quotes] == '=')
			quotes++;
		quotes++;
	}
	if (t->len < 2 * quotes)
		return false;
	if (*p == '[' && p[quotes] == '\n' && t->len - 2 * quotes == len + 1)
		return memcmp(p + quotes + 1, s, len) == 0;
	return t->len - 2 * quotes == len && memcmp(p + quotes, s, len) == 0;
}

/* How a token changes the nesting of brackets and of blocks that end in `end` or `until`. */
static int nesting(const struct walk *w)
{
	static const char *const opening[] = { "(", "{", "[", "function", "if", "do", "repeat" };
	static const char *const closing[] = { ")", "}", "]", "end", "until" };

	for (size_t i = 0; i < ARRAY_SIZE(opening); i++)
		if (is_token(w, w->t, opening[i]))
			return 1;
	for (size_t i = 0; i < ARRAY_SIZE(closing); i++)
		if (is_token(w, w->t, closing[i]))
			return -1;
	return 0;
}

/* To the ',', ';' or closing bracket that ends an expression. */
static void skip_value(struct walk *w)
{
	int depth = 0;

	for (; !at_end(w); w->t++) {
		int change = nesting(w);

		if (depth == 0 && (change < 0 || is_symbol(w, ',') || is_symbol(w, ';')))
			return;
		depth += change;
	}
}

/* To the token behind the bracket that is open at w. */
static void skip_brackets(struct walk *w)
{
	int depth = 0;

	for (; !at_end(w); w->t++) {
		depth += nesting(w);
		if (depth == 0) {
			w->t++;
			return;
		}
	}
}

static bool is_index(const struct walk *w, const struct token *t, int index)
{
	char *end;

	return t->kind == TOKEN_NUMBER && strtol(w->text + t->start, &end, 10) == index &&
	       end == w->text + t->start + t->len;
}

/*
 * At the first token of an item: whether it is the one of `step`. Moves on to the value of a keyed
 * item; `position` counts those without a key.
 */
static bool take_key(struct walk *w, const struct keystep *step, int *position)
{
	const struct token *t = w->t;
	bool same;

	if (t[0].kind == TOKEN_NAME && is_token(w, &t[1], "=")) {
		w->t += 2;
		return step->key && is_token(w, &t[0], step->key);
	}
	if (is_symbol(w, '[')) {
		bool plain = t[1].kind != TOKEN_END && is_token(w, &t[2], "]");

		same = plain && (step->key ? is_string(w, &t[1], step->key) :
					     is_index(w, &t[1], step->index));
		skip_brackets(w);
		if (is_symbol(w, '='))
			w->t++;
		return same;
	}
	++*position;
	return !step->key && *position == step->index;
}

/* At a '{': finds the item, the last if it is there twice. w is then at its value. */
static bool find_item(struct walk *w, const struct keystep *step, int *out_line)
{
	const struct token *found = NULL;
	int position = 0;

	w->t++;
	while (!at_end(w) && !is_symbol(w, '}')) {
		const struct token *start = w->t;

		if (take_key(w, step, &position)) {
			*out_line = start->line;
			found = w->t;
		}
		skip_value(w);
		if (is_symbol(w, ',') || is_symbol(w, ';'))
			w->t++;
		else if (!is_symbol(w, '}'))
			break;
	}
	if (found)
		w->t = found;
	return found;
}

/* At the block's word: moves to the '{' of its table. */
static bool enter_block(struct walk *w, const char *name)
{
	w->t++;
	if (w->t->kind == TOKEN_STRING && name && !is_string(w, w->t, name))
		return false;
	while (w->t->kind == TOKEN_STRING)
		w->t++;
	if (is_symbol(w, '(') && !is_token(w, &w->t[1], "{"))
		skip_brackets(w);
	else if (is_symbol(w, '('))
		w->t++;
	while (w->t->kind == TOKEN_STRING)
		w->t++;
	return is_symbol(w, '{');
}

static const struct token *first_of_line(const struct tokens *tokens, int line)
{
	size_t low = 0, high = tokens->count - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tokens->at[middle].line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return &tokens->at[low];
}

/*
 * Lua gives a call the line of its argument's end where that is a long string: the word may be
 * some lines before.
 */
static bool find_call(struct walk *w, const struct block *block, const struct token *first)
{
	for (w->t = first; !at_end(w) && w->t->line <= block->place.line; w->t++) {
		const struct token *word = w->t;

		if (w->t->kind != TOKEN_NAME || !is_token(w, w->t, block->word))
			continue;
		if (enter_block(w, block->name) &&
		    (word->line == block->place.line || w->t->line == block->place.line))
			return true;
		w->t = word;
	}
	return false;
}

/* A value kept in a variable, such as `base { … }`: the only "NAME {" of the line. */
static bool find_table(struct walk *w, const struct block *block, const struct token *first)
{
	const struct token *found = NULL;

	for (w->t = first; !at_end(w) && w->t->line <= block->place.line; w->t++) {
		if (w->t->line != block->place.line || w->t->kind != TOKEN_NAME ||
		    !is_token(w, &w->t[1], "{"))
			continue;
		if (found)
			return false;
		found = &w->t[1];
	}
	w->t = found;
	return found;
}

/* Some tokens before the first of the block's line: those of upload "from" "to". */
static const struct token *start_of(const struct block *block, struct walk *w)
{
	struct source *source = block->place.source;
	const struct token *first;

	if (!source->tokens.count)
		tokens_read(&source->tokens, text_str(&source->text), source->text.len);
	w->text = text_str(&source->text);
	first = first_of_line(&source->tokens, block->place.line);
	return first - (first - source->tokens.at < 3 ? first - source->tokens.at : 3);
}

int keyline_find(const struct block *block, const struct keystep *steps, size_t count)
{
	int line = block->place.line;
	const struct token *start;
	struct walk w;

	if (!block->place.source)
		return line;
	start = start_of(block, &w);
	if (!find_call(&w, block, start) && !find_table(&w, block, start))
		return line;
	for (size_t i = 0; i < count && is_symbol(&w, '{'); i++)
		if (!find_item(&w, &steps[i], &line))
			break;
	return line;
}

int keyline_word(const struct block *block)
{
	struct walk w;

	if (!block->place.source)
		return block->place.line;
	for (w.t = start_of(block, &w); !at_end(&w) && w.t->line <= block->place.line; w.t++)
		if (w.t->kind == TOKEN_NAME && is_token(&w, w.t, block->word) &&
		    is_string(&w, &w.t[1], block->name))
			return w.t->line;
	return block->place.line;
}
