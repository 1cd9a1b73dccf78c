/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of playbooks with what stands around them. */
#include "cli/playbooks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/names.h"
#include "core/provision_ansible.h"
#include "core/provisioners.h"
#include "core/stop.h"
#include "core/text.h"

/* Where links go round in circles, each directory counts once. */
struct walk {
	struct digest *digest;
	struct visit {
		dev_t device;
		ino_t inode;
	} * seen;
	size_t count;
};

static int add_tree(struct walk *w, const char *path, struct error *err);

static bool is_seen(struct walk *w, const struct stat *st)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->seen[i].device == st->st_dev && w->seen[i].inode == st->st_ino)
			return true;
	}
	w->seen = xgrow(w->seen, w->count, sizeof(*w->seen));
	w->seen[w->count++] = (struct visit){ st->st_dev, st->st_ino };
	return false;
}

static bool is_kept(const char *name)
{
	return strcmp(name, ".git") != 0 && strcmp(name, ".bothy") != 0;
}

/* What of a directory belongs to a playbook; NULL: all. */
typedef bool (*keep_fn)(const char *name, bool is_directory);

static int add_directory(struct walk *w, const char *path, keep_fn keep, struct error *err)
{
	cleanup_names struct names names;

	if (names_in(path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		cleanup_free char *child = fs_join(path, names.at[i]);
		struct stat st;
		bool is_directory = stat(child, &st) == 0 && S_ISDIR(st.st_mode);

		if (!is_kept(names.at[i]) || (keep && !keep(names.at[i], is_directory)))
			continue;
		digest_add_field(w->digest, names.at[i]);
		if (add_tree(w, child, err) < 0)
			return -1;
	}
	digest_add_field(w->digest, NULL);
	return 0;
}

/* A link that leads nowhere, a socket: there, but nothing to run. */
static int add_tree(struct walk *w, const char *path, struct error *err)
{
	struct stat st;

	if (stop_check(0, NULL, err) < 0)
		return -1;
	if (stat(path, &st) < 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
		digest_add_field(w->digest, "nothing");
		return 0;
	}
	if (S_ISDIR(st.st_mode) && is_seen(w, &st)) {
		digest_add_field(w->digest, "seen");
		return 0;
	}
	digest_add_field(w->digest, S_ISDIR(st.st_mode)  ? "directory" :
				    st.st_mode & S_IXUSR ? "program" :
							   "file");
	if (S_ISDIR(st.st_mode))
		return add_directory(w, path, NULL, err);
	return digest_add_file(w->digest, path, err);
}

/* https://docs.ansible.com/ansible/latest/tips_tricks/sample_setup.html, and the directories of plugins. */
static bool belongs_to_playbook(const char *name, bool is_directory)
{
	static const char *const directories[] = {
		"roles",    "group_vars", "host_vars", "templates", "files",        "tasks",
		"handlers", "vars",       "library",   "meta",      "module_utils", "collections",
	};
	static const char *const ends[] = { ".yml", ".yaml", ".py", ".cfg", ".ini", ".json", ".j2" };

	for (size_t i = 0; is_directory && i < ARRAY_SIZE(directories); i++) {
		if (strcmp(name, directories[i]) == 0)
			return true;
	}
	for (size_t i = 0; !is_directory && i < ARRAY_SIZE(ends); i++) {
		if (text_has_suffix(name, ends[i]))
			return true;
	}
	return is_directory && text_has_suffix(name, "_plugins");
}

static int add_files(struct walk *w, const struct env *env, const struct provisioner *p,
		     const char *vars, struct error *err)
{
	const struct ansible *a = &p->ansible;
	cleanup_free char *config = fs_join(env->project.directory, "ansible.cfg");
	const char *const paths[] = {
		p->from, config, a->galaxy_role_file, a->galaxy_roles_path, a->inventory_path, vars
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		digest_add_field(w->digest, paths[i]);
		if (paths[i] && add_tree(w, paths[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add_neighbours(struct walk *w, const struct env *env, const struct provisioner *p,
			  struct error *err)
{
	cleanup_free char *directory = xstrndup(p->from, (size_t)(strrchr(p->from, '/') - p->from));
	cleanup_free char *real = NULL;
	bool in_root;

	if (fs_real_path(*directory ? directory : "/", &real, err) < 0)
		return -1;
	in_root = strcmp(real, env->project.directory) == 0;
	return add_directory(w, real, in_root ? belongs_to_playbook : NULL, err);
}

static int add_playbook(struct walk *w, const struct env *env, const struct provisioner *p,
			struct error *err)
{
	struct arena arena = { 0 };
	int rc = add_files(w, env, p, ansible_vars_file(&p->ansible, &arena), err);

	arena_clear(&arena);
	return rc < 0 ? -1 : add_neighbours(w, env, p, err);
}

static int add_playbooks(struct walk *w, const struct env *env, const struct provisioners *list,
			 struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct provisioner *p = &list->at[i];

		if (provisioner_is_on_host(p) && add_playbook(w, env, p, err) < 0)
			return -1;
	}
	return 0;
}

int playbooks_digest(const struct env *env, char out_hex[static DIGEST_HEX_BYTES],
		     struct error *err)
{
	cleanup_digest struct digest *d = digest_new();
	struct walk w = { .digest = d };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < env->machine_count; i++)
		rc = add_playbooks(&w, env, &env->machines[i].provision, err);
	if (rc == 0)
		rc = add_playbooks(&w, env, &env->once, err);
	free(w.seen);
	if (rc == 0)
		digest_finish(d, out_hex);
	return rc;
}
