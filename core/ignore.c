/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns as in gitignore(5), each cut at its slashes once. */
#include "core/ignore.h"

#include <limits.h>
#include <string.h>

#include "core/text.h"
#include "core/wildcard.h"

/* Blanks at the end do not count, but for one behind a backslash. */
static size_t length_of(const char *pattern)
{
	size_t len = 0;

	for (size_t i = 0; pattern[i]; i++) {
		if (pattern[i] == '\\' && pattern[i + 1])
			len = ++i + 1;
		else if (pattern[i] != ' ')
			len = i + 1;
	}
	return len;
}

/*
 * The slash that ends the first name of a pattern, or the end of all; a slash in a set ends none, one behind a backslash
 * does. NULL: it matches nothing.
 */
static const char *end_of_name(const char *name, const char *end, size_t *out_len)
{
	const char *at = name;

	while (at && at < end && *at != '/') {
		bool escapes = *at == '\\' && at + 1 < end;

		*out_len = (size_t)(at - name);
		if (escapes && at[1] == '/')
			return at + 1;
		at = *at == '[' ? wildcard_behind_set(at, end) : at + (escapes ? 2 : 1);
	}
	if (at)
		*out_len = (size_t)(at - name);
	return at;
}

static void add_segment(struct ignore *ig, struct ignore_rule *rule, const char *name, size_t len)
{
	bool any = len == 2 && memcmp(name, "**", 2) == 0;

	/* "**" twice means no more than once. */
	if (any && rule->segment_count && text_equal(rule->segments[rule->segment_count - 1], "**"))
		return;
	rule->segments = arena_grow(&ig->arena, rule->segments, rule->segment_count,
				    sizeof(*rule->segments));
	rule->segments[rule->segment_count++] = arena_strndup(&ig->arena, name, len);
}

/* False if it matches nothing. */
static bool add_segments(struct ignore *ig, struct ignore_rule *rule, const char *pattern,
			 const char *end)
{
	for (const char *slash = NULL; slash != end; pattern = slash + 1) {
		size_t len = 0;

		slash = end_of_name(pattern, end, &len);
		/* No file is called ""; and rsync would take two slashes for one. */
		if (!slash || !len)
			return false;
		add_segment(ig, rule, pattern, len);
	}
	return true;
}

static void add_rule(struct ignore *ig, const char *pattern)
{
	struct ignore_rule rule = { 0 };
	size_t len = length_of(pattern);

	if (!len || pattern[0] == '#')
		return;
	rule.negated = pattern[0] == '!';
	pattern += rule.negated;
	len -= rule.negated;
	rule.directory_only = len && pattern[len - 1] == '/';
	len -= rule.directory_only;
	rule.anchored = memchr(pattern, '/', len) != NULL;
	if (len && pattern[0] == '/') {
		pattern++;
		len--;
	}
	if (!len || !add_segments(ig, &rule, pattern, pattern + len))
		return;
	ig->by_path = ig->by_path || rule.anchored;
	ig->rules = arena_grow(&ig->arena, ig->rules, ig->count, sizeof(rule));
	ig->rules[ig->count++] = rule;
}

void ignore_init(struct ignore *out, const struct strings *patterns)
{
	*out = (struct ignore){ 0 };
	ignore_add(out, patterns);
}

void ignore_add(struct ignore *ig, const struct strings *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		add_rule(ig, patterns->at[i]);
}

static bool matches_name(const char *segment, const char *name)
{
	return strpbrk(segment, "*?[\\") ? wildcard_matches(segment, name) :
					   strcmp(segment, name) == 0;
}

static bool matches_names(const char *const *segments, size_t segment_count,
			  const char *const *names, size_t name_count)
{
	size_t s = 0, n = 0, behind_any = 0, from = 0;

	while (s < segment_count || n < name_count) {
		if (s < segment_count && text_equal(segments[s], "**")) {
			if (s + 1 == segment_count)
				return n < name_count;
			behind_any = ++s;
			from = n;
			continue;
		}
		if (s < segment_count && n < name_count && matches_name(segments[s], names[n])) {
			s++;
			n++;
			continue;
		}
		/* The last "**" takes one more; what an earlier one could take instead makes no difference. */
		if (!behind_any || from == name_count)
			return false;
		s = behind_any;
		n = ++from;
	}
	return true;
}

/* Cuts the path in place; no more than PATH_MAX / 2 names fit into one. */
static size_t cut(char *path, const char **names)
{
	size_t count = 0;

	for (char *slash; (slash = strchr(path, '/')) && count < PATH_MAX / 2 - 1;
	     path = slash + 1) {
		*slash = '\0';
		names[count++] = path;
	}
	names[count++] = path;
	return count;
}

bool ignore_matches(const struct ignore *ig, const char *path, bool directory)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *names[PATH_MAX / 2];
	cleanup_free char *copy = ig->by_path ? xstrdup(path) : NULL;
	size_t name_count = copy ? cut(copy, names) : 0;

	for (size_t i = ig->count; i-- > 0;) {
		const struct ignore_rule *rule = &ig->rules[i];

		if (rule->directory_only && !directory)
			continue;
		if (rule->anchored ?
			    matches_names(rule->segments, rule->segment_count, names, name_count) :
			    matches_name(rule->segments[0], name))
			return !rule->negated;
	}
	return false;
}

bool ignore_covers(const struct ignore *ig, const char *path, bool directory)
{
	cleanup_free char *above = xstrdup(path);

	for (char *slash = strchr(above, '/'); slash; slash = strchr(slash + 1, '/')) {
		bool out;

		*slash = '\0';
		out = ignore_matches(ig, above, true);
		*slash = '/';
		if (out)
			return true;
	}
	return ignore_matches(ig, path, directory);
}

void ignore_clear(struct ignore *ig)
{
	arena_clear(&ig->arena);
	*ig = (struct ignore){ 0 };
}
