/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_raw → env. Merging goes by schema rows; what no single row can judge (references between
 * machines, names, files) is checked here. Provisioners have a file of their own.
 */
#include "core/normalize.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/depends.h"
#include "core/inherit.h"
#include "core/normalizer.h"
#include "core/provisioners.h"
#include "core/schema.h"
#include "core/text.h"
#include "core/vagrant_words.h"

/* With a machine's name and an id it has to fit where libvirt makes files of it. */
#define PROJECT_NAME_MAX 40

void project_id_of(const char *directory, char out[static ENV_ID_BYTES])
{
	char hex[DIGEST_HEX_BYTES];

	digest_of(directory, strlen(directory), hex);
	memcpy(out, hex, ENV_ID_BYTES - 1);
	out[ENV_ID_BYTES - 1] = '\0';
}

int normalizer_line(const struct machine_raw *m, const char *key)
{
	size_t i;

	if (schema_find(&schema_machine, key, &i) && (m->decl.set >> i & 1) && m->decl.lines[i])
		return m->decl.lines[i];
	return m->decl.line;
}

const char *normalizer_file(const struct normalizer *n, const struct machine_raw *m)
{
	return m->decl.file ? m->decl.file : n->raw->file;
}

const char *normalizer_place(const struct normalizer *n, const char *from, const char *file,
			     int line)
{
	bool here = text_equal(from, file);

	return arena_printf(&n->env->arena, "%s%s%d", here ? "line " : file, here ? "" : ":", line);
}

const char *normalizer_where(const struct normalizer *n, const struct machine *m, const char *where)
{
	return text_has_prefix(where, "machine ") ?
		       where :
		       arena_printf(&n->env->arena, "machine '%s': %s", m->name, where);
}

static bool is_set(const struct machine_raw *m, const char *key)
{
	size_t i;

	return schema_find(&schema_machine, key, &i) && (m->decl.set >> i & 1);
}

/* What was said wrongly is reported already, and is not missing. */
bool normalizer_says(const struct machine_raw *m, const char *key)
{
	size_t i;

	return schema_find(&schema_machine, key, &i) && (m->decl.said >> i & 1);
}

static struct strings copy_strings(struct arena *a, const struct strings *from)
{
	struct strings s = { .count = from->count };

	s.at = arena_alloc(a, s.count * sizeof(*s.at));
	for (size_t i = 0; i < s.count; i++)
		s.at[i] = arena_strdup(a, from->at[i]);
	return s;
}

bool normalizer_failed(const struct machine_raw *m, const char *key)
{
	return normalizer_says(m, key) && !is_set(m, key);
}

bool normalizer_has_way_in(const struct normalizer *n, size_t machine)
{
	const struct machine *m = &n->env->machines[machine];

	return m->card_count == 0 || normalizer_failed(&n->merged[machine], "networks") ||
	       machine_login_card(n->env, m);
}

static const char *checksum_hex(const char *given)
{
	const char *hex = text_has_prefix(given, "sha256:") ? given + strlen("sha256:") : given;

	if (strlen(hex) != DIGEST_HEX_BYTES - 1 ||
	    strspn(hex, "0123456789abcdefABCDEF") != strlen(hex))
		return NULL;
	return hex;
}

static void take_checksum(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	struct arena *a = &n->env->arena;
	const char *hex;
	char *lower;

	if (!raw->box_checksum)
		return;
	hex = checksum_hex(raw->box_checksum);
	if (!hex) {
		problems_add(n->problems, normalizer_file(n, raw),
			     normalizer_line(raw, "box_checksum"),
			     "machine '%s'.box_checksum: expected \"sha256:\" and 64 hex digits",
			     m->name);
		return;
	}
	lower = arena_strdup(a, hex);
	text_lower(lower);
	m->box_checksum = lower;
}

static void take_box(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	struct arena *a = &n->env->arena;

	if (!normalizer_says(raw, "box"))
		problems_add(n->problems, normalizer_file(n, raw), raw->decl.line,
			     "machine '%s': no box given", m->name);
	m->box = arena_strdup(a, raw->box);
	m->box_version = arena_strdup(a, raw->box_version);
	m->box_architecture = arena_strdup(a, raw->box_architecture);
	m->box_urls = copy_strings(a, &raw->box_url);
	for (size_t i = 0; i < m->box_urls.count; i++)
		if (!*m->box_urls.at[i])
			problems_add(n->problems, normalizer_file(n, raw),
				     normalizer_line(raw, "box_url"),
				     "machine '%s'.box_url[%zu]: the string is empty", m->name,
				     i + 1);
	take_checksum(n, raw, m);
}

static void take_provider(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	const char *wanted = raw->provider ? raw->provider : n->conf->provider;
	size_t count = 0;

	if (!wanted)
		wanted = n->conf->providers[0];
	for (; n->conf->providers[count]; count++) {
		if (strcmp(n->conf->providers[count], wanted) == 0) {
			m->provider = n->conf->providers[count];
			return;
		}
	}
	const char *near = text_nearest(wanted, n->conf->providers, count);
	const char *vagrant = vagrant_hint(VAGRANT_PROVIDER, wanted);
	cleanup_free char *hint = vagrant ? xasprintf("; %s", vagrant) :
				  near    ? xasprintf("; did you mean '%s'?", near) :
					    xstrdup("");
	problems_add(n->problems, normalizer_file(n, raw), normalizer_line(raw, "provider"),
		     "machine '%s'.provider: there is no provider '%s'%s", m->name, wanted, hint);
	m->provider = n->conf->providers[0];
}

