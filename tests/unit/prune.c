/* SPDX-License-Identifier: Apache-2.0 */
/* Which boxes may go, as a table of small stores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boxes/prune.h"
#include "core/mem.h"

#define NOW 1000000
#define MOST 12

/* "name version provider architecture content", "-" for no version; in the order of entries_load(). */
#define ONE "a 1 kvm amd64 A"
#define THREE "a 3 kvm amd64 C", "a 2 kvm amd64 B", "a 1 kvm amd64 A"

/*
 * Contents are letters: "A 10 5" has 10 bytes and was used 5 seconds ago, "A 10 5 +" is in use.
 * `goes` has a letter for each entry, then one for each content: '.' stays, o older, u unused, r no
 * room, n nothing behind it, x nameless.
 */
struct prune_case {
	const char *title;
	const char *entries[MOST], *contents[MOST];
	struct prune_rules rules;
	const char *names[3];
	const char *goes;
	uint64_t freed_bytes;
};

static const struct prune_case cases[] = {
	{ "an empty store", .goes = "/" },
	{ "the only version stays", { ONE }, { "A 10 999999" }, .goes = "./." },
	{ "older versions go",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  .goes = ".oo/oo.",
	  .freed_bytes = 30 },
	{ "not while a machine uses them",
	  { THREE },
	  { "A 10 5 +", "B 20 5", "C 40 5" },
	  .goes = ".o./.o.",
	  .freed_bytes = 20 },
	{ "names, providers and architectures are apart",
	  { "a 2 kvm amd64 A", "a 1 container amd64 B", "a 1 kvm amd64 C", "a 1 kvm arm64 D",
	    "b 1 kvm amd64 E" },
	  { "A 1 5", "B 2 5", "C 4 5", "D 8 5", "E 16 5" },
	  .goes = "..o../..o..",
	  .freed_bytes = 4 },
	{ "one without a version is older than all",
	  { "a 1 kvm amd64 A", "a - kvm amd64 B" },
	  { "A 1 5", "B 2 5" },
	  .goes = ".o/.o",
	  .freed_bytes = 2 },
	{ "content with another name stays",
	  { "a 2 kvm amd64 B", "a 1 kvm amd64 A", "b 1 kvm amd64 A" },
	  { "A 10 5", "B 20 5" },
	  .goes = ".o./.." },
	{ "content of two versions stays with the newer",
	  { "a 2 kvm amd64 A", "a 1 kvm amd64 A" },
	  { "A 10 5" },
	  .goes = ".o/." },
	{ "content that nobody names goes",
	  { ONE },
	  { "A 10 5", "B 20 5", "C 40 5 +" },
	  .goes = "./.x.",
	  .freed_bytes = 20 },
	{ "but not while it is fresh",
	  { ONE },
	  { "A 10 5", "B 20 59", "C 40 60", "D 80 -5" },
	  { .fresh_s = 60 },
	  .goes = "./..x.",
	  .freed_bytes = 40 },
	{ "fresh content that has lost its name goes",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  { .fresh_s = 60 },
	  .goes = ".oo/oo.",
	  .freed_bytes = 30 },
	{ "an entry without content goes and counts for nothing",
	  { THREE },
	  { "A 10 5", "B 20 5" },
	  .goes = "n.o/o.",
	  .freed_bytes = 10 },

	{ "keep as many as there are",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  { .keep_versions = 3 },
	  .goes = ".../..." },
	{ "keep two",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  { .keep_versions = 2 },
	  .goes = "..o/o..",
	  .freed_bytes = 10 },
	{ "what is in use is one of those kept",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5 +" },
	  { .keep_versions = 1 },
	  .goes = ".oo/oo.",
	  .freed_bytes = 30 },

	{ "unused for long",
	  { THREE },
	  { "A 10 100", "B 20 99", "C 40 101 +" },
	  { .unused_s = 100 },
	  .goes = "..u/u..",
	  .freed_bytes = 10 },
	{ "the newest one, too",
	  { ONE },
	  { "A 10 500" },
	  { .unused_s = 100 },
	  .goes = "u/u",
	  .freed_bytes = 10 },
	{ "a clock that went back makes nothing old",
	  { ONE },
	  { "A 10 -500" },
	  { .unused_s = 100 },
	  .goes = "./." },
	{ "older versions stay when only time is asked for",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  { .unused_s = 100 },
	  .goes = ".../..." },
	{ "two rules",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 500" },
	  { .unused_s = 100, .keep_versions = 2 },
	  .goes = "u.o/o.u",
	  .freed_bytes = 50 },

	{ "it all fits",
	  { THREE },
	  { "A 10 5", "B 20 5", "C 40 5" },
	  { .has_budget = true, .budget_bytes = 70 },
	  .goes = ".../..." },
	{ "what was not used for longest goes first",
	  { THREE },
	  { "A 10 5", "B 20 7", "C 40 6" },
	  { .has_budget = true, .budget_bytes = 49 },
	  .goes = "rr./.rr",
	  .freed_bytes = 60 },
	{ "and no more than has to",
	  { THREE },
	  { "A 10 5", "B 20 7", "C 40 6" },
	  { .has_budget = true, .budget_bytes = 50 },
	  .goes = ".r./.r.",
	  .freed_bytes = 20 },
	{ "what is in use takes room",
	  { THREE },
	  { "A 10 5", "B 20 7 +", "C 40 6" },
	  { .has_budget = true, .budget_bytes = 20 },
	  .goes = "r.r/r.r",
	  .freed_bytes = 50 },
	{ "a budget of nothing",
	  { THREE },
	  { "A 10 5", "B 20 7 +", "C 40 6" },
	  { .has_budget = true },
	  .goes = "r.r/r.r",
	  .freed_bytes = 50 },
	{ "nameless content makes room first",
	  { ONE },
	  { "A 10 500", "B 20 5" },
	  { .has_budget = true, .budget_bytes = 10 },
	  .goes = "./.x",
	  .freed_bytes = 20 },
	{ "fresh nameless content takes room and stays",
	  { ONE },
	  { "A 10 500", "B 20 5" },
	  { .has_budget = true, .fresh_s = 60 },
	  .goes = "r/r.",
	  .freed_bytes = 10 },
	{ "content goes with all its names",
	  { "a 1 kvm amd64 A", "b 1 kvm amd64 A" },
	  { "A 10 5" },
	  { .has_budget = true },
	  .goes = "rr/r",
	  .freed_bytes = 10 },
	{ "used at the same time: in the order of digests",
	  { "a 1 kvm amd64 B", "b 1 kvm amd64 A" },
	  { "B 10 5", "A 10 5" },
	  { .has_budget = true, .budget_bytes = 10 },
	  .goes = ".r/.r",
	  .freed_bytes = 10 },
	{ "an entry that went by another rule keeps its cause",
	  { "a 2 kvm amd64 B", "a 1 kvm amd64 A", "b 1 kvm amd64 A" },
	  { "A 10 5", "B 20 4" },
	  { .keep_versions = 1, .has_budget = true, .budget_bytes = 20 },
	  .goes = ".or/r.",
	  .freed_bytes = 10 },

	{ "only boxes of the names given",
	  { "a 2 kvm amd64 B", "a 1 kvm amd64 A", "b 2 kvm amd64 D", "b 1 kvm amd64 C" },
	  { "A 1 5", "B 2 5", "C 4 5", "D 8 5", "E 16 5" },
	  .names = { "b" },
	  .goes = "...o/..o..",
	  .freed_bytes = 4 },
	{ "a name that there is not",
	  { THREE },
	  { "A 1 5", "B 2 5", "C 4 5" },
	  .names = { "x" },
	  .goes = ".../..." },
	{ "names given leave entries without content of others",
	  { "a 1 kvm amd64 A", "b 1 kvm amd64 B" },
	  { "C 4 5" },
	  .names = { "b" },
	  .goes = ".n/." },
	{ "a budget within the names given",
	  { "a 1 kvm amd64 A", "b 1 kvm amd64 B", "c 1 kvm amd64 C" },
	  { "A 10 9", "B 20 5", "C 40 4", "D 80 500" },
	  { .has_budget = true, .budget_bytes = 130 },
	  .names = { "b", "c" },
	  .goes = ".r./.r..",
	  .freed_bytes = 20 },
	{ "content that another name means stays for the budget",
	  { "a 1 kvm amd64 A", "b 1 kvm amd64 A" },
	  { "A 10 5" },
	  { .has_budget = true },
	  .names = { "b" },
	  .goes = "../." },
	{ "a name given and unused",
	  { "a 1 kvm amd64 A", "b 1 kvm amd64 A" },
	  { "A 10 500" },
	  { .unused_s = 100 },
	  .names = { "b" },
	  .goes = ".u/." },
};

