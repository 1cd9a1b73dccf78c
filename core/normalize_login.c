/* SPDX-License-Identifier: Apache-2.0 */
/* Who logs in and how, and machines that nobody logs into. */
#include "core/normalizer.h"

#include <string.h>

#include "core/public_key.h"
#include "core/schema.h"
#include "core/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define SHOWN_BYTES 40

struct place {
	struct normalizer *n;
	const struct machine_raw *raw;
	struct machine *m;
};

/* Line of a field of the ssh block. */
static int ssh_line(const struct machine_raw *raw, const char *key)
{
	const struct schema_row *row = schema_find(&schema_machine, "ssh", &(size_t){ 0 });
	const struct decl *d = &raw->ssh.decl;
	size_t i;

	if (schema_find(row->sub, key, &i) && (d->set >> i & 1) && d->lines[i])
		return d->lines[i];
	return normalizer_line(raw, "ssh");
}

static void problem(const struct place *p, const char *key, const char *what)
{
	problems_add(p->n->problems, normalizer_file(p->n, p->raw), ssh_line(p->raw, key),
		     "machine '%s'.ssh.%s: %s", p->m->name, key, what);
}

/* It goes into files that ssh reads, where a line of its own would be an order. */
static void take_user(const struct place *p)
{
	const char *user = p->raw->ssh.user;

	if (user && (!*user || strchr("-.", *user) || strspn(user, LETTERS "_.-$") != strlen(user)))
		problem(p, "user", "not a usable name of a user");
	p->m->ssh_user = arena_strdup(&p->n->env->arena, user);
}

static void take_password(const struct place *p)
{
	if (p->raw->ssh.password && !*p->raw->ssh.password)
		problem(p, "password", "the string is empty");
	p->m->ssh_password = arena_strdup(&p->n->env->arena, p->raw->ssh.password);
}

static void take_authorize(const struct place *p)
{
	const struct strings *from = &p->raw->ssh.authorize;
	struct arena *a = &p->n->env->arena;
	struct strings keys = { .at = arena_alloc(a, from->count * sizeof(*keys.at)) };

	for (size_t i = 0; i < from->count; i++) {
		const char *flaw = public_key_flaw(from->at[i]);

		keys.at[keys.count++] = public_key_line(from->at[i], a);
		if (flaw)
			problem(p, "authorize", arena_printf(a, "item %zu: %s", i + 1, flaw));
	}
	p->m->ssh_authorize = keys;
}

static void take_jump(const struct place *p)
{
	const char *jump = p->raw->ssh.jump;

	if (jump && (!*jump || *jump == '-' || strspn(jump, LETTERS "_.,:@[]%-") != strlen(jump))) {
		problem(p, "jump", "not a host to go by");
		problems_hint(p->n->problems,
			      "write jump = \"user@host:port\"; user and port may be left out");
	}
	p->m->ssh_jump = arena_strdup(&p->n->env->arena, jump);
}

static void want(const struct place *p, const char *key, const char *what)
{
	const struct want w = { .kind = WANT_AGENT,
				.what = what,
				.why = arena_printf(&p->n->env->arena, "ssh.%s", key),
				.file = normalizer_file(p->n, p->raw),
				.line = ssh_line(p->raw, key) };

	normalizer_want(p->n, p->m, &w);
}

static void take_lent(const struct place *p)
{
	const struct login *ssh = &p->raw->ssh;

	p->m->ssh_forward_agent = ssh->forward_agent;
	p->m->ssh_forward_x11 = ssh->forward_x11;
	take_jump(p);
	if (ssh->forward_agent)
		want(p, "forward_agent", "the SSH agent");
	if (ssh->forward_x11)
		want(p, "forward_x11", "the display");
	if (ssh->jump)
		want(p, "jump", arena_printf(&p->n->env->arena, "ssh by %s", ssh->jump));
}

static bool has_guest_hooks(const struct machine_raw *raw)
{
	for (size_t i = 0; i < raw->hooks.count; i++) {
		if (raw->hooks.at[i].kind == HOOK_GUEST)
			return true;
	}
	return false;
}

/* What an appliance cannot do, since it takes somebody inside. */
static void check_appliance(const struct place *p)
{
	const struct {
		const char *field, *what;
		bool said;
	} rows[] = {
		{ "provision", "there is nothing to provision", p->raw->provision.count > 0 },
		{ "hooks", "there is nowhere for guest \"…\" to run", has_guest_hooks(p->raw) },
		{ "ready", "there is nowhere for a command to run; a port can be waited for",
		  p->raw->ready.command != NULL },
		{ "ssh", "nobody logs in", normalizer_says(p->raw, "ssh") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].said)
			continue;
		problems_add(p->n->problems, normalizer_file(p->n, p->raw),
			     normalizer_line(p->raw, rows[i].field),
			     "machine '%s'.%s: with guest = \"none\" %s", p->m->name, rows[i].field,
			     rows[i].what);
	}
}

void normalize_login(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct place p = { n, &n->merged[i], &n->env->machines[i] };

		p.m->no_guest = p.raw->guest != 0;
		if (p.m->no_guest)
			check_appliance(&p);
		take_user(&p);
		take_password(&p);
		take_authorize(&p);
		take_lent(&p);
	}
}
