/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of machines, opened and closed all or none. */
#include "cli/forwarder_rules.h"

#include <stdlib.h>
#include <string.h>

#define PORT_MOST 65535
#define PORT_UNPRIVILEGED 1024

static void shut(struct forwarder_rules *r, struct served_port *p)
{
	if (p->key)
		forward_drop(r->engine, p->key);
	free(p->key);
	p->key = NULL;
}

/* The whole range from `host` on, or nothing of it. */
static int try_at(struct forwarder_rules *r, const char *address, struct served_port *p,
		  unsigned host, struct error *err)
{
	cleanup_free char *key = xasprintf("%u", ++r->last_key);

	for (unsigned i = 0; i < p->count; i++) {
		struct forward_rule rule = { .protocol = p->protocol,
					     .bind = p->bind,
					     .host = host + i,
					     .address = address,
					     .guest = p->guest + i,
					     .owner = key };
		unsigned got;

		if (forward_add(r->engine, &rule, &got, err) < 0) {
			forward_drop(r->engine, key);
			return -1;
		}
		host = host ? host : got;
	}
	p->host = host;
	p->key = take_ptr(key);
	return 0;
}

static bool overlaps(const json_t *entry, const struct served_port *p, unsigned host)
{
	const char *protocol = json_string_value(json_array_get(entry, 0));
	json_int_t first = json_integer_value(json_array_get(entry, 1));
	json_int_t count = json_integer_value(json_array_get(entry, 2));

	return protocol && strcmp(protocol, port_protocol_name(p->protocol)) == 0 &&
	       host < first + count && first < host + p->count;
}

static bool is_avoided(const json_t *avoid, const struct served_port *p, unsigned host)
{
	for (size_t i = 0; i < json_array_size(avoid); i++) {
		if (overlaps(json_array_get(avoid, i), p, host))
			return true;
	}
	return false;
}

static bool is_any(const char *bind)
{
	return strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
}

/* Whether it is the port of a machine that can have no other one, also if that has not come up yet. */
static bool is_claimed(const json_t *avoid, const struct served_port *p)
{
	for (size_t i = 0; i < json_array_size(avoid); i++) {
		const json_t *entry = json_array_get(avoid, i);
		const char *bind = json_string_value(json_array_get(entry, 3));

		if (bind && json_is_true(json_array_get(entry, 4)) &&
		    (strcmp(bind, p->bind) == 0 || is_any(bind) || is_any(p->bind)) &&
		    overlaps(entry, p, p->wanted))
			return true;
	}
	return false;
}

static int shift(struct forwarder_rules *r, const char *address, struct served_port *p,
		 const struct rules_order *order, struct error *err)
{
	for (unsigned host = p->wanted + 1; host + p->count - 1 <= PORT_MOST; host++) {
		cleanup_error struct error taken = { 0 };

		if (is_avoided(order->avoid, p, host))
			continue;
		if (try_at(r, address, p, host, &taken) == 0)
			return 0;
		if (taken.kind != ERROR_BUSY)
			return error_move(err, &taken);
	}
	return -1;
}

static bool may_have(const struct rules_order *order, unsigned host)
{
	return !order->unprivileged || host >= PORT_UNPRIVILEGED;
}

/* Where it was before, else where it should be, else above that if it may. */
static int open_port(struct forwarder_rules *r, const char *address, struct served_port *p,
		     struct rules_order *order, struct error *err)
{
	cleanup_error struct error ignored = { 0 };

	if (!may_have(order, p->wanted))
		return error_set(err, ERROR_DENIED, "port %u needs root", p->wanted);
	/* Where it was is what the user says. */
	if (p->shift && p->host && may_have(order, p->host) &&
	    !is_avoided(order->avoid, p, p->host) && try_at(r, address, p, p->host, &ignored) == 0)
		return 0;
	if (p->shift && is_claimed(order->avoid, p))
		error_set(err, ERROR_BUSY, "port %u is another machine's", p->wanted);
	else if (try_at(r, address, p, p->wanted, err) == 0)
		return 0;
	if (err->kind != ERROR_BUSY)
		return -1;
	if (p->shift && shift(r, address, p, order, err) == 0) {
		error_clear(err);
		return 0;
	}
	return -1;
}

static bool fits(const struct served_port *have, const struct served_port *want)
{
	return have->key && have->protocol == want->protocol && have->wanted == want->wanted &&
	       have->guest == want->guest && have->count == want->count &&
	       strcmp(have->bind, want->bind) == 0 && (want->shift || have->host == want->wanted);
}

