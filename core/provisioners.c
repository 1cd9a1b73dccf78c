/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners: from what was said to what is meant. */
#include "core/provisioners.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/normalizer.h"
#include "core/provision_ansible.h"
#include "core/provision_check.h"
#include "core/provision_digest.h"
#include "core/provision_each.h"
#include "core/provision_machine.h"
#include "core/provision_order.h"
#include "core/provision_source.h"
#include "core/stop.h"
#include "core/text.h"

const char *provisioner_kind_name(enum provisioner_kind kind)
{
	static const char *const names[] = {
		[PROVISION_SHELL] = "shell",           [PROVISION_SCRIPT] = "script",
		[PROVISION_UPLOAD] = "upload",         [PROVISION_ANSIBLE] = "ansible",
		[PROVISION_COMPOSE] = "compose",       [PROVISION_REBOOT] = "reboot",
		[PROVISION_CLOUD_INIT] = "cloud_init",
	};

	return names[kind];
}

bool provisioner_has_url(const struct provisioner *p)
{
	return p->kind == PROVISION_SCRIPT && text_has_prefix(p->from, "https://");
}

bool provisioner_is_on_host(const struct provisioner *p)
{
	return p->kind == PROVISION_ANSIBLE && p->ansible.on == ANSIBLE_ON_HOST;
}

int64_t provisioner_deadline(const struct provisioner *p)
{
	return p->timeout_s ? clock_ms() + p->timeout_s * INT64_C(1000) : 0;
}

/* The last part that names something: "conf" of "/srv/conf/" and "/srv/conf/." */
static char *base_name(const char *path, struct arena *arena)
{
	char *name = arena_strdup(arena, path), *slash;

	while ((slash = strrchr(name, '/')) && (!slash[1] || strcmp(slash, "/.") == 0))
		*slash = '\0';
	return slash ? slash + 1 : name;
}

static bool name_is_taken(const struct provisioners *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->at[i].name, name) == 0)
			return true;
	}
	return false;
}

/* "x.sh" of "https://example.org/x.sh?raw=1" */
static char *stem_of(const struct provisioner *p, struct arena *arena)
{
	size_t len = provisioner_has_url(p) ? strcspn(p->from, "?#") : strlen(p->from);

	return base_name(arena_strndup(arena, p->from, len), arena);
}

/* Which of the names made up of that stem this is, from 1; 0: none of them. */
static unsigned long number_of(const char *name, const char *stem, bool counted)
{
	size_t len = strlen(stem);
	unsigned long number;
	char *end;

	if (strncmp(name, stem, len) != 0)
		return 0;
	if (!name[len])
		return counted ? 0 : 1;
	if (name[len] != '-' || name[len + 1] < '1' || name[len + 1] > '9')
		return 0;
	number = strtoul(name + len + 1, &end, 10);
	return *end || (number == 1 && !counted) ? 0 : number;
}

/* The lowest number that is free, by one walk of the list: a file may have thousands of them. */
static unsigned long free_number(const struct provisioners *list, const char *stem, bool counted)
{
	cleanup_free bool *taken = xcalloc(list->count + 2, sizeof(*taken));
	unsigned long number = 1;

	for (size_t i = 0; i < list->count; i++) {
		number = number_of(list->at[i].name, stem, counted);
		if (number <= list->count)
			taken[number] = true;
	}
	for (number = 1; taken[number];)
		number++;
	return number;
}

static char *made_up_name(const struct provisioners *list, const struct provisioner *p,
			  struct arena *arena)
{
	bool counted = p->kind == PROVISION_SHELL || !p->from;
	const char *stem = counted ? provisioner_kind_name(p->kind) : stem_of(p, arena);
	unsigned long number = free_number(list, stem, counted);

	return number == 1 && !counted ? arena_strdup(arena, stem) :
					 arena_printf(arena, "%s-%lu", stem, number);
}

static void copy_strings(struct strings *s, struct arena *arena)
{
	const char **copy = arena_alloc(arena, s->count * sizeof(*copy));

	for (size_t i = 0; i < s->count; i++)
		copy[i] = arena_strdup(arena, s->at[i]);
	s->at = copy;
}

static void copy_vars(struct env_vars *vars, struct arena *arena)
{
	struct env_var *copy = arena_alloc(arena, vars->count * sizeof(*copy));

	for (size_t i = 0; i < vars->count; i++)
		copy[i] = (struct env_var){ arena_strdup(arena, vars->at[i].name),
					    arena_strdup(arena, vars->at[i].value) };
	vars->at = copy;
}