/* The words of a text, which live as long as it. */
static size_t split(char *s, char **words)
{
	size_t count = 0;

	for (char *word = strtok(s, " "); word; word = strtok(NULL, " "))
		words[count++] = word;
	return count;
}

static void read_entry(char *s, struct entry *out)
{
	char *words[5];

	assert_int_equal(split(s, words), 5);
	*out = (struct entry){ .name = words[0], .provider = words[2], .architecture = words[3] };
	out->version = strcmp(words[1], "-") == 0 ? NULL : words[1];
	memcpy(out->digest, words[4], 2);
}

static void read_content(char *s, struct prune_content *out)
{
	char *words[4];
	size_t count = split(s, words);

	*out = (struct prune_content){ .digest = words[0], .in_use = count == 4 };
	out->disk_bytes = strtoull(words[1], NULL, 10);
	out->used_at = NOW - strtoll(words[2], NULL, 10);
}

static void test_case(void **state)
{
	const struct prune_case *c = *state;
	char *lines[2 * MOST], goes[2 * MOST + 2] = "";
	struct prune_content contents[MOST];
	struct entry list[MOST];
	struct entries all = { .at = list };
	struct prune_view view = { .entries = &all, .contents = contents, .now = NOW };
	struct prune_rules rules = c->rules;
	cleanup_prune_choice struct prune_choice choice = { 0 };
	const char *names[ARRAY_SIZE(c->names)];
	size_t line_count = 0;

	for (; c->entries[all.count]; all.count++) {
		lines[line_count] = xstrdup(c->entries[all.count]);
		read_entry(lines[line_count++], &list[all.count]);
	}
	for (; c->contents[view.content_count]; view.content_count++) {
		lines[line_count] = xstrdup(c->contents[view.content_count]);
		read_content(lines[line_count++], &contents[view.content_count]);
	}
	memcpy(names, c->names, sizeof(names));
	for (rules.names.at = names; c->names[rules.names.count];)
		rules.names.count++;
	prune_choose(&view, &rules, &choice);
	for (size_t i = 0; i < all.count; i++)
		goes[i] = ".ournx"[choice.entries[i]];
	goes[all.count] = '/';
	for (size_t i = 0; i < view.content_count; i++)
		goes[all.count + 1 + i] = ".ournx"[choice.contents[i]];
	assert_string_equal(goes, c->goes);
	assert_int_equal(choice.freed_bytes, c->freed_bytes);
	while (line_count)
		free(lines[--line_count]);
}

static void every_cause_has_a_text(void **state)
{
	(void)state;
	for (enum prune_cause cause = PRUNE_STAYS; cause <= PRUNE_NAMELESS; cause++)
		assert_true(strlen(prune_cause_text(cause)) > 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 1] = { cmocka_unit_test(
		every_cause_has_a_text) };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i + 1] = (struct CMUnitTest){ .name = cases[i].title,
						    .test_func = test_case,
						    .initial_state = (void *)(uintptr_t)&cases[i] };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
