/* SPDX-License-Identifier: Apache-2.0 */
/* Project, file, lock and providers of one invocation. */
#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/pins.h"
#include "cli/state_dir.h"
#include "cli/stock.h"
#include "core/normalize.h"
#include "core/outside.h"
#include "core/vagrant_words.h"
#include "lua/envfile.h"

#define ENV_FILE "bothy.lua"

void session_init(struct session *s, const struct session_options *options, struct out *out)
{
	*s = (struct session){ .options = *options, .out = out, .lock_fd = -1, .home = fs_home() };
}

static void clear_views(struct session *s)
{
	for (size_t i = 0; i < s->view_count; i++) {
		record_clear(&s->records[i]);
		free((char *)(uintptr_t)s->views[i].box_digest);
		free((char *)(uintptr_t)s->views[i].key_id);
		free((char *)(uintptr_t)s->views[i].publish_reason);
		free((char *)(uintptr_t)s->views[i].folders_reason);
	}
	free(s->views);
	free(s->records);
	s->views = NULL;
	s->records = NULL;
	s->view_count = 0;
}

void session_clear(struct session *s)
{
	clear_views(s);
	for (size_t i = 0; i < SESSION_PROVIDERS; i++)
		provider_close(&s->providers[i]);
	stock_free(&s->stock);
	pins_free(&s->pins);
	observed_clear(&s->observed);
	for (size_t i = 0; i < SESSION_PROVIDERS; i++)
		error_clear(&s->silent[i]);
	env_clear(&s->env);
	problems_clear(&s->problems);
	free(s->home);
	free(s->entered);
	free(s->project_name);
	free(s->directory);
	free(s->state_dir);
	mem_close_fd(&s->lock_fd);
}

static void set_directory(struct session *s, char *directory)
{
	free(s->directory);
	free(s->state_dir);
	s->directory = directory;
	s->state_dir = fs_join(directory, ".bothy");
	s->owner = fs_owner_of(directory);
	project_id_of(directory, s->project.id);
	s->project.directory = s->directory;
}

const struct owner *session_owner_of(const struct session *s, const char *path)
{
	cleanup_error struct error none = { 0 };
	cleanup_free char *here = NULL, *whole = NULL;

	if (fs_real_path(".", &here, &none) < 0)
		return NULL;
	whole = fs_join(here, path);
	return path_is_outside(s->directory, whole, NULL) ? NULL : &s->owner;
}

static int start_directory(const struct session *s, char **out, struct error *err)
{
	const char *from = s->options.directory ? s->options.directory : ".";
	struct stat st;

	if (stat(from, &st) == 0 && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_NOT_FOUND, "'%s' is no directory", from);
	/* What is missing is told with its whole path. */
	return fs_real_path(from, out, err);
}

/* Cuts the last component off; false at the root. */
static bool to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

static int find_file(const struct session *s, char **out, struct error *err)
{
	const char *given = getenv("BOTHY_FILE");
	cleanup_free char *directory = NULL, *vagrantfile = NULL;

	if (start_directory(s, &directory, err) < 0)
		return -1;
	vagrantfile = fs_join(directory, "Vagrantfile");
	if (given && *given) {
		cleanup_free char *path = fs_join(directory, given);

		return fs_real_path(path, out, err);
	}
	do {
		cleanup_free char *path = fs_join(directory, ENV_FILE);

		if (fs_exists(path)) {
			*out = take_ptr(path);
			return 0;
		}
	} while (to_parent(directory));
	error_set(err, ERROR_NOT_FOUND, "there is no '%s' here or in any parent directory",
		  ENV_FILE);
	if (fs_exists(vagrantfile))
		return error_hint(err, "'bothy init' makes one; for the words of the Vagrantfile "
				       "see VAGRANT in 'man bothy'");
	return error_hint(err, "make one with 'bothy init'");
}

/* Messages name the file the way the user would: relative to where they are, if it is short. */
static char *shown_path(const char *path)
{
	cleanup_free char *cwd = getcwd(NULL, 0);
	size_t len = cwd ? strlen(cwd) : 0;

	if (len > 1 && strncmp(path, cwd, len) == 0 && path[len] == '/')
		return xstrdup(path + len + 1);
	return xstrdup(path);
}

