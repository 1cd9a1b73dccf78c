/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows: parsing and help. */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/vagrant_words.h"

static const struct option_row *find_long(const struct options *options, const char *name,
					  size_t len, bool *negated)
{
	*negated = false;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < options->count; i++) {
			const struct option_row *row = &options->rows[i];

			if (pass == 1 && row->type != OPTION_NO_FLAG)
				continue;
			if (strlen(row->name) == len && strncmp(row->name, name, len) == 0) {
				*negated = pass == 1;
				return row;
			}
		}
		if (len <= 3 || strncmp(name, "no-", 3) != 0)
			break;
		name += 3;
		len -= 3;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct options *options, char letter)
{
	for (size_t i = 0; i < options->count; i++) {
		if (options->rows[i].letter && options->rows[i].letter == letter)
			return &options->rows[i];
	}
	return NULL;
}

static bool takes_value(const struct option_row *row)
{
	return row->type != OPTION_FLAG && row->type != OPTION_NO_FLAG;
}

static int unknown(const struct options *options, const char *word, struct error *err)
{
	const char **names = xcalloc(options->count + 1, sizeof(*names));
	cleanup_free char *bare = xstrndup(word + (word[1] == '-' ? 2 : 1),
					   strcspn(word + 2, "=") + (word[1] != '-'));
	const char *near, *vagrant = word[1] == '-' ? vagrant_hint(VAGRANT_OPTION, bare) : NULL;

	for (size_t i = 0; i < options->count; i++)
		names[i] = options->rows[i].name;
	near = word[1] == '-' ? text_nearest(bare, names, options->count) : NULL;
	free(names);
	error_set(err, ERROR_USAGE, "there is no option '%.*s'", (int)strcspn(word, "="), word);
	if (vagrant)
		return error_hint(err, "%s", vagrant);
	return near ? error_hint(err, "did you mean '--%s'?", near) : -1;
}

static void add_strings(struct strings *s, const char *value)
{
	for (;;) {
		size_t len = strcspn(value, ",");

		if (len) {
			s->at = xgrow(s->at, s->count, sizeof(*s->at));
			s->at[s->count++] = xstrndup(value, len);
		}
		if (!value[len])
			return;
		value += len + 1;
	}
}

static bool is_one_of(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (const char *w = words; *w;) {
		size_t len = strcspn(w, "|");

		if (len == n && strncmp(w, value, n) == 0)
			return true;
		w += len + (w[len] == '|');
	}
	return false;
}

static int store(const struct option_row *row, const char *value, bool negated, struct error *err)
{
	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		return 0;
	case OPTION_NO_FLAG:
		*(enum option_choice *)row->target = negated ? CHOICE_NO : CHOICE_YES;
		return 0;
	case OPTION_STRING:
		*(const char **)row->target = value;
		return 0;
	case OPTION_STRINGS:
		add_strings(row->target, value);
		return 0;
	case OPTION_CHOICE:
		if (!is_one_of(row->arg, value))
			return error_set(err, ERROR_USAGE,
					 "option '--%s' takes one of %s, not '%s'", row->name,
					 row->arg, value);
		*(const char **)row->target = value;
		return 0;
	}
	return 0;
}

struct words {
	int count, next;
	char **at;
};

static int parse_long(const struct options *options, struct words *w, struct error *err)
{
	const char *word = w->at[w->next++], *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	bool negated;
	const struct option_row *row = find_long(options, name, len, &negated);

	if (!row)
		return unknown(options, word, err);
	if (!takes_value(row)) {
		if (equals)
			return error_set(err, ERROR_USAGE, "option '--%s' takes no value",
					 row->name);
		return store(row, NULL, negated, err);
	}
	if (!equals && w->next >= w->count)
		return error_set(err, ERROR_USAGE, "option '--%s' needs %s", row->name, row->arg);
	return store(row, equals ? equals + 1 : w->at[w->next++], false, err);
}

static int parse_letters(const struct options *options, struct words *w, struct error *err)
{
	const char *word = w->at[w->next++];

	for (const char *c = word + 1; *c; c++) {
		const struct option_row *row = find_letter(options, *c);

		if (!row)
			return error_set(err, ERROR_USAGE, "there is no option '-%c'", *c);
		if (!takes_value(row)) {
			if (store(row, NULL, false, err) < 0)
				return -1;
			continue;
		}
		if (!c[1] && w->next >= w->count)
			return error_set(err, ERROR_USAGE, "option '-%c' needs %s", *c, row->arg);
		return store(row, c[1] ? c + 1 : w->at[w->next++], false, err);
	}
	return 0;
}

int options_parse(const struct options *options, int *argc, char **argv, bool stop_at_first,
		  struct error *err)
{
	struct words w = { .count = *argc, .at = argv };
	int kept = 0;

	while (w.next < w.count) {
		const char *word = argv[w.next];
		int rc;

		if (strcmp(word, "--") == 0 || (stop_at_first && (word[0] != '-' || !word[1])))
			break;
		if (word[0] != '-' || !word[1]) {
			argv[kept++] = argv[w.next++];
			continue;
		}
		rc = word[1] == '-' ? parse_long(options, &w, err) :
				      parse_letters(options, &w, err);
		if (rc < 0)
			return -1;
	}
	while (w.next < w.count)
		argv[kept++] = argv[w.next++];
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

static int display_width(const char *s)
{
	int width = 0;

	for (; *s; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}

/* Without `to` only measures. Returns the wider of `width` and the row's own. */
static int print_row(FILE *to, const struct option_row *row, int width)
{
	cleanup_text struct text t = { 0 };
	int own;

	if (row->letter)
		text_addf(&t, "-%c, ", row->letter);
	else
		text_add(&t, "    ");
	text_addf(&t, "--%s%s", row->type == OPTION_NO_FLAG ? "[no-]" : "", row->name);
	if (row->arg)
		text_addf(&t, "=%s", row->arg);
	own = display_width(text_str(&t));
	if (to)
		fprintf(to, "  %s%*s  %s\n", text_str(&t), width - own, "", row->help);
	return own > width ? own : width;
}

void options_print(FILE *to, const struct options *options)
{
	int width = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < options->count; i++)
			width = print_row(pass ? to : NULL, &options->rows[i], width);
	}
}

json_t *options_document(const struct options *options)
{
	json_t *list = json_array();

	for (size_t i = 0; i < options->count; i++) {
		const struct option_row *row = &options->rows[i];
		char letter[2] = { row->letter, '\0' };

		json_array_append_new(list,
				      json_pack("{s:s, s:s?, s:s?, s:b, s:s}", "name", row->name,
						"letter", row->letter ? letter : NULL, "argument",
						row->arg, "negatable", row->type == OPTION_NO_FLAG,
						"help", row->help));
	}
	return list;
}
