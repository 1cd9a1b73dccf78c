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
#include "core/provisioner.h"
#include "core/schema.h"
#include "core/text.h"

/* With a machine's name and an id it has to fit where libvirt makes files of it. */
#define PROJECT_NAME_MAX 40

struct normalizer {
	const struct env_raw *raw;
	const struct normalize_conf *conf;
	struct env *env;
	struct problems *problems;
};

void project_id_of(const char *directory, char out[static ENV_ID_BYTES])
{
	char hex[DIGEST_HEX_BYTES];

	digest_of(directory, strlen(directory), hex);
	memcpy(out, hex, ENV_ID_BYTES - 1);
	out[ENV_ID_BYTES - 1] = '\0';
}

/* Where a field was said, or the block if it was not. */
static int line_of(const struct machine_raw *m, const char *key)
{
	size_t i;

	if (schema_find(&schema_machine, key, &i) && (m->decl.set >> i & 1) && m->decl.lines[i])
		return m->decl.lines[i];
	return m->decl.line;
}

/* An included file may have declared the machine. */
static const char *file_of(const struct normalizer *n, const struct machine_raw *m)
{
	return m->decl.file ? m->decl.file : n->raw->file;
}

static void join_strings(struct arena *a, struct strings *into, const struct strings *outer)
{
	struct strings joined = { .count = outer->count + into->count };

	joined.at = arena_alloc(a, joined.count * sizeof(*joined.at));
	if (outer->count)
		memcpy(joined.at, outer->at, outer->count * sizeof(*outer->at));
	if (into->count)
		memcpy(joined.at + outer->count, into->at, into->count * sizeof(*into->at));
	*into = joined;
}

static void join_provisioners(struct arena *a, struct provisioners *into,
			      const struct provisioners *outer)
{
	struct provisioners joined = { .count = outer->count + into->count };

	joined.at = arena_alloc(a, joined.count * sizeof(*joined.at));
	if (outer->count)
		memcpy(joined.at, outer->at, outer->count * sizeof(*outer->at));
	if (into->count)
		memcpy(joined.at + outer->count, into->at, into->count * sizeof(*into->at));
	*into = joined;
}

/* Fills what `into` did not say from `outer`; lists are joined, the outer one first, unless their row says otherwise. */
static void inherit(struct arena *a, const struct schema *schema, void *into, const void *outer)
{
	struct decl *mine = into;
	const struct decl *theirs = outer;

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_row *row = &schema->rows[i];
		char *to = (char *)into + row->offset;
		const char *from = (const char *)outer + row->offset;

		mine->said |= theirs->said & 1ULL << i;
		if (!(theirs->set >> i & 1))
			continue;
		if (row->type == SCHEMA_BLOCK)
			inherit(a, row->sub, to, from);
		else if (row->type == SCHEMA_PROVISION)
			join_provisioners(a, (void *)to, (const void *)from);
		else if (row->type == SCHEMA_STRINGS && schema == &schema_machine && !row->replaces)
			join_strings(a, (void *)to, (const void *)from);
		else if (!(mine->set >> i & 1))
			memcpy(to, from, schema_field_bytes(row));
		if (!(mine->set >> i & 1))
			mine->lines[i] = text_equal(mine->file, theirs->file) ? theirs->lines[i] :
										0;
		mine->set |= 1ULL << i;
	}
}

static bool is_set(const struct machine_raw *m, const char *key)
{
	size_t i;

	return schema_find(&schema_machine, key, &i) && (m->decl.set >> i & 1);
}

/* What was said wrongly is reported already, and is not missing. */
static bool is_said(const struct machine_raw *m, const char *key)
{
	size_t i;

	return schema_find(&schema_machine, key, &i) && (m->decl.said >> i & 1);
}

static void make_mac(const struct env *env, const char *name, unsigned attempt,
		     char out[static NETWORK_MAC_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	cleanup_free char *salt = xasprintf("%u", attempt);
	char hex[DIGEST_HEX_BYTES];

	digest_add_field(d, env->project.id);
	digest_add_field(d, name);
	digest_add_field(d, salt);
	digest_finish(d, hex);
	/* 52:54:00 is the prefix QEMU and libvirt use for what they make up. */
	snprintf(out, NETWORK_MAC_BYTES, "52:54:00:%.2s:%.2s:%.2s", hex, hex + 2, hex + 4);
}

static bool mac_is_taken(const struct env *env, size_t count, const char *mac)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(env->machines[i].cards[0].mac, mac) == 0)
			return true;
	}
	return false;
}

static struct strings copy_strings(struct arena *a, const struct strings *from)
{
	struct strings s = { .count = from->count };

