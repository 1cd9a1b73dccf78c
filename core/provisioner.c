/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners: their names, files and digests. */
#include "core/provisioner.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/text.h"

const char *provisioner_kind_name(enum provisioner_kind kind)
{
	static const char *const names[] = {
		[PROVISION_SHELL] = "shell",
		[PROVISION_SCRIPT] = "script",
		[PROVISION_UPLOAD] = "upload",
	};

	return names[kind];
}

static int add_child(struct digest *d, const char *path, struct error *err);

/* What bothy itself keeps in a project changes with every run. */
static bool is_left_out(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".bothy") == 0;
}

static int add_directory(struct digest *d, const char *path, struct error *err)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), rc = 0;

	if (count < 0)
		return error_errno(err, errno, "cannot read the directory '%s'", path);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (rc == 0 && !is_left_out(name)) {
			cleanup_free char *child = fs_join(path, name);

			digest_add_field(d, name);
			rc = add_child(d, child, err);
		}
		free(entries[i]);
	}
	free(entries);
	digest_add_field(d, NULL);
	return rc;
}

static int add_link(struct digest *d, const char *path, struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target));

	if (len < 0)
		return error_errno(err, errno, "cannot read the link '%s'", path);
	digest_add(d, target, (size_t)len);
	return 0;
}

static int add_entry(struct digest *d, const char *path, const struct stat *st, struct error *err)
{
	cleanup_free char *mode = xasprintf("%o", (unsigned)st->st_mode);

	digest_add_field(d, mode);
	if (S_ISDIR(st->st_mode))
		return add_directory(d, path, err);
	if (S_ISLNK(st->st_mode))
		return add_link(d, path, err);
	if (S_ISREG(st->st_mode))
		return digest_add_file(d, path, err);
	return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file or directory", path);
}

/* Below a directory links are copied as links, so it is their target that counts. */
static int add_child(struct digest *d, const char *path, struct error *err)
{
	struct stat st;

	return lstat(path, &st) < 0 ? error_errno(err, errno, "cannot read '%s'", path) :
				      add_entry(d, path, &st, err);
}

static int add_upload(struct digest *d, const char *path, struct error *err)
{
	struct stat st;

	return stat(path, &st) < 0 ? error_errno(err, errno, "cannot read '%s'", path) :
				     add_entry(d, path, &st, err);
}

/* Reading a pipe or a device could last for ever. */
static int check_source(const struct provisioner *p, struct error *err)
{
	struct stat st;

	if (!p->from)
		return 0;
	if (stat(p->from, &st) < 0)
		return error_errno(err, errno, "cannot read '%s'", p->from);
	if (p->kind == PROVISION_SCRIPT && !S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file", p->from);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file or directory",
				 p->from);
	return access(p->from, R_OK) < 0 ? error_errno(err, errno, "cannot read '%s'", p->from) : 0;
}

static int make_digest(struct provisioner *p, struct error *err)
{
	cleanup_digest struct digest *d = digest_new();

	digest_add_field(d, provisioner_kind_name(p->kind));
	digest_add_field(d, p->content);
	digest_add_field(d, p->to);
	digest_add_field(d, p->user);
	for (size_t i = 0; i < p->args.count; i++)
		digest_add_field(d, p->args.at[i]);
	digest_add_field(d, NULL);
	for (size_t i = 0; i < p->env.count; i++) {
		digest_add_field(d, p->env.at[i].name);
		digest_add_field(d, p->env.at[i].value);
	}
	digest_add_field(d, NULL);
	if (check_source(p, err) < 0)
		return -1;
	if (p->kind == PROVISION_SCRIPT && digest_add_file(d, p->from, err) < 0)
		return -1;
	if (p->kind == PROVISION_UPLOAD && add_upload(d, p->from, err) < 0)
		return -1;
	digest_finish(d, p->digest);
	return 0;
}

/* The last part that names something: "conf" of "/srv/conf/" and "/srv/conf/." */
static char *base_name(const char *path, struct arena *arena)
{
	char *name = arena_strdup(arena, path), *slash;

	while ((slash = strrchr(name, '/')) && (!slash[1] || strcmp(slash, "/.") == 0))
		*slash = '\0';
	return slash ? slash + 1 : name;
}

static bool name_is_taken(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->provision.count; i++) {
		if (strcmp(m->provision.at[i].name, name) == 0)
			return true;
	}
	return false;
}

static char *made_up_name(const struct machine *m, const struct provisioner *p, struct arena *arena)
{
	const char *stem = p->kind == PROVISION_SHELL ? "shell" : base_name(p->from, arena);
	char *name = arena_printf(arena, p->kind == PROVISION_SHELL ? "%s-1" : "%s", stem);

	for (unsigned n = 2; name_is_taken(m, name); n++)
		name = arena_printf(arena, "%s-%u", stem, n);
	return name;
}

static void copy_values(struct provisioner *p, const struct provisioner *raw, struct arena *arena)
{
	p->content = arena_strdup(arena, raw->content);
	p->to = arena_strdup(arena, raw->to);
	p->user = arena_strdup(arena, raw->user);
	p->args.at = arena_alloc(arena, raw->args.count * sizeof(*p->args.at));
	for (size_t i = 0; i < raw->args.count; i++)
		p->args.at[i] = arena_strdup(arena, raw->args.at[i]);
	p->env.at = arena_alloc(arena, raw->env.count * sizeof(*p->env.at));
	for (size_t i = 0; i < raw->env.count; i++)
		p->env.at[i] = (struct env_var){ arena_strdup(arena, raw->env.at[i].name),
						 arena_strdup(arena, raw->env.at[i].value) };
}

void provisioners_take(const struct provisioners *raw, const char *directory, const char *file,
		       struct machine *m, struct arena *arena, struct problems *problems)
{
	m->provision.at = arena_alloc(arena, raw->count * sizeof(*m->provision.at));
	for (size_t i = 0; i < raw->count; i++) {
		struct provisioner *p = &m->provision.at[i];
		cleanup_error struct error err = { 0 };

		*p = raw->at[i];
		p->decl.file =
			arena_strdup(arena, raw->at[i].decl.file ? raw->at[i].decl.file : file);
		copy_values(p, &raw->at[i], arena);
		if (p->from) {
			cleanup_free char *path = fs_join(directory, p->from);

			p->from = arena_strdup(arena, path);
		}
		if (p->name && name_is_taken(m, p->name))
			problems_add(problems, p->decl.file, p->decl.line,
				     "machine '%s'.provision[%zu].name: '%s' is taken", m->name,
				     i + 1, p->name);
		p->name = p->name ? arena_strdup(arena, p->name) : made_up_name(m, p, arena);
		if (check_source(p, &err) < 0)
			problems_add(problems, p->decl.file, p->decl.line,
				     "machine '%s'.provision[%zu]: %s", m->name, i + 1, err.text);
		m->provision.count++;
	}
}

int provisioners_digest(struct env *env, struct error *err)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		struct provisioners *list = &env->machines[i].provision;

		for (size_t k = 0; k < list->count; k++) {
			if (make_digest(&list->at[k], err) < 0)
				return error_wrap(err, "machine '%s'.provision[%zu]",
						  env->machines[i].name, k + 1);
		}
	}
	return 0;
}
