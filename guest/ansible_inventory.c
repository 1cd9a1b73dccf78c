/* SPDX-License-Identifier: Apache-2.0 */
/* An inventory for Ansible. */
#include "guest/ansible_inventory.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define CHILDREN ":children"
#define VARS ":vars"

/* --- patterns -------------------------------------------------------------------------------- */

/* "[from:to:step]" */
struct range {
	long from, to, step;
	size_t width; /* of numbers that are filled with zeroes; 0: they are not */
	bool letters; /* of single letters, else of numbers */
	const char *rest;
};

static bool is_letter(const char *s, char end)
{
	return isalpha((unsigned char)*s) && s[1] == end;
}

static bool read_range(const char *at, struct range *out)
{
	struct range r = { .step = 1 };
	const char *colon = strchr(at, ':');
	char *end;

	if (!colon)
		return false;
	if (is_letter(at + 1, ':')) {
		r = (struct range){ .from = at[1], .to = colon[1], .step = 1, .letters = true };
		end = (char *)(uintptr_t)colon + 2;
		if (!isalpha((unsigned char)colon[1]))
			return false;
	} else {
		if (!isdigit((unsigned char)at[1]) || !isdigit((unsigned char)colon[1]))
			return false;
		r.from = strtol(at + 1, &end, 10);
		if (end != colon)
			return false;
		r.width = at[1] == '0' && colon - at > 2 ? (size_t)(colon - at - 1) : 0;
		r.to = strtol(colon + 1, &end, 10);
	}
	if (*end == ':')
		r.step = strtol(end + 1, &end, 10);
	r.rest = end + 1;
	*out = r;
	return *end == ']' && r.step > 0;
}

static bool is_in_range(const struct range *r, long value)
{
	return value >= r->from && value <= r->to && (value - r->from) % r->step == 0;
}

/* A number may be followed by digits that do not belong to it, so each length is tried. */
static bool matches_number(const struct range *r, const char *name)
{
	size_t digits = strspn(name, "0123456789");

	for (size_t len = 1; len <= digits && len < 19; len++) {
		cleanup_free char *text = xstrndup(name, len);
		bool filled = len > 1 && *text == '0';

		/* A filled one has the width of the pattern, and no other one fewer digits than that. */
		if ((filled && len != r->width) || len < r->width)
			continue;
		if (is_in_range(r, strtol(text, NULL, 10)) && ansible_matches(r->rest, name + len))
			return true;
	}
	return false;
}

bool ansible_matches(const char *pattern, const char *name)
{
	struct range r;

	for (; *pattern; pattern++, name++) {
		if (*pattern == '[' && read_range(pattern, &r)) {
			if (!r.letters)
				return matches_number(&r, name);
			return is_in_range(&r, *name) && ansible_matches(r.rest, name + 1);
		}
		if (*pattern != *name)
			return false;
	}
	return !*name;
}

/* --- what the file says ---------------------------------------------------------------------- */

