/* SPDX-License-Identifier: Apache-2.0 */
/* Words, most of them KEY=VALUE. */
#include "core/settings.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"

#define KEY_SUBJECT "" /* the first word has no key */
#define KEY_MAC "mac"  /* nor has a hardware address */

struct word {
	const char *key;
	const char *value; /* NULL: the key alone says it */
};

/* The n-th word; false behind the last one. */
static bool word_at(const char *settings, size_t n, struct arena *a, struct word *out)
{
	const char *at = settings;
	size_t len = strcspn(at, " ");
	char *text, *equals;

	for (size_t i = 0; i < n; i++) {
		at += len;
		at += strspn(at, " ");
		len = strcspn(at, " ");
	}
	if (len == 0)
		return false;
	text = arena_strndup(a, at, len);
	equals = strchr(text, '=');
	if (n == 0) {
		*out = (struct word){ KEY_SUBJECT, text };
	} else if (equals) {
		*equals = '\0';
		*out = (struct word){ text, equals + 1 };
	} else {
		*out = strchr(text, ':') ? (struct word){ KEY_MAC, text } :
					   (struct word){ text, NULL };
	}
	return true;
}

/* All values of the key, joined; false if it is not there. */
static bool value_of(const char *settings, const char *key, struct arena *a, const char **out)
{
	cleanup_text struct text values = { 0 };
	bool found = false;
	struct word w;

	for (size_t i = 0; word_at(settings, i, a, &w); i++) {
		if (strcmp(w.key, key) != 0)
			continue;
		text_addf(&values, "%s%s", values.len ? "," : "", w.value ? w.value : "");
		found = true;
	}
	*out = arena_strdup(a, text_str(&values));
	return found;
}

static void add_difference(struct text *t, const char *key, const char *old, const char *wanted)
{
	const char *value = old ? old : wanted;

	text_add(t, t->len ? ", " : "");
	if (!*value)
		text_addf(t, "%s%s → %s%s", old ? "" : "no ", key, old ? "no " : "", key);
	else
		text_addf(t, "%s%s%s → %s", key, *key ? "=" : "", old ? old : "none",
			  wanted ? wanted : "none");
}

static void compare_key(struct text *t, const char *old, const char *wanted, const char *key,
			struct arena *a)
{
	const char *from, *to;
	bool had = value_of(old, key, a, &from), has = value_of(wanted, key, a, &to);

	if (had != has || strcmp(from, to) != 0)
		add_difference(t, key, had ? from : NULL, has ? to : NULL);
}

/* Whether a word before the n-th has that key. */
static bool came_before(const char *settings, size_t n, const char *key, struct arena *a)
{
	struct word w;

	for (size_t i = 0; i < n && word_at(settings, i, a, &w); i++) {
		if (strcmp(w.key, key) == 0)
			return true;
	}
	return false;
}

const char *settings_difference(const char *old, const char *wanted, struct arena *arena)
{
	cleanup_text struct text t = { 0 };
	struct arena scratch = { 0 };
	struct word w;

	for (size_t i = 0; word_at(wanted, i, &scratch, &w); i++) {
		if (!came_before(wanted, i, w.key, &scratch))
			compare_key(&t, old, wanted, w.key, &scratch);
	}
	for (size_t i = 0; word_at(old, i, &scratch, &w); i++) {
		if (!came_before(old, i, w.key, &scratch) &&
		    !came_before(wanted, SIZE_MAX, w.key, &scratch))
			compare_key(&t, old, wanted, w.key, &scratch);
	}
	arena_clear(&scratch);
	return t.len ? arena_strdup(arena, text_str(&t)) : NULL;
}

const char *settings_subject(const char *settings, struct arena *arena)
{
	return arena_strndup(arena, settings, strcspn(settings, " "));
}
