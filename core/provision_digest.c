/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of provisioners, their files and directories. */
#include "core/provision_digest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/names.h"
#include "core/provision_ansible.h"
#include "core/provision_source.h"
#include "core/provisioners.h"
#include "core/stop.h"

static int add_child(struct digest *d, const char *path, struct error *err);

/* What bothy itself keeps in a project changes with every run; roles of others stand among the user's own. */
static int add_directory(struct digest *d, const char *path, bool without_galaxy, struct error *err)
{
	cleanup_names struct names names;

	if (names_in(path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		cleanup_free char *child = fs_join(path, names.at[i]);

		if (strcmp(names.at[i], ".bothy") == 0 ||
		    (without_galaxy && provision_is_from_galaxy(child)))
			continue;
		digest_add_field(d, names.at[i]);
		if (add_child(d, child, err) < 0)
			return -1;
	}
	digest_add_field(d, NULL);
	return 0;
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
		return add_directory(d, path, false, err);
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

	if (stop_check(0, NULL, err) < 0)
		return -1;
	return lstat(path, &st) < 0 ? error_errno(err, errno, "cannot read '%s'", path) :
				      add_entry(d, path, &st, err);
}

static int add_upload(struct digest *d, const char *path, struct error *err)
{
	struct stat st;

	return stat(path, &st) < 0 ? error_errno(err, errno, "cannot read '%s'", path) :
				     add_entry(d, path, &st, err);
}

/* A neighbour may be a link, which is not followed. */
static int add_neighbour(struct digest *d, const struct provision_source *s, struct error *err)
{
	struct stat st;

	if (lstat(s->path, &st) == 0 && S_ISDIR(st.st_mode) && strcmp(s->what, "roles") == 0)
		return add_directory(d, s->path, true, err);
	return add_child(d, s->path, err);
}

static int add_source(struct digest *d, const struct provisioner *p,
		      const struct provision_source *s, struct error *err)
{
	if (provision_source_check(s, err) < 0)
		return -1;
	/* The modes of what is uploaded arrive with it. */
	if (p->kind == PROVISION_UPLOAD)
		return add_upload(d, s->path, err);
	if (p->kind == PROVISION_SCRIPT)
		return digest_add_file(d, s->path, err);
	digest_add_field(d, s->what);
	if (s->neighbour)
		return add_neighbour(d, s, err);
	return s->may_be_directory ? add_upload(d, s->path, err) : digest_add_file(d, s->path, err);
}

static int add_sources(struct digest *d, const struct provisioner *p, bool trusted,
		       struct error *err)
{
	struct arena arena = { 0 };
	size_t count;
	struct provision_source *sources = provision_sources(p, &arena, &count);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (p->outside && !trusted)
			digest_add_field(d, sources[i].path);
		else
			rc = add_source(d, p, &sources[i], err);
	}
	arena_clear(&arena);
	return rc;
}

/* Only what was said counts, so that an option this version is the first to know changes no digest without it. */
static void add_option(struct digest *d, const char *name, const char *value)
{
	if (!value)
		return;
	digest_add_field(d, name);
	digest_add_field(d, value);
}

static void add_list(struct digest *d, const char *name, const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		add_option(d, name, list->at[i]);
}

static void add_ansible(struct digest *d, const struct ansible *a)
{
	struct arena arena = { 0 };

	add_option(d, "on", a->on == ANSIBLE_ON_GUEST ? "guest" : NULL);
	add_option(d, "groups", a->groups);
	add_option(d, "host_vars", a->host_vars);
	add_option(d, "extra_vars", ansible_vars_file(a, &arena) ? NULL : a->extra_vars);
	add_option(d, "limit", a->limit);
	add_list(d, "tags", &a->tags);
	add_list(d, "skip_tags", &a->skip_tags);
	add_option(d, "start_at_task", a->start_at_task);
	add_option(d, "become", a->become ? "true" : NULL);
	add_option(d, "become_user", a->become_user);
	add_option(d, "galaxy_roles_path", a->galaxy_roles_path);
	arena_clear(&arena);
}

static void add_settings(struct digest *d, const struct provisioner *p)
{
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
	add_option(d, "sha256", p->sha256);
	add_option(d, "privileged", p->privileged ? NULL : "false");
	add_option(d, "cwd", p->cwd);
	add_option(d, "machine", p->machine);
	add_option(d, "project", p->project);
	add_option(d, "around", p->around ? p->around->digest : NULL);
	if (p->kind == PROVISION_ANSIBLE)
		add_ansible(d, &p->ansible);
}

void provision_said_digest(const struct provisioner *p, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	struct arena arena = { 0 };
	size_t count;
	struct provision_source *sources = provision_sources(p, &arena, &count);

	add_settings(d, p);
	digest_add_field(d, p->outside ? "outside" : NULL);
	for (size_t i = 0; i < count; i++)
		digest_add_field(d, sources[i].path);
	arena_clear(&arena);
	digest_finish(d, out_hex);
}

int provision_digest(struct provisioner *p, bool trusted, struct error *err)
{
	cleanup_digest struct digest *d = digest_new();

	add_settings(d, p);
	if (add_sources(d, p, trusted, err) < 0)
		return -1;
	digest_finish(d, p->digest);
	return 0;
}
