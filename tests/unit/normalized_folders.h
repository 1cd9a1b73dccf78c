/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of a bothy.lua given as text, normalized in its own directory, which has src/, data/ and file. */
#ifndef TESTS_NORMALIZED_FOLDERS_H
#define TESTS_NORMALIZED_FOLDERS_H

#include <sys/stat.h>

#include "tests/unit/normalized.h"

static struct folder_abilities can[] = { { .has_guests = true }, { .has_guests = true }, { 0 } };

static void forget_abilities(void)
{
	memset(can, 0, sizeof(can));
	can[0].has_guests = can[1].has_guests = true;
	can[2].of[FOLDER_VIRTIOFS].why_not = "it is no machine";
}

static void make_here(struct normalized *c, const char *lua)
{
	static const char *const providers[] = { "kvm", "container", "fake", NULL };
	struct normalize_conf conf = { c->directory, NULL, providers, can, false };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	env_clear(&c->env);
	problems_clear(&c->problems);
	mkdir("src", 0755);
	mkdir("data", 0755);
	put("file", "");
	put("bothy.lua", lua);
	setenv("HOME", c->directory, 1);
	assert_int_equal(envfile_load("bothy.lua", &raw, &c->problems, &err), 0);
	normalize(&raw, &conf, &c->env, &c->problems);
	problems_sort(&c->problems);
}

/* The folders of the first machine: "SAID FROM TO KIND", FROM without the project's directory. */
static inline void assert_folders(struct normalized *c, const char *fields, const char *expected)
{
	cleanup_free char *lua = xasprintf("machine 'm' { box = 'b', %s }", fields);
	cleanup_text struct text t = { 0 };
	const struct machine *m;

	make_here(c, lua);
	if (c->problems.count)
		fail_msg("line %d: %s", c->problems.at[0].line, c->problems.at[0].text);
	m = &c->env.machines[0];
	for (size_t i = 0; i < m->folder_count; i++) {
		const struct folder *f = &m->folders[i];
		bool inside = text_has_prefix(f->from, c->directory);

		text_addf(&t, "%s %s %s %s%s%s%s\n", f->said,
			  inside ? f->from + strlen(c->directory) : f->from, f->to,
			  folder_kind_name(f->kind), f->project ? " project" : "",
			  f->outside ? " outside" : "", f->chosen ? "" : " said");
	}
	assert_string_equal(text_str(&t), expected);
}

static inline void assert_wrong(struct normalized *c, const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };

	make_here(c, lua);
	for (size_t i = 0; i < c->problems.count; i++) {
		const char *text = c->problems.at[i].text, *hint = c->problems.at[i].hint;
		const char *here = strstr(text, c->directory);

		text_addf(&t, "%d: %.*s%s%s%s%s\n", c->problems.at[i].line,
			  (int)(here ? here - text : 0), text, here ? "DIR" : "",
			  here ? here + strlen(c->directory) : text, hint ? "; hint: " : "",
			  hint ? hint : "");
	}
	assert_string_equal(text_str(&t), expected);
}

#endif
