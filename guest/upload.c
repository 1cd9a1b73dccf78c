/* SPDX-License-Identifier: Apache-2.0 */
/* Directories: one command makes them all and the symlinks, then each file is copied by itself. */
#include "guest/upload.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

#define DEPTH_MOST 64

struct tree {
	const char *from;
	struct arena arena;
	struct text script; /* makes directories and symlinks below "$to" */
	const char **files; /* relative to from */
	size_t file_count;
};

static void add_directory(struct tree *t, const char *relative, mode_t mode)
{
	text_add(&t->script, "d=$to/");
	text_add_shell_quoted(&t->script, relative);
	text_addf(&t->script, "; [ -d \"$d\" ] || { mkdir \"$d\"; chmod %04o \"$d\"; }\n",
		  mode & 07777);
}

static int add_symlink(struct tree *t, const char *path, const char *relative, struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	if (len < 0)
		return error_errno(err, errno, "cannot read the link '%s'", path);
	target[len] = '\0';
	text_add(&t->script, "ln -sfn ");
	text_add_shell_quoted(&t->script, target);
	text_add(&t->script, " \"$to\"/");
	text_add_shell_quoted(&t->script, relative);
	text_add(&t->script, "\n");
	return 0;
}

static int add_entry(struct tree *t, const char *path, const char *relative, bool *out_directory,
		     struct error *err)
{
	struct stat st;

	*out_directory = false;
	if (lstat(path, &st) < 0)
		return error_errno(err, errno, "cannot look at '%s'", path);
	if (S_ISLNK(st.st_mode))
		return add_symlink(t, path, relative, err);
	if (S_ISDIR(st.st_mode)) {
		add_directory(t, relative, st.st_mode);
		*out_directory = true;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM,
				 "cannot copy '%s': neither a file, a directory nor a link", path);
	t->files = arena_grow(&t->arena, t->files, t->file_count, sizeof(*t->files));
	t->files[t->file_count++] = arena_strdup(&t->arena, relative);
	return 0;
}

static int add_below(struct tree *t, const char *relative, int depth, struct error *err)
{
	cleanup_free char *path = *relative ? fs_join(t->from, relative) : xstrdup(t->from);
	DIR *directory = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!directory)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (depth > DEPTH_MOST)
		rc = error_set(err, ERROR_SYSTEM, "cannot copy '%s': too many levels", path);
	while (rc == 0 && (entry = readdir(directory))) {
		cleanup_free char *full = fs_join(path, entry->d_name);
		cleanup_free char *below = *relative ? fs_join(relative, entry->d_name) :
						       xstrdup(entry->d_name);
		bool is_directory;

		/* What bothy keeps in a project has keys in it, and is no part of what the project uploads. */
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") ||
		    text_equal(entry->d_name, ".bothy"))
			continue;
		rc = add_entry(t, full, below, &is_directory, err);
		if (rc == 0 && is_directory)
			rc = add_below(t, below, depth + 1, err);
	}
	closedir(directory);
	return rc;
}

static int make_directories(struct guest *g, const struct tree *t, const char *to, const char *user,
			    int64_t deadline_ms, struct error *err)
{
	cleanup_free char *command = become_command(g, user, "exec sh -e");
	cleanup_text struct text script = { 0 }, said = { 0 };
	int status;

	text_add(&script, "to=");
	text_add_shell_quoted(&script, to);
	text_add(&script, "\ncase $to in /*) ;; '~/'*) to=$HOME/${to#??} ;; *) to=./$to ;; esac\n"
			  "mkdir -p \"$to\"\n");
	text_add(&script, text_str(&t->script));
	if (run_capture(
		    g,
		    &(struct run_spec){ .command = command,
					.what = "making directories",
					.input = &(struct run_input){ script.ptr, script.len, -1 },
					.deadline_ms = deadline_ms },
		    &said, &status, err) < 0)
		return -1;
	if (status != 0)
		return error_set(err, ERROR_GUEST, "cannot make directories below '%s' in '%s': %s",
				 to, g->machine, run_last_line(&said));
	return 0;
}

static int copy_files(struct guest *g, const struct tree *t, const char *to, const char *user,
		      int64_t deadline_ms, struct error *err)
{
	for (size_t i = 0; i < t->file_count; i++) {
		cleanup_free char *source = fs_join(t->from, t->files[i]);
		cleanup_free char *target = fs_join(to, t->files[i]);
		const struct guest_file file = { .from = source, .to = target, .user = user };

		if (guest_copy(g, &file, deadline_ms, err) < 0)
			return -1;
	}
	return 0;
}

int upload_tree(struct guest *g, const char *from, const char *to, const char *user,
		int64_t deadline_ms, struct error *err)
{
	struct tree tree = { .from = from };
	bool may_root = false;
	int rc = 0;

	if (user)
		rc = become_check(g, user, deadline_ms, err);
	else
		rc = become_may_root(g, deadline_ms, &may_root, err);
	if (rc == 0 && !user)
		user = may_root ? "root" : g->user;
	if (rc == 0)
		rc = add_below(&tree, "", 0, err);
	if (rc == 0)
		rc = make_directories(g, &tree, to, user, deadline_ms, err);
	if (rc == 0)
		rc = copy_files(g, &tree, to, user, deadline_ms, err);
	text_clear(&tree.script);
	arena_clear(&tree.arena);
	return rc;
}