/* *p is a copy of what was said, whose texts belong to others. */
static void copy_values(struct provisioner *p, struct arena *arena)
{
	const char **texts[] = {
		&p->name,
		&p->content,
		&p->from,
		&p->sha256,
		&p->to,
		&p->user,
		&p->cwd,
		&p->machine,
		&p->project,
		&p->ansible.groups,
		&p->ansible.host_vars,
		&p->ansible.extra_vars,
		&p->ansible.limit,
		&p->ansible.start_at_task,
		&p->ansible.become_user,
		&p->ansible.vault_password_file,
		&p->ansible.galaxy_role_file,
		&p->ansible.galaxy_roles_path,
		&p->ansible.inventory_path,
		&p->ansible.verbose,
	};
	struct strings *lists[] = { &p->args, &p->before, &p->after, &p->ansible.tags,
				    &p->ansible.skip_tags };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = arena_strdup(arena, *texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		copy_strings(lists[i], arena);
	copy_vars(&p->env, arena);
}

/* User data that begin like none are the path of a file: https://docs.cloud-init.io/en/latest/explanation/format.html */
static void take_user_data(struct provisioner *p)
{
	if (p->kind != PROVISION_CLOUD_INIT || !p->content || p->content[0] == '#' ||
	    strncasecmp(p->content, "Content-Type:", strlen("Content-Type:")) == 0)
		return;
	p->from = p->content;
	p->content = NULL;
}

static void take_paths(struct provisioner *p, const char *directory, struct arena *arena)
{
	cleanup_free char *path = NULL;

	take_user_data(p);
	if (p->from && !provisioner_has_url(p)) {
		path = fs_join(directory, p->from);
		p->from = arena_strdup(arena, path);
	}
	ansible_take_paths(&p->ansible, directory, arena);
}

static void take_name(const struct provision_draft *d, const struct provisioners *earlier)
{
	struct arena *arena = &d->n->env->arena;

	if (d->p->name && name_is_taken(earlier, d->p->name))
		draft_problem(d, "name", "'%s' is taken", d->p->name);
	if (!d->p->name)
		d->p->name = made_up_name(earlier, d->p, arena);
}

static void take_one(const struct provision_draft *d, const struct provisioners *earlier)
{
	copy_values(d->p, &d->n->env->arena);
	if (!draft_says(d, "privileged"))
		d->p->privileged = true;
	provision_check(d);
	provision_take_machine(d);
	take_paths(d->p, d->n->conf->directory, &d->n->env->arena);
	take_name(d, earlier);
	provision_source_take(d);
}

/* The data go into the seed of the first boot, which is one document. */
static void check_one_cloud_init(const struct provisioners *list,
				 const struct provision_draft *drafts)
{
	bool seen = false;

	for (size_t i = 0; i < list->count; i++) {
		if (list->at[i].kind != PROVISION_CLOUD_INIT)
			continue;
		if (seen)
			draft_problem(&drafts[i], NULL, "a machine has one cloud_init only");
		seen = true;
	}
}

void provisioners_take(struct normalizer *n, const struct provisioners *raw,
		       const struct machine *m, const char *file, struct provisioners *out)
{
	struct arena *arena = &n->env->arena;
	struct provision_draft *drafts = arena_alloc(arena, raw->count * sizeof(*drafts));
	struct provision_each each;

	out->at = arena_alloc(arena, raw->count * sizeof(*out->at));
	out->count = 0;
	for (size_t i = 0; i < raw->count; i++) {
		struct provisioner *p = &out->at[i];

		*p = raw->at[i];
		p->decl.file = arena_strdup(arena, p->decl.file ? p->decl.file : file);
		drafts[i] = (struct provision_draft){ .n = n, .machine = m, .p = p };
		drafts[i].where =
			m ? arena_printf(arena, "machine '%s'.provision[%zu]", m->name, i + 1) :
			    arena_printf(arena, "once_all_up[%zu]", i + 1);
		take_one(&drafts[i], out);
		out->count++;
	}
	check_one_cloud_init(out, drafts);
	provision_each_take(out, drafts, &each);
	provision_order(out, drafts);
	provision_each_put(out, &each);
}

/* Machines often have the same provisioners, whose files need to be read for one of them only. */
struct digesting {
	bool trusted;
	struct digested {
		char said[DIGEST_HEX_BYTES];
		const char *digest;
	} * at;
	size_t count;
};

static int digest_one(struct digesting *all, struct provisioner *p, struct error *err)
{
	struct digested one = { .digest = p->digest };

	provision_said_digest(p, one.said);
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->at[i].said, one.said) != 0)
			continue;
		memcpy(p->digest, all->at[i].digest, DIGEST_HEX_BYTES);
		return 0;
	}
	if (provision_digest(p, all->trusted, err) < 0)
		return -1;
	all->at = xgrow(all->at, all->count, sizeof(*all->at));
	all->at[all->count++] = one;
	return 0;
}

static int digest_list(struct digesting *all, struct provisioners *list, const char *where,
		       struct error *err)
{
	/* What runs around others has theirs in its own. */
	for (size_t i = 0; i < 2 * list->count; i++) {
		struct provisioner *p = &list->at[i % list->count];

		if ((p->around != NULL) == (i >= list->count) &&
		    (p->around ? provision_digest(p, all->trusted, err) : digest_one(all, p, err)) <
			    0)
			return error_wrap(err, "%s: provisioner '%s'", where, p->name);
	}
	return 0;
}

int provisioners_digest(struct env *env, bool trusted, struct error *err)
{
	struct digesting all = { .trusted = trusted };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < env->machine_count; i++) {
		struct machine *m = &env->machines[i];
		cleanup_free char *where = xasprintf("machine '%s'", m->name);

		rc = digest_list(&all, &m->provision, where, err);
	}
	if (rc == 0)
		rc = digest_list(&all, &env->once, "once_all_up", err);
	free(all.at);
	return rc;
}
