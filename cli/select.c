/* SPDX-License-Identifier: Apache-2.0 */
/* Which machines the words on the command line mean. */
#include "cli/session.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "core/strings.h"

#define ID_MIN 4
#define NAMES_SHOWN 8

static void add_name(struct strings *s, const char *name)
{
	if (strings_have(s, name))
		return;
	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = xstrdup(name);
}

/* Names of the file in its order, then those that only exist. */
static void list_names(const struct session *s, struct strings *out)
{
	for (size_t i = 0; i < s->env.machine_count; i++)
		add_name(out, s->env.machines[i].name);
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];

		if (strcmp(m->project.id, s->project.id) == 0)
			add_name(out, m->name);
	}
}

/* Who could have been meant. */
static char *joined(const struct strings *all)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < all->count && i < NAMES_SHOWN; i++)
		text_addf(&t, "%s%s", i ? ", " : "", all->at[i]);
	if (all->count > NAMES_SHOWN)
		text_addf(&t, " and %zu more ('bothy status' shows them)",
			  all->count - NAMES_SHOWN);
	return text_take(&t);
}

static int hint_of_names(const struct strings *all, struct error *err)
{
	cleanup_free char *names = joined(all);

	return all->count ? error_hint(err, "its machines are %s", names) :
			    error_hint(err, "the project has no machine");
}

static int select_regex(const struct strings *all, const char *word, struct strings *out,
			struct error *err)
{
	cleanup_free char *pattern = xstrndup(word + 1, strlen(word) - 2);
	size_t before = out->count;
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return error_set(err, ERROR_USAGE, "'%s' is not a regular expression", word);
	for (size_t i = 0; i < all->count; i++) {
		if (regexec(&regex, all->at[i], 0, NULL, 0) == 0)
			add_name(out, all->at[i]);
	}
	regfree(&regex);
	if (out->count > before)
		return 0;
	error_set(err, ERROR_USAGE, "no machine matches '%s'", word);
	return hint_of_names(all, err);
}

static bool is_id(const char *word)
{
	return strlen(word) >= ID_MIN && strspn(word, "0123456789abcdef-") == strlen(word);
}

/* NULL if none, or more than one (then *many). */
static const struct observed_machine *find_id(const struct session *s, const char *word, bool *many)
{
	const struct observed_machine *found = NULL;

	*many = false;
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		if (!text_has_prefix(s->observed.machines[i].id, word))
			continue;
		*many = found != NULL;
		if (found)
			return NULL;
		found = &s->observed.machines[i];
	}
	return found;
}

/* A machine of another project makes that the project of this invocation, with its file if it has one. */
static int enter_project_of(struct session *s, const struct observed_machine *m, bool first,
			    struct error *err)
{
	cleanup_error struct error why = { 0 };

	if (!first || s->lock_fd >= 0) {
		error_set(err, ERROR_USAGE, "machine '%s' belongs to another project, in '%s'",
			  m->name, m->project.directory);
		return error_hint(err, "name machines of one project at a time");
	}
	session_leave(s);
	free(s->entered);
	s->entered = xstrdup(m->project.directory);
	s->options.directory = s->entered;
	if (session_load(s, &why) == 0 && strcmp(s->project.id, m->project.id) == 0)
		return 0;
	/* Not one of a directory above. */
	if (s->file_is_bad && strcmp(s->directory, m->project.directory) == 0) {
		if (!s->forgoes)
			return error_move(err, &why);
		session_warn_forgone(s, &why);
	}
	session_leave(s);
	return session_enter(s, m, err);
}

static int unknown_name(const struct session *s, const struct strings *all, const char *word,
			struct error *err)
{
	const char *near = text_nearest(word, all->at, all->count);

	if (!s->directory) {
		error_set(err, ERROR_USAGE,
			  "there is no machine '%s', and no 'bothy.lua' here or in any parent "
			  "directory",
			  word);
		return error_hint(err, "'bothy list' shows the machines of every project");
	}
	error_set(err, ERROR_USAGE, "there is no machine '%s'", word);
	return near ? error_hint(err, "did you mean '%s'?", near) : hint_of_names(all, err);
}

static int select_id(struct session *s, const struct strings *all, const char *word,
		     struct strings *out, struct error *err)
{
	const struct observed_machine *m;
	bool many;