static void shorten_place(struct session *s, const char **file)
{
	cleanup_free char *shown = shown_path(*file);

	*file = arena_strdup(&s->env.arena, shown);
}

/* Of what is told about later. */
static void shorten_places(struct session *s)
{
	for (size_t i = 0; i < s->env.want_count; i++)
		shorten_place(s, &s->env.wants[i].file);
	for (size_t i = 0; i < s->env.machine_count; i++) {
		const struct machine *m = &s->env.machines[i];

		for (size_t k = 0; k < m->hook_count; k++)
			shorten_place(s, &m->hooks[k].file);
	}
}

static int report_problems(struct session *s, const char *file, struct error *err)
{
	problems_sort(&s->problems);
	if (s->problems.count == 1)
		return error_set(err, ERROR_ENVFILE, "'%s' has a mistake", file);
	return error_set(err, ERROR_ENVFILE, "'%s' has %zu mistakes", file, s->problems.count);
}

int session_no_provider(const struct session *s, const char *wanted, struct error *err)
{
	const char *names[SESSION_PROVIDERS], *near,
		*vagrant = vagrant_hint(VAGRANT_PROVIDER, wanted);
	size_t count = 0;

	for (; providers[count]; count++)
		names[count] = providers[count]->name;
	near = text_nearest(wanted, names, count);
	error_set(err, ERROR_USAGE, "%s: there is no provider '%s'",
		  s->options.provider ? "option '--provider'" : "BOTHY_PROVIDER", wanted);
	if (vagrant)
		return error_hint(err, "%s", vagrant);
	return near ? error_hint(err, "did you mean '%s'?", near) : -1;
}

/* A wrong word on the command line must not look like a mistake of the file. */
static int check_provider(const struct session *s, const char *const *names, const char *wanted,
			  struct error *err)
{
	size_t count = 0;

	for (; names[count]; count++) {
		if (strcmp(names[count], wanted) == 0)
			return 0;
	}
	return session_no_provider(s, wanted, err);
}

static int load_file(struct session *s, const char *path, struct error *err)
{
	const char *names[SESSION_PROVIDERS + 1] = { NULL };
	const char *fallback = getenv("BOTHY_PROVIDER");
	const struct provider_conf engines = session_engines_conf(s);
	struct folder_abilities folders[SESSION_PROVIDERS];
	struct normalize_conf conf = { .providers = names,
				       .directory = s->directory,
				       .folders = folders,
				       .ignores_files = s->forgoes != NULL };
	cleanup_env_raw struct env_raw raw = { 0 };
	cleanup_free char *shown = shown_path(path);

	for (size_t i = 0; providers[i] && i < SESSION_PROVIDERS; i++) {
		names[i] = providers[i]->name;
		provider_folders(providers[i], &engines, &folders[i]);
	}
	conf.provider = s->options.provider   ? s->options.provider :
			fallback && *fallback ? fallback :
						NULL;
	if (conf.provider && check_provider(s, names, conf.provider, err) < 0)
		return -1;
	if (envfile_load(path, &raw, &s->problems, err) < 0) {
		s->file_is_bad = err->kind != ERROR_STOPPED;
		return -1;
	}
	if (raw.finished)
		normalize(&raw, &conf, &s->env, &s->problems);
	s->env.file = arena_strdup(&s->env.arena, shown);
	shorten_places(s);
	for (size_t i = 0; i < s->problems.count; i++) {
		cleanup_free char *file = shown_path(s->problems.at[i].file);

		s->problems.at[i].file = arena_strdup(&s->problems.arena, file);
	}
	s->file_is_bad = s->problems.count > 0;
	return s->file_is_bad ? report_problems(s, shown, err) : 0;
}

int session_load(struct session *s, struct error *err)
{
	cleanup_free char *path = NULL, *directory = NULL;

	if (s->has_env)
		return 0;
	if (find_file(s, &path, err) < 0)
		return -1;
	directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	set_directory(s, take_ptr(directory));
	if (state_dir_check(s->state_dir, err) < 0 || load_file(s, path, err) < 0)
		return -1;
	s->has_env = true;
	s->project = s->env.project;
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if ((int)strlen(s->env.machines[i].name) > s->out->name_width)
			s->out->name_width = (int)strlen(s->env.machines[i].name);
	}
	for (size_t i = 0; i < s->env.notes.count; i++)
		out_warn(s->out, "note: %s", s->env.notes.at[i]);
	return 0;
}