/* What is open already goes on, with its connections. */
static void keep_open(struct served *have, struct served *want)
{
	if (strcmp(have->address, want->address) != 0)
		return;
	for (size_t i = 0; i < want->count; i++) {
		for (size_t k = 0; k < have->count && !want->ports[i].key; k++) {
			if (!fits(&have->ports[k], &want->ports[i]))
				continue;
			want->ports[i].host = have->ports[k].host;
			want->ports[i].key = take_ptr(have->ports[k].key);
		}
	}
}

static void shut_all(struct forwarder_rules *r, struct served *s)
{
	for (size_t i = 0; i < s->count; i++)
		shut(r, &s->ports[i]);
}

/* After a failure: what was kept goes back, what is new closes, what had to make room opens again. */
static void put_back(struct forwarder_rules *r, struct served *have, struct served *want)
{
	if (have)
		keep_open(want, have);
	shut_all(r, want);
	rules_mend(r);
}

static void remember_taken(const struct served_port *p, struct rules_order *order)
{
	order->taken_protocol = p->protocol;
	order->taken_host = p->wanted;
	order->taken_bind = xstrdup(p->bind);
}

static int open_all(struct forwarder_rules *r, struct served *have, struct served *want,
		    struct rules_order *order, struct error *err)
{
	bool in_the_way = have;

	for (size_t i = 0; i < want->count; i++) {
		struct served_port *p = &want->ports[i];

		if (p->key || open_port(r, want->address, p, order, err) == 0)
			continue;
		if (err->kind == ERROR_BUSY && in_the_way) {
			/* It may be the machine's own, to be led elsewhere. */
			shut_all(r, have);
			in_the_way = false;
			error_clear(err);
			if (open_port(r, want->address, p, order, err) == 0)
				continue;
		}
		if (err->kind == ERROR_BUSY)
			remember_taken(p, order);
		return -1;
	}
	return 0;
}

static void save(struct forwarder_rules *r)
{
	cleanup_error struct error err = { 0 };
	bool failed = served_save(r->directory, &r->machines, &r->owner, &err) < 0;

	/* Once is enough in the log. */
	if (failed && !r->unsaved)
		fprintf(stderr, "%s\n", err.text);
	r->unsaved = failed;
}

int rules_serve(struct forwarder_rules *r, struct served *want, struct rules_order *order,
		struct error *err)
{
	struct served *have = served_find(&r->machines, want->machine);

	if (have)
		keep_open(have, want);
	if (open_all(r, have, want, order, err) < 0) {
		put_back(r, have, want);
		return -1;
	}
	want->serial = ++r->last_serial;
	if (have) {
		shut_all(r, have);
		served_clear(have);
	} else {
		r->machines.at = xgrow(r->machines.at, r->machines.count, sizeof(*r->machines.at));
		have = &r->machines.at[r->machines.count++];
	}
	*have = *want;
	*want = (struct served){ 0 };
	save(r);
	return 0;
}

void rules_drop(struct forwarder_rules *r, const char *machine, uint64_t serial)
{
	struct served *s = served_find(&r->machines, machine);

	if (!s || (serial && s->serial != serial))
		return;
	shut_all(r, s);
	served_clear(s);
	*s = r->machines.at[--r->machines.count];
	save(r);
}

void rules_confirm(struct forwarder_rules *r, const char *machine, uint64_t serial)
{
	struct served *s = served_find(&r->machines, machine);

	if (!s || s->serial != serial || !s->until_ms)
		return;
	s->until_ms = 0;
	save(r);
}

bool rules_need_mending(const struct forwarder_rules *r)
{
	for (size_t i = 0; i < r->machines.count; i++) {
		for (size_t k = 0; k < r->machines.at[i].count; k++) {
			if (!r->machines.at[i].ports[k].key)
				return true;
		}
	}
	return r->unsaved;
}

void rules_mend(struct forwarder_rules *r)
{
	for (size_t i = 0; i < r->machines.count; i++) {
		struct served *s = &r->machines.at[i];

		for (size_t k = 0; k < s->count; k++) {
			struct served_port *p = &s->ports[k];
			cleanup_error struct error ignored = { 0 };

			if (!p->key)
				try_at(r, s->address, p, p->host ? p->host : p->wanted, &ignored);
		}
	}
	if (r->unsaved)
		save(r);
}

int rules_open(struct forwarder_rules *r, struct error *err)
{
	if (forward_new(&r->engine, err) < 0)
		return -1;
	served_load(r->directory, &r->machines);
	for (size_t i = 0; i < r->machines.count; i++) {
		if (r->machines.at[i].serial > r->last_serial)
			r->last_serial = r->machines.at[i].serial;
	}
	rules_mend(r);
	return 0;
}

void rules_close(struct forwarder_rules *r)
{
	served_list_clear(&r->machines);
	forward_free(&r->engine);
}