	if (session_observe(s, err) < 0)
		return -1;
	m = find_id(s, word, &many);
	if (many)
		return error_set(err, ERROR_USAGE, "'%s' begins the id of more than one machine",
				 word);
	if (!m)
		return unknown_name(s, all, word, err);
	if ((!s->directory || strcmp(s->project.id, m->project.id) != 0) &&
	    enter_project_of(s, m, out->count == 0, err) < 0)
		return -1;
	add_name(out, m->name);
	return 0;
}

static int select_word(struct session *s, const struct strings *all, const char *word,
		       struct strings *out, struct error *err)
{
	size_t len = strlen(word);

	if (strings_have(all, word)) {
		add_name(out, word);
		return 0;
	}
	if (len > 2 && word[0] == '/' && word[len - 1] == '/')
		return select_regex(all, word, out, err);
	if (is_id(word))
		return select_id(s, all, word, out, err);
	return unknown_name(s, all, word, err);
}

bool session_may_leave(const struct session *s, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (is_id(argv[i]) && !env_machine(&s->env, argv[i]))
			return true;
	}
	return !s->directory;
}

int session_select(struct session *s, int argc, char **argv, struct strings *out, struct error *err)
{
	struct strings chosen = { 0 };
	int rc = 0;

	if (argc && session_observe(s, err) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < argc; i++) {
		struct strings all = { 0 };

		/* Anew for each word, since an id may have led into another project. */
		list_names(s, &all);
		rc = select_word(s, &all, argv[i], &chosen, err);
		strings_free(&all);
	}
	if (rc < 0) {
		strings_free(&chosen);
		return -1;
	}
	*out = chosen;
	return 0;
}

/* Of those that exist, since no file says which it is. */
static int select_only_one(struct session *s, const char **out_name, struct error *err)
{
	const struct observed_machine *found = NULL;
	size_t count = 0;

	if (session_observe(s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		if (strcmp(s->observed.machines[i].project.id, s->project.id) != 0)
			continue;
		found = &s->observed.machines[i];
		count++;
	}
	if (count == 1) {
		*out_name = found->name;
		return 0;
	}
	error_set(err, ERROR_USAGE, "which machine? %zu of the project exist", count);
	return error_hint(err, "name one; 'bothy status' shows them");
}

static int select_default(struct session *s, const char **out_name, struct error *err)
{
	cleanup_free char *names = NULL;
	struct strings all = { 0 };

	if (!s->has_env)
		return select_only_one(s, out_name, err);
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (s->env.machines[i].primary || s->env.machine_count == 1) {
			*out_name = s->env.machines[i].name;
			return 0;
		}
	}
	list_names(s, &all);
	names = joined(&all);
	strings_free(&all);
	error_set(err, ERROR_USAGE, "which machine? The project has %zu", s->env.machine_count);
	return error_hint(err, "name one of %s; or give one of them 'primary = true'", names);
}

int session_select_one(struct session *s, const char *word, const char **out_name,
		       struct error *err)
{
	char *argv[] = { (char *)(uintptr_t)word };
	struct strings chosen = { 0 };
	const struct observed_machine *m;
	const struct machine *want;

	if (!word)
		return select_default(s, out_name, err);
	/* A name of the file is nobody else's, so no engine need be asked. */
	want = env_machine(&s->env, word);
	if (want) {
		*out_name = want->name;
		return 0;
	}
	if (session_select(s, 1, argv, &chosen, err) < 0)
		return -1;
	if (chosen.count != 1) {
		strings_free(&chosen);
		return error_set(err, ERROR_USAGE, "'%s' means more than one machine", word);
	}
	m = observed_machine(&s->observed, s->project.id, chosen.at[0]);
	if (m)
		*out_name = m->name;
	else
		*out_name = env_machine(&s->env, chosen.at[0])->name;
	strings_free(&chosen);
	return 0;
}

int session_select_running(struct session *s, struct strings *out, struct error *err)
{
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];
		const struct machine *want = s->has_env ? env_machine(&s->env, m->name) : NULL;

		if (m->state != MACHINE_RUNNING || !text_equal(m->project.id, s->project.id) ||
		    (want && want->no_guest))
			continue;
		out->at = xgrow(out->at, out->count, sizeof(*out->at));
		out->at[out->count++] = xstrdup(m->name);
	}
	if (out->count)
		return 0;
	error_set(err, ERROR_NOT_FOUND, "no machine is running");
	return error_hint(err, "bothy up");
}