	s.at = arena_alloc(a, s.count * sizeof(*s.at));
	for (size_t i = 0; i < s.count; i++)
		s.at[i] = arena_strdup(a, from->at[i]);
	return s;
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

	if (!raw->box_checksum)
		return;
	hex = checksum_hex(raw->box_checksum);
	if (!hex) {
		problems_add(n->problems, file_of(n, raw), line_of(raw, "box_checksum"),
			     "machine '%s'.box_checksum: expected \"sha256:\" and 64 hex digits",
			     m->name);
		return;
	}
	m->box_checksum = arena_strdup(a, hex);
	for (char *c = arena_strdup(a, hex), *start = c; *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		m->box_checksum = start;
	}
}

static void take_box(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	struct arena *a = &n->env->arena;

	if (!is_said(raw, "box"))
		problems_add(n->problems, file_of(n, raw), raw->decl.line,
			     "machine '%s': no box given", m->name);
	m->box = arena_strdup(a, raw->box);
	m->box_version = arena_strdup(a, raw->box_version);
	m->box_architecture = arena_strdup(a, raw->box_architecture);
	m->box_urls = copy_strings(a, &raw->box_url);
	for (size_t i = 0; i < m->box_urls.count; i++)
		if (!*m->box_urls.at[i])
			problems_add(n->problems, file_of(n, raw), line_of(raw, "box_url"),
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
	problems_add(n->problems, file_of(n, raw), line_of(raw, "provider"),
		     "machine '%s'.provider: there is no provider '%s'%s%s%s", m->name, wanted,
		     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	m->provider = n->conf->providers[0];
}

static void take_name(struct normalizer *n, const struct machine_raw *raw, struct machine *m)
{
	m->name = arena_strdup(&n->env->arena, raw->name);
	m->file = arena_strdup(&n->env->arena, file_of(n, raw));
	m->line = raw->decl.line;
	for (const struct machine *other = n->env->machines; other < m; other++) {
		if (strcmp(other->name, m->name) != 0)
			continue;
		bool here = strcmp(other->file, m->file) == 0;

		problems_add(n->problems, m->file, m->line,
			     "machine '%s' is declared twice; the first is in %s%s%d", m->name,
			     here ? "line " : other->file, here ? "" : ":", other->line);
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
	m->ssh_user = arena_strdup(a, raw->ssh.user);
	m->ssh_port = raw->ssh.port ? raw->ssh.port : 22;
	m->accel = raw->kvm.accel;
	m->command = copy_strings(a, &raw->container.command);
	provisioners_take(&raw->provision, n->conf->directory, file_of(n, raw), m, a, n->problems);
	m->cards = arena_alloc(a, sizeof(*m->cards));
	m->card_count = 1;
	*m->cards = (struct card){ .configure = true };
	for (unsigned attempt = 0;; attempt++) {
		make_mac(n->env, m->name, attempt, m->cards->mac);
		if (!mac_is_taken(n->env, (size_t)(m - n->env->machines), m->cards->mac))
			return;
	}
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

void normalize(const struct env_raw *raw, const struct normalize_conf *conf, struct env *out,
	       struct problems *problems)
{
	struct normalizer n = { .raw = raw, .conf = conf, .env = out, .problems = problems };
	struct arena *a = &out->arena;

	out->file = arena_strdup(a, raw->file);
	take_project(&n);
	out->machines = arena_alloc(a, raw->machine_count * sizeof(*out->machines));
	out->notes = copy_strings(a, &raw->notes);
	out->networks = arena_alloc(a, sizeof(*out->networks));
	out->network_count = 1;
	*out->networks =
		(struct network){ .name = "management", .kind = NETWORK_MANAGEMENT, .dhcp = true };
	out->networks->settings = network_settings(out->networks, a);
	struct machine_raw *merged = xcalloc(raw->machine_count, sizeof(*merged));
	for (size_t i = 0; i < raw->machine_count; i++) {
		merged[i] = raw->machines[i];
		/* The last defaults{} is the innermost of them. */
		for (size_t d = raw->default_count; d > 0; d--)
			inherit(a, &schema_machine, &merged[i], &raw->defaults[d - 1]);
		take_machine(&n, &merged[i], &out->machines[i]);
		out->machine_count++;
	}
	for (size_t i = 0; i < raw->machine_count; i++) {
		int line = line_of(&merged[i], "depends_on");

		depends_check_self(&out->machines[i], &raw->machines[i].depends_on, line, problems);
		depends_resolve(out, i, &merged[i].depends_on, line, problems);
	}
	depends_check_cycles(out, problems);
	check_primary(&n);
	if (raw->machine_count == 0 && problems->count == 0)
		problems_add(problems, raw->file, 0, "no machine is declared");
	free(merged);
}