static void take_name(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	m->name = arena_strdup(&n->env->arena, raw->name);
	m->file = arena_strdup(&n->env->arena, normalizer_file(n, raw));
	m->line = raw->decl.line;
	for (const struct machine *other = n->env->machines; other < m; other++) {
		if (strcmp(other->name, m->name) != 0)
			continue;
		problems_add(n->problems, m->file, m->line,
			     "machine '%s' is declared twice; the first is in %s", m->name,
			     normalizer_place(n, m->file, other->file, other->line));
		return;
	}
}

static void take_machine(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	struct arena *a = &n->env->arena;

	take_name(n, raw, m);
	take_provider(n, raw, m);
	take_box(n, raw, m);
	m->hostname = arena_strdup(a, raw->hostname ? raw->hostname : m->name);
	m->cpus = is_set(raw, "cpus") ? raw->cpus : 1;
	m->memory_mib = is_set(raw, "memory") ? raw->memory_mib : 512;
	m->disk_mib = raw->disk_mib;
	m->primary = raw->primary;
	m->autostart = is_set(raw, "autostart") ? raw->autostart : true;
	m->boot_timeout_s = is_set(raw, "boot_timeout") ? raw->boot_timeout_s : 300;
	m->halt_timeout_s = is_set(raw, "halt_timeout") ? raw->halt_timeout_s : 60;
	m->post_up_message = arena_strdup(a, raw->post_up_message);
	m->ssh_port = raw->ssh.port ? raw->ssh.port : 22;
	m->accel = raw->kvm.accel;
	m->command = copy_strings(a, &raw->container.command);
	provisioners_take(n, &raw->provision, m, normalizer_file(n, raw), &m->provision);
}

static void check_primary(struct normalizer *n)
{
	const struct machine *first = NULL;

	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct machine *m = &n->env->machines[i];

		if (m->primary && first)
			problems_add(n->problems, m->file, m->line,
				     "machine '%s'.primary: '%s' is the primary machine already",
				     m->name, first->name);
		else if (m->primary)
			first = m;
	}
}

/* A name every host on the network can use: the directory's if nothing was said. */
static void take_project(struct normalizer *n)
{
	struct project *p = &n->env->project;
	const char *slash = strrchr(n->conf->directory, '/');
	const char *given = n->raw->project;
	char *name = arena_strdup(&n->env->arena, given             ? given :
						  slash && slash[1] ? slash + 1 :
								      "project");
	size_t len = 0;

	project_id_of(n->conf->directory, p->id);
	p->directory = arena_strdup(&n->env->arena, n->conf->directory);
	if (given && (!schema_is_name(given) || strlen(given) > PROJECT_NAME_MAX)) {
		problems_add(n->problems, n->raw->file, n->raw->project_line,
			     "project '%s': not a usable name", given);
		problems_hint(n->problems,
			      "use lower-case letters, digits and inner hyphens, at most %d",
			      PROJECT_NAME_MAX);
	}
	for (const char *c = name; *c && len < PROJECT_NAME_MAX; c++) {
		if (isalnum((unsigned char)*c) && (unsigned char)*c < 128)
			name[len++] = (char)tolower((unsigned char)*c);
		else if (len && name[len - 1] != '-')
			name[len++] = '-';
	}
	while (len && name[len - 1] == '-')
		len--;
	name[len] = '\0';
	p->name = len ? name : "project";
}

static void merge(struct normalizer *n)
{
	const struct env_raw *raw = n->raw;

	for (size_t i = 0; i < raw->machine_count; i++) {
		n->merged[i] = raw->machines[i];
		/* The last defaults{} is the innermost of them. */
		for (size_t d = raw->default_count; d > 0; d--)
			inherit(&n->env->arena, &schema_machine, &n->merged[i],
				&raw->defaults[d - 1]);
		take_machine(n, &n->merged[i], &n->env->machines[i]);
		n->env->machine_count++;
	}
}

static void take_dependencies(struct normalizer *n)
{
	for (size_t i = 0; i < n->raw->machine_count; i++) {
		int line = normalizer_line(&n->merged[i], "depends_on");

		depends_check_self(&n->env->machines[i], &n->raw->machines[i].depends_on, line,
				   n->problems);
		depends_resolve(n->env, i, &n->merged[i].depends_on, line, n->problems);
	}
	depends_check_cycles(n->env, n->problems);
}

void normalize(const struct env_raw *raw, const struct normalize_conf *conf, struct env *out,
	       struct problems *problems)
{
	struct normalizer n = { .raw = raw, .conf = conf, .env = out, .problems = problems };

	out->file = arena_strdup(&out->arena, raw->file);
	take_project(&n);
	out->machines = arena_alloc(&out->arena, raw->machine_count * sizeof(*out->machines));
	out->notes = copy_strings(&out->arena, &raw->notes);
	n.merged = xcalloc(raw->machine_count, sizeof(*n.merged));
	normalize_sources(&n);
	merge(&n);
	take_dependencies(&n);
	check_primary(&n);
	normalize_networks(&n);
	normalize_ports(&n);
	normalize_names(&n);
	normalize_login(&n);
	normalize_folders(&n);
	normalize_hooks(&n);
	normalize_readiness(&n);
	normalize_once(&n);
	if (raw->machine_count == 0 && problems->count == 0)
		problems_add(problems, raw->file, 0,
			     "no machine is declared; write machine { box = \"…\" }");
	free(n.merged);
}