int session_enter(struct session *s, const struct observed_machine *m, struct error *err)
{
	char *name = xstrdup(m->project.name);

	set_directory(s, xstrdup(m->project.directory));
	free(s->project_name);
	s->project_name = name;
	/* The id the machine carries counts, also when the directory has moved since. */
	s->project = m->project;
	s->project.name = s->project_name;
	s->project.directory = s->directory;
	return state_dir_check(s->state_dir, err);
}

void session_leave(struct session *s)
{
	clear_views(s);
	env_clear(&s->env);
	problems_clear(&s->problems);
	free(s->directory);
	free(s->state_dir);
	s->directory = s->state_dir = NULL;
	s->project = (struct project){ 0 };
	s->has_env = s->trusted = s->file_is_bad = false;
}

/* Machines know their project's directory, so they are found when its file is gone. */
static const struct observed_machine *machine_of(const struct session *s, const char *directory)
{
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		if (text_equal(s->observed.machines[i].project.directory, directory))
			return &s->observed.machines[i];
	}
	return NULL;
}

void session_warn_forgone(const struct session *s, const struct error *why)
{
	out_warn(s->out, "warning: %s%s; going by what exists%s%s", why->text,
		 s->problems.count == 0 ? "" :
		 s->problems.count == 1 ? ", 'bothy validate' shows it" :
					  ", 'bothy validate' shows them",
		 *s->forgoes ? ": " : "", s->forgoes);
}

/* Where nothing exists nobody waits for anything but the mistakes. A project further up is another one. */
static int go_without_file(struct session *s, struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	const struct observed_machine *m;

	env_clear(&s->env);
	m = session_observe(s, &ignored) == 0 ? machine_of(s, s->directory) : NULL;
	if (!m)
		return -1;
	session_warn_forgone(s, err);
	error_clear(err);
	problems_clear(&s->problems);
	return session_enter(s, m, err);
}

int session_find(struct session *s, const char *forgoes, struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_free char *directory = NULL;

	s->forgoes = forgoes;
	if (session_load(s, err) == 0)
		return 0;
	if (s->file_is_bad)
		return forgoes ? go_without_file(s, err) : -1;
	if (err->kind != ERROR_NOT_FOUND || start_directory(s, &directory, &ignored) < 0 ||
	    session_observe(s, &ignored) < 0)
		return -1;
	do {
		const struct observed_machine *m = machine_of(s, directory);

		if (m) {
			error_clear(err);
			return session_enter(s, m, err);
		}
	} while (to_parent(directory));
	return -1;
}

int session_find_for(struct session *s, int words, const char *forgoes, struct error *err)
{
	if (session_find(s, forgoes, err) == 0)
		return 0;
	if (s->file_is_bad || words == 0 || err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	return 0;
}

static bool is_still_there(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/*
 * A destroy that ends just now takes the lock's file with it: then a new one is made. A directory that is gone
 * is not made again only to be locked.
 */
int session_lock(struct session *s, struct error *err)
{
	cleanup_free char *path = fs_join(s->state_dir, "lock");
	int fd = -1;

	if (state_dir_check(s->state_dir, err) < 0)
		return -1;
	while (s->lock_fd < 0 && fs_exists(s->directory)) {
		if (fs_make_dirs(s->state_dir, 0755, &s->owner, err) < 0)
			return -1;
		if (fs_lock(path, s->command, 0, &s->owner, &fd, err) < 0) {
			if (err->kind == ERROR_NOT_FOUND && !fs_exists(s->state_dir))
				continue;
			return error_wrap(err, "cannot work on project '%s'", s->project.name);
		}
		if (is_still_there(fd, path))
			s->lock_fd = take_fd(fd);
		mem_close_fd(&fd);
	}
	return 0;
}

void session_forget(struct session *s)
{
	observed_clear(&s->observed);
	for (size_t i = 0; i < SESSION_PROVIDERS; i++)
		error_clear(&s->silent[i]);
	s->has_observed = false;
	clear_views(s);
}

char *session_machine_path(const struct session *s, const char *machine, const char *file)
{
	return xasprintf("%s/machines/%s%s%s", s->state_dir, machine, file ? "/" : "",
			 file ? file : "");
}
