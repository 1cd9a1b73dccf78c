/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, variables and paths of ansible. */
#include "core/provision_ansible.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/fs.h"
#include "core/text.h"

#define VERBOSE_MAX 4

/* lua/ made the text, so it is good JSON. Caller has the reference. */
static json_t *parse(const char *text)
{
	return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

/* What an inventory file could take for something else: blanks, brackets, quotes, signs of comments. */
static bool is_word(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	return *s && *s != '-' && s[strspn(s, letters)] == '\0';
}

/* Hosts may also be a range: "web[1:3]". */
static bool is_host(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-[:]";

	return s && *s && *s != '-' && s[strspn(s, letters)] == '\0';
}

static bool are_hosts(const json_t *list)
{
	json_t *item;
	size_t i;

	if (json_is_string(list))
		return is_host(json_string_value(list));
	json_array_foreach(list, i, item)
	{
		if (!is_host(json_string_value(item)))
			return false;
	}
	/* A table without anything in it is an object. */
	return json_is_array(list) || json_object_size(list) == 0;
}

static void check_group(const struct provision_draft *d, const char *name, const json_t *value)
{
	const char *colon = strchr(name, ':');
	cleanup_free char *stem = xstrndup(name, colon ? (size_t)(colon - name) : strlen(name));

	if (!is_word(stem) ||
	    (colon && strcmp(colon, ":vars") != 0 && strcmp(colon, ":children") != 0))
		draft_problem(d, "groups", "'%s' is no name of a group", name);
	else if (text_equal(colon, ":vars") ? !json_is_object(value) : !are_hosts(value))
		draft_problem(d, "groups", "%s: expected %s", name,
			      !colon                      ? "a list of hosts" :
			      strcmp(colon, ":vars") == 0 ? "variables such as { port = 80 }" :
							    "a list of groups");
}

static void check_groups(const struct provision_draft *d)
{
	json_t *groups = parse(d->p->ansible.groups), *value;
	const char *name;

	if (groups && !json_is_object(groups))
		draft_problem(d, "groups", "expected groups such as { web = { \"web1\" } }");
	json_object_foreach(groups, name, value) check_group(d, name, value);
	json_decref(groups);
}

static void check_host_vars(const struct provision_draft *d)
{
	json_t *hosts = parse(d->p->ansible.host_vars), *value;
	const char *name;

	if (hosts && !json_is_object(hosts))
		draft_problem(d, "host_vars", "expected hosts such as { web1 = { port = 80 } }");
	json_object_foreach(hosts, name, value)
	{
		if (!is_host(name))
			draft_problem(d, "host_vars", "'%s' is no name of a host", name);
		else if (!json_is_object(value))
			draft_problem(d, "host_vars",
				      "%s: expected variables such as { port = 80 }", name);
	}
	json_decref(hosts);
}

static void check_extra_vars(const struct provision_draft *d)
{
	json_t *vars = parse(d->p->ansible.extra_vars);
	const char *s = json_string_value(vars);

	if (vars && !json_is_object(vars) && !(s && s[0] == '@' && s[1]))
		draft_problem(d, "extra_vars",
			      "expected variables such as { port = 80 }, or \"@file\"");
	json_decref(vars);
}

static void check_limit(const struct provision_draft *d)
{
	const char *limit = d->p->ansible.limit;

	if (limit && (*limit == '-' || *limit == '@' || strpbrk(limit, "\r\n")))
		draft_problem(d, "limit", "expected names of hosts or groups, got '%.40s'", limit);
}

void ansible_check(const struct provision_draft *d)
{
	const char *verbose = d->p->ansible.verbose;

	check_groups(d);
	check_host_vars(d);
	check_extra_vars(d);
	check_limit(d);
	if (verbose && (strlen(verbose) > VERBOSE_MAX || strspn(verbose, "v") != strlen(verbose)))
		draft_problem(d, "verbose", "expected \"v\" to \"vvvv\", got \"%.20s\"", verbose);
}

const char *ansible_vars_file(const struct ansible *a, struct arena *arena)
{
	json_t *vars = parse(a->extra_vars);
	const char *s = json_string_value(vars), *file;

	file = s && s[0] == '@' ? arena_strdup(arena, s + 1) : NULL;
	json_decref(vars);
	return file;
}

static void take_path(const char **path, const char *directory, struct arena *arena)
{
	cleanup_free char *absolute = *path ? fs_join(directory, *path) : NULL;

	*path = arena_strdup(arena, absolute);
}

void ansible_take_paths(struct ansible *a, const char *directory, struct arena *arena)
{
	const char *vars_file = ansible_vars_file(a, arena);

	take_path(&a->vault_password_file, directory, arena);
	take_path(&a->galaxy_role_file, directory, arena);
	take_path(&a->galaxy_roles_path, directory, arena);
	take_path(&a->inventory_path, directory, arena);
	if (vars_file) {
		json_t *vars;
		char *dump;

		take_path(&vars_file, directory, arena);
		vars = json_sprintf("@%s", vars_file);
		dump = json_dumps(vars, JSON_ENCODE_ANY);
		a->extra_vars = arena_strdup(arena, dump);
		free(dump);
		json_decref(vars);
	}
}
