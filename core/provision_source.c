/* SPDX-License-Identifier: Apache-2.0 */
/* Files of provisioners: which, whether they can be read, and where they lead. */
#include "core/provision_source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/outside.h"
#include "core/provision_ansible.h"
#include "core/provisioners.h"
#include "core/text.h"

/* https://docs.ansible.com/ansible/latest/tips_tricks/sample_setup.html, without what Python modules would need. */
static const char *const neighbours[] = {
	"roles",    "group_vars", "host_vars", "templates", "files",       "tasks",
	"handlers", "vars",       "library",   "meta",      "ansible.cfg",
};

struct sources {
	struct arena *arena;
	struct provision_source *at;
	size_t count;
};

static void add(struct sources *l, const struct provision_source *s)
{
	if (!s->path)
		return;
	l->at = arena_grow(l->arena, l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = *s;
}

static const char *directory_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static void add_neighbour(struct sources *l, const char *directory, const char *name,
			  const char *what)
{
	cleanup_free char *path = fs_join(directory, name);
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	add(l, &(struct provision_source){ .path = arena_strdup(l->arena, path),
					   .what = what,
					   .may_be_directory = true,
					   .neighbour = true });
}

static void add_ansible(struct sources *l, const struct provisioner *p)
{
	const struct ansible *a = &p->ansible;
	const char *directory = directory_of(p->from, l->arena);

	add(l, &(struct provision_source){ .path = p->from, .what = "playbook" });
	add(l, &(struct provision_source){ .path = a->vault_password_file,
					   .what = "vault_password_file",
					   .secret = true });
	add(l,
	    &(struct provision_source){ .path = a->galaxy_role_file, .what = "galaxy_role_file" });
	add(l, &(struct provision_source){ .path = ansible_vars_file(a, l->arena),
					   .what = "extra_vars" });
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
		add_neighbour(l, directory, neighbours[i], neighbours[i]);
	if (!a->inventory_path)
		return;
	add(l, &(struct provision_source){ .path = a->inventory_path,
					   .what = "inventory_path",
					   .may_be_directory = true });
	if (strcmp(directory_of(a->inventory_path, l->arena), directory) == 0)
		return;
	directory = directory_of(a->inventory_path, l->arena);
	add_neighbour(l, directory, "group_vars", "inventory group_vars");
	add_neighbour(l, directory, "host_vars", "inventory host_vars");
}

struct provision_source *provision_sources(const struct provisioner *p, struct arena *arena,
					   size_t *out_count)
{
	struct sources l = { .arena = arena };

	if (p->kind == PROVISION_ANSIBLE)
		add_ansible(&l, p);
	else if (!provisioner_has_url(p))
		add(&l,
		    &(struct provision_source){ .path = p->from,
						.what = provisioner_kind_name(p->kind),
						.may_be_directory = p->kind == PROVISION_UPLOAD });
	*out_count = l.count;
	return l.at;
}

int provision_source_check(const struct provision_source *s, struct error *err)
{
	struct stat st;

	if (s->neighbour)
		return 0;
	if (stat(s->path, &st) < 0)
		return error_errno(err, errno, "cannot read '%s'", s->path);
	if (!S_ISREG(st.st_mode) && !s->may_be_directory)
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file", s->path);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file or directory",
				 s->path);
	return access(s->path, R_OK) < 0 ? error_errno(err, errno, "cannot read '%s'", s->path) : 0;
}

bool provision_is_neighbour(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		if (strcmp(name, neighbours[i]) == 0)
			return true;
	}
	return false;
}

bool provision_is_from_galaxy(const char *directory)
{
	cleanup_free char *mark = fs_join(directory, "meta/.galaxy_install_info");
	struct stat st;

	return lstat(mark, &st) == 0;
}

static void want_path(const struct provision_draft *d, const char *path)
{
	const struct provisioner *p = d->p;
	cleanup_free char *real = NULL;
	struct want want = {
		.kind = WANT_PATH,
		.why = provisioner_kind_name(p->kind),
		.file = p->decl.file,
		.line = p->decl.line,
	};

	if (!path_is_outside(d->n->conf->directory, path, &real))
		return;
	want.what = real;
	d->p->outside = true;
	normalizer_want(d->n, d->machine, &want);
}

/* As the file of the project that it is, where it is one. */
static const char *shown(const struct provision_draft *d, const char *path)
{
	const char *directory = d->n->conf->directory;
	size_t len = strlen(directory);

	if (strncmp(path, directory, len) != 0 || path[len] != '/')
		return path;
	path += len + 1;
	return text_has_prefix(path, "./") ? path + 2 : path;
}

static void want_command(const struct provision_draft *d, const char *program, const char *path)
{
	cleanup_free char *command = xasprintf("%s %s", program, shown(d, path));
	cleanup_free char *why = xasprintf("provisioner '%s'", d->p->name);

	normalizer_want(d->n, d->machine,
			&(struct want){ .kind = WANT_COMMAND,
					.what = command,
					.why = why,
					.file = d->p->decl.file,
					.line = d->p->decl.line });
}

void provision_source_take(const struct provision_draft *d)
{
	const struct provisioner *p = d->p;
	struct arena *arena = &d->n->env->arena;
	size_t count;
	struct provision_source *sources = provision_sources(p, arena, &count);

	for (size_t i = 0; i < count; i++) {
		cleanup_error struct error err = { 0 };

		want_path(d, sources[i].path);
		if (!d->n->conf->ignores_files && provision_source_check(&sources[i], &err) < 0)
			draft_problem(d, NULL, "%s", err.text);
	}
	/* Roles are written there. */
	if (p->kind == PROVISION_ANSIBLE && p->ansible.galaxy_roles_path)
		want_path(d, p->ansible.galaxy_roles_path);
	if (!p->outside)
		d->p->within = arena_strdup(arena, d->n->conf->directory);
	if (!provisioner_is_on_host(p))
		return;
	if (p->ansible.galaxy_role_file)
		want_command(d, "ansible-galaxy install -r", p->ansible.galaxy_role_file);
	want_command(d, "ansible-playbook", p->from);
}
