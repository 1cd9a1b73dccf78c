/* SPDX-License-Identifier: Apache-2.0 */
/* The engines of one invocation, and what they say exists. */
#include "cli/session.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/folder_settle.h"

struct provider_conf session_engines_conf(const struct session *s)
{
	return (struct provider_conf){ .home = s->home, .uri = getenv("BOTHY_LIBVIRT_URI") };
}

static int provider_index(const char *name)
{
	for (int i = 0; providers[i]; i++) {
		if (strcmp(providers[i]->name, name) == 0)
			return i;
	}
	return -1;
}

int session_provider(struct session *s, const char *name, struct provider **out, struct error *err)
{
	int i = provider_index(name);
	struct provider_conf conf = session_engines_conf(s);

	if (i < 0)
		return error_set(err, ERROR_PROVIDER, "there is no provider '%s'", name);
	if (!s->providers[i] && provider_open(providers[i], &conf, &s->providers[i], err) < 0)
		return -1;
	*out = s->providers[i];
	return 0;
}

int session_engine(struct session *s, const char *engine, struct provider **out, struct error *err)
{
	const char *first = NULL;

	for (size_t i = 0; providers[i]; i++) {
		if (strcmp(providers[i]->engine, engine) != 0)
			continue;
		if (s->providers[i]) {
			*out = s->providers[i];
			return 0;
		}
		first = first ? first : providers[i]->name;
	}
	return session_provider(s, first ? first : engine, out, err);
}

static bool env_uses(const struct session *s, const char *provider)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (strcmp(s->env.machines[i].provider, provider) == 0)
			return true;
	}
	return false;
}

bool session_may_hold(const struct session *s, const struct provider_ops *ops)
{
	cleanup_free char *file = fs_join(s->home, "fake.json");
	cleanup_free char *bases = fs_join(s->home, "fake-bases");

	return ops->has_guest || fs_exists(file) || fs_exists(bases);
}

/* Whoever made them, what containers changed of a box of this store lies there. */
static bool any_container(const struct session *s)
{
	cleanup_free char *path = fs_join(s->home, "machines");
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool any = !dir && errno != ENOENT;

	while (dir && !any && (entry = readdir(dir)))
		any = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return any;
}

const struct error *session_doubt(const struct session *s, size_t provider)
{
	if (s->silent[provider].kind == ERROR_NONE ||
	    (strcmp(providers[provider]->name, "container") == 0 && !any_container(s)))
		return NULL;
	return &s->silent[provider];
}

/* An engine that was never used here is not worth a connection. */
static bool is_worth_asking(const struct session *s, const struct provider_ops *ops)
{
	return ops->has_guest ? !s->has_env || !env_uses(s, "fake") : session_may_hold(s, ops);
}

static size_t place_in_file(const struct session *s, const struct observed_machine *m)
{
	const struct machine *want = s->has_env && strcmp(m->project.id, s->project.id) == 0 ?
					     env_machine(&s->env, m->name) :
					     NULL;

	return want ? (size_t)(want - s->env.machines) : SIZE_MAX;
}

static int compare_places(const void *left, const void *right, void *ctx)
{
	const struct observed_machine *a = left, *b = right;
	size_t first = place_in_file(ctx, a), second = place_in_file(ctx, b);

	if (first != second)
		return first < second ? -1 : 1;
	return strcmp(a->name, b->name);
}

static const struct error *first_silent(const struct session *s)
{
	for (size_t i = 0; providers[i]; i++) {
		if (s->silent[i].kind != ERROR_NONE)
			return &s->silent[i];
	}
	return NULL;
}

/* `some`: those that answer will do. */
static int observe(struct session *s, bool some, size_t *out_answers, struct error *err)
{
	*out_answers = 0;
	for (size_t i = 0; providers[i]; i++) {
		bool must = !some && env_uses(s, providers[i]->name);
		cleanup_error struct error problem = { 0 };
		struct provider *p;

		if (!must && !is_worth_asking(s, providers[i]))
			continue;
		if (session_provider(s, providers[i]->name, &p, &problem) == 0 &&
		    provider_observe(p, NULL, &s->observed, &problem) == 0) {
			++*out_answers;
			continue;
		}
		if (must || problem.kind == ERROR_STOPPED)
			return error_move(err, &problem);
		error_move(&s->silent[i], &problem);
	}
	return 0;
}

static int observe_once(struct session *s, bool some, struct error *err)
{
	const struct error *why;
	size_t answers;

	if (s->has_observed)
		return 0;
	if (observe(s, some, &answers, err) < 0)
		return -1;
	why = answers || some ? NULL : first_silent(s);
	if (why) {
		error_set(err, why->kind, "%s", why->text);
		err->code = why->code;
		return why->hint ? error_hint(err, "%s", why->hint) : -1;
	}
	/* Engines list in any order; plans and tables keep that of the file. */
	if (s->observed.machine_count)
		qsort_r(s->observed.machines, s->observed.machine_count,
			sizeof(*s->observed.machines), compare_places, s);
	if (s->has_env)
		folders_settle(&s->env, &s->observed);
	s->has_observed = true;
	return 0;
}

int session_observe(struct session *s, struct error *err)
{
	return observe_once(s, false, err);
}

int session_observe_some(struct session *s, struct error *err)
{
	return observe_once(s, true, err);
}
