/* SPDX-License-Identifier: Apache-2.0 */
/* Names of machines on networks: each means one machine. */
#include "core/normalizer.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "core/text.h"

#define DOMAIN_SUFFIX ".test"

/* A name and whose it is. */
struct claim {
	const char *name; /* without the project's domain */
	const char *shown, *field, *file;
	int line;
	size_t machine;
	size_t order; /* in which they were made */
};

struct claims {
	struct claim *at;
	size_t count;
};

static void claim(struct claims *list, struct claim what)
{
	list->at = xgrow(list->at, list->count, sizeof(*list->at));
	what.order = list->count;
	list->at[list->count++] = what;
}

/* "web.shop.test" is "web" in the project "shop". */
static const char *short_name(const struct normalizer *n, const char *name)
{
	struct arena *a = &n->env->arena;
	char *domain = arena_printf(a, ".%s" DOMAIN_SUFFIX, n->env->project.name);
	char *lower = arena_strdup(a, name);

	text_lower(lower);
	if (text_has_suffix(lower, domain) && strlen(lower) > strlen(domain))
		lower[strlen(lower) - strlen(domain)] = '\0';
	return lower;
}

static int compare(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

static int aliases_line(const struct machine_raw *raw)
{
	const struct schema_row *hosts;
	size_t i;

	hosts = schema_find(&schema_machine, "hosts", &i);
	schema_find(hosts->sub, "aliases", &i);
	return raw->hosts.decl.lines[i] ? raw->hosts.decl.lines[i] : normalizer_line(raw, "hosts");
}

static bool has_name(const struct machine *m, const char *name)
{
	bool has = strcmp(m->name, name) == 0 || strcmp(m->hostname, name) == 0;

	for (size_t i = 0; i < m->aliases.count && !has; i++)
		has = strcmp(m->aliases.at[i], name) == 0;
	return has;
}

static void take_aliases(struct normalizer *n, size_t machine, struct claims *claims)
{
	const struct machine_raw *raw = &n->merged[machine];
	const char *file = raw->hosts.decl.file ? raw->hosts.decl.file : normalizer_file(n, raw);
	const struct strings *said = &raw->hosts.aliases;
	struct machine *m = &n->env->machines[machine];
	struct arena *a = &n->env->arena;
	int line = aliases_line(raw);

	m->aliases.at = arena_alloc(a, said->count * sizeof(*m->aliases.at));
	for (size_t i = 0; i < said->count; i++) {
		char *alias = arena_strdup(a, said->at[i]);

		if (!schema_is_host_name(alias)) {
			problems_add(n->problems, file, line,
				     "machine '%s'.hosts.aliases: '%s' is no name of a host",
				     m->name, alias);
			continue;
		}
		text_lower(alias);
		if (has_name(m, alias))
			continue;
		m->aliases.at[m->aliases.count++] = alias;
		claim(claims, (struct claim){ .name = short_name(n, alias),
					      .shown = alias,
					      .field = ".hosts.aliases",
					      .file = file,
					      .line = line,
					      .machine = machine });
	}
}

static void claim_names(struct normalizer *n, size_t machine, struct claims *claims)
{
	const struct machine *m = &n->env->machines[machine];
	struct claim what = { .name = m->name,
			      .shown = m->name,
			      .field = "",
			      .file = m->file,
			      .line = m->line,
			      .machine = machine };

	claim(claims, what);
	what.name = short_name(n, m->hostname);
	what.shown = m->hostname;
	what.field = ".hostname";
	what.line = normalizer_line(&n->merged[machine], "hostname");
	if (strcmp(m->hostname, m->name) != 0)
		claim(claims, what);
}

static void check_unique(struct normalizer *n, const struct claims *claims)
{
	const struct claim *first = claims->at;

	for (size_t i = 1; i < claims->count; i++) {
		const struct claim *c = &claims->at[i];
		const struct machine *m = &n->env->machines[c->machine];
		const struct machine *owner = &n->env->machines[first->machine];

		if (strcmp(c->name, first->name) != 0) {
			first = c;
			continue;
		}
		/* Machines of one name are reported as such. */
		if (m == owner || strcmp(m->name, owner->name) == 0)
			continue;
		problems_add(n->problems, c->file, c->line,
			     "machine '%s'%s: '%s' means machine '%s' already (%s)", m->name,
			     c->field, c->shown, owner->name,
			     normalizer_place(n, c->file, first->file, first->line));
	}
}

/* What needs a way into the machine from this host, which internal networks do not give. */
static void check_reach(struct normalizer *n, size_t machine)
{
	const struct machine *m = &n->env->machines[machine];
	const struct {
		const char *field, *what;
		bool wanted;
	} rows[] = {
		{ "provision", "to provision it", m->provision.count > 0 },
		{ "ports", "to forward ports into it", m->port_count > 0 },
		{ "hosts", "for names of it to be of use", m->on_host || m->aliases.count },
	};

	if (normalizer_has_way_in(n, machine))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].wanted)
			continue;
		problems_add(n->problems, m->file,
			     normalizer_line(&n->merged[machine], rows[i].field),
			     "machine '%s'.%s: it has cards on internal networks only, and this "
			     "host no way into it %s",
			     m->name, rows[i].field, rows[i].what);
		problems_hint(n->problems, NORMALIZER_WAY_IN_HINT);
	}
}

void normalize_names(struct normalizer *n)
{
	struct claims claims = { 0 };

	for (size_t i = 0; i < n->env->machine_count; i++) {
		n->env->machines[i].on_host = n->merged[i].hosts.on_host;
		claim_names(n, i, &claims);
	}
	/* After all names of machines: it is the alias that is wrong then. */
	for (size_t i = 0; i < n->env->machine_count; i++) {
		take_aliases(n, i, &claims);
		check_reach(n, i);
	}
	if (claims.count)
		qsort(claims.at, claims.count, sizeof(*claims.at), compare);
	check_unique(n, &claims);
	free(claims.at);
}