static int parse(const char *what, const char *text, json_t **out, struct error *err)
{
	json_error_t problem;

	*out = text ? json_loads(text, 0, &problem) : json_object();
	if (*out && json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return error_set(err, ERROR_ENVFILE, "ansible: %s is not a table of names", what);
}

/* Calls add() with each word: of a list, of words with blanks or commas between them, or of an empty table. */
static int each_word(const json_t *said, void (*add)(void *ctx, const char *word), void *ctx)
{
	const json_t *item;
	size_t i;

	if (json_is_object(said))
		return json_object_size(said) ? -1 : 0;
	if (json_is_string(said)) {
		for (const char *at = json_string_value(said); *at;) {
			size_t len = strcspn(at, ", \t\n");
			cleanup_free char *word = xstrndup(at, len);

			if (len)
				add(ctx, word);
			at += len + (at[len] != '\0');
		}
		return 0;
	}
	if (!json_is_array(said))
		return -1;
	json_array_foreach(said, i, item)
	{
		if (!json_is_string(item))
			return -1;
		add(ctx, json_string_value(item));
	}
	return 0;
}

/* "80" and "True" are no strings in an inventory of lines either. */
static json_t *literal(const char *text)
{
	size_t len = strlen(text);
	char *end;
	long long number = strtoll(text, &end, 10);

	if (len > 1 && strchr("'\"", *text) && text[len - 1] == *text)
		return json_stringn(text + 1, len - 2);
	if (len && len < 19 && !*end && (*text != '0' || len == 1))
		return json_integer(number);
	if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
		return json_boolean(tolower((unsigned char)*text) == 't');
	return json_string(text);
}

static int add_line(json_t *vars, const json_t *line)
{
	const char *text = json_string_value(line), *equals = text ? strchr(text, '=') : NULL;
	cleanup_free char *name = equals ? xstrndup(text, (size_t)(equals - text)) : NULL;

	if (!name)
		return -1;
	name[strcspn(name, " \t")] = '\0';
	return json_object_set_new(vars, name, literal(equals + 1 + strspn(equals + 1, " \t")));
}

static int add_vars(json_t *vars, const json_t *said)
{
	const json_t *line;
	size_t i;

	if (json_is_object(said))
		return json_object_update(vars, (json_t *)(uintptr_t)said);
	if (json_is_string(said))
		return add_line(vars, said);
	json_array_foreach(said, i, line)
	{
		if (add_line(vars, line) < 0)
			return -1;
	}
	return json_is_array(said) ? 0 : -1;
}

/* --- groups ---------------------------------------------------------------------------------- */

struct groups {
	const struct ansible_hosts *hosts;
	json_t *made;   /* name → group */
	json_t *target; /* what the words of one list are added to */
};

/* The part of a key before its ":children" or ":vars". */
static char *group_of(const char *key, const char *suffix)
{
	return text_has_suffix(key, suffix) ? xstrndup(key, strlen(key) - strlen(suffix)) : NULL;
}

/* A part of a group, made with the first call; false as `make`: NULL if there is no such group. */
static json_t *part_of(struct groups *g, const char *name, const char *part, bool make)
{
	json_t *group = json_object_get(g->made, name);

	if (!group && make) {
		group = json_object();
		json_object_set_new(g->made, name, group);
	}
	if (group && !json_object_get(group, part))
		json_object_set_new(group, part, json_object());
	return json_object_get(group, part);
}

static void add_members(void *ctx, const char *word)
{
	struct groups *g = ctx;

	for (size_t i = 0; i < g->hosts->count; i++) {
		if (ansible_matches(word, g->hosts->at[i].name))
			json_object_set_new(g->target, g->hosts->at[i].name, json_object());
	}
}

static void add_child(void *ctx, const char *word)
{
	struct groups *g = ctx;

	if (json_object_get(g->made, word))
		json_object_set_new(g->target, word, json_object());
}

static int bad_group(const char *key, const char *expected, struct error *err)
{
	return error_set(err, ERROR_ENVFILE, "ansible: groups['%s'] is not %s", key, expected);
}

/* First all that are groups, since their order means nothing. */
static int make_groups(struct groups *g, json_t *said, struct error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(said, key, value)
	{
		cleanup_free char *parent = group_of(key, CHILDREN), *vars = group_of(key, VARS);

		if (vars)
			continue;
		g->target = part_of(g, parent ? parent : key, parent ? "children" : "hosts", true);
		if (!parent && each_word(value, add_members, g) < 0)
			return bad_group(key, "a list of machines", err);
	}
	return 0;
}

static int fill_groups(struct groups *g, json_t *said, struct error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(said, key, value)
	{
		cleanup_free char *parent = group_of(key, CHILDREN), *owner = group_of(key, VARS);

		if (parent) {
			g->target = part_of(g, parent, "children", true);
			if (each_word(value, add_child, g) < 0)
				return bad_group(key, "a list of groups", err);
		}
		if (owner) {
			json_t *vars = part_of(g, owner, "vars", text_equal(owner, "all"));
			json_t *checked = json_object();
			int rc = add_vars(checked, value);

			if (rc == 0 && vars)
				json_object_update(vars, checked);
			json_decref(checked);
			if (rc < 0)
				return bad_group(key, "a table of variables", err);
		}
	}
	return 0;
}

/* --- machines -------------------------------------------------------------------------------- */

/* A value for ssh -o, which Ansible splits into words first. ssh replaces "%" in names of files. */
static void add_ssh_path(struct text *t, const char *key, const char *path)
{
	cleanup_text struct text value = { 0 };

	text_addf(&value, "%s=\"", key);
	for (; *path; path++)
		text_addf(&value, *path == '%' ? "%%%%" : "%c", *path);
	text_add(&value, "\"");
	text_add(t, " -o ");
	text_add_shell_quoted(t, value.ptr);
}

/* Nothing of the user's own ways takes part: no agent, no configuration, no known_hosts. */
static char *ssh_arguments(const char *known_hosts)
{
	struct text t = { 0 };

	text_add(&t, "-F none");
	if (known_hosts)
		add_ssh_path(&t, "UserKnownHostsFile", known_hosts);
	text_add(&t, " -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes"
		     " -o IdentitiesOnly=yes -o IdentityAgent=none");
	return text_take(&t);
}

/* With each machine, since a second inventory may have others, which are reached in their own ways. */
static json_t *host_row(const struct ansible_host *h, const char *arguments)
{
	if (h->local)
		return json_pack("{s:s}", "ansible_connection", "local");
	return json_pack("{s:s, s:i, s:s, s:s, s:s}", "ansible_host", h->address, "ansible_port",
			 (int)h->port, "ansible_user", h->user, "ansible_ssh_private_key_file",
			 h->key_path, "ansible_ssh_common_args", arguments);
}

static int add_hosts(json_t *rows, const struct ansible_hosts *hosts, struct error *err)
{
	cleanup_free char *arguments = ssh_arguments(hosts->known_hosts);

	for (size_t i = 0; i < hosts->count; i++) {
		const struct ansible_host *h = &hosts->at[i];

		if (json_object_set_new(rows, h->name, host_row(h, arguments)) < 0)
			return error_set(err, ERROR_SYSTEM,
					 "ansible: the way to machine '%s' is not UTF-8 text",
					 h->name);
	}
	return 0;
}

static int add_host_vars(json_t *rows, json_t *host_vars, struct error *err)
{
	const char *name;
	json_t *said;

	json_object_foreach(host_vars, name, said)
	{
		json_t *row = json_object_get(rows, name), *vars = json_object();
		int rc = add_vars(vars, said);

		if (rc == 0 && row)
			json_object_update(row, vars);
		json_decref(vars);
		if (rc < 0)
			return error_set(err, ERROR_ENVFILE,
					 "ansible: host_vars['%s'] is not a table of variables",
					 name);
	}
	return 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int build(const struct ansible_hosts *hosts, json_t *groups, json_t *host_vars, json_t *all,
		 struct error *err)
{
	struct groups g = { .hosts = hosts, .made = json_object() };
	json_t *rows = json_object(), *of_all;

	json_object_set_new(all, "hosts", rows);
	json_object_set_new(all, "children", g.made);
	if (add_hosts(rows, hosts, err) < 0 || add_host_vars(rows, host_vars, err) < 0 ||
	    make_groups(&g, groups, err) < 0 || fill_groups(&g, groups, err) < 0)
		return -1;
	/* It is the one around all others, and has all machines anyway. */
	of_all = json_object_get(json_object_get(g.made, "all"), "vars");
	json_object_set_new(all, "vars", of_all ? json_incref(of_all) : json_object());
	json_object_del(g.made, "all");
	return 0;
}

int ansible_inventory(const struct ansible *a, const struct ansible_hosts *hosts, char **out,
		      struct error *err)
{
	json_t *groups = NULL, *host_vars = NULL, *all = json_object();
	json_t *whole = json_pack("{s:o}", "all", all);
	int rc = -1;

	if (parse("groups", a->groups, &groups, err) == 0 &&
	    parse("host_vars", a->host_vars, &host_vars, err) == 0 &&
	    build(hosts, groups, host_vars, all, err) == 0) {
		*out = json_dumps(whole, JSON_INDENT(2) | JSON_SORT_KEYS);
		rc = *out ? 0 :
			    error_set(err, ERROR_SYSTEM,
				      "ansible: a name in the inventory is not UTF-8 text");
	}
	json_decref(groups);
	json_decref(host_vars);
	json_decref(whole);
	return rc;
}
