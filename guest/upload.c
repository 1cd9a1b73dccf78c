/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories: one command makes them all and the symlinks, another takes the files as a tar stream. Who is not root
 * cannot write into those that shall be read-only: these become so by a third one.
 */
#include "guest/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/become.h"
#include "guest/copy_script.h"
#include "guest/link.h"
#include "guest/run.h"
#include "guest/tarstream.h"

/* Before the first of them: where the paths of the script begin. */
#define TO_BEGINS "\ncase $to in /*) ;; '~/'*) to=$HOME/${to#??} ;; *) to=./$to ;; esac\n"

struct tree {
	const char *from, *within;
	int root_fd;
	struct listing listing;
	bool as_root;
	struct text script;  /* makes directories and symlinks below "$to" */
	struct text closing; /* takes rights from directories again; empty unless it is needed */
	struct listed **files;
	size_t file_count;
};

static bool needs_closing(const struct tree *t, const struct listed *entry)
{
	return !t->as_root && entry->type == 'd' && (entry->mode & 0300) != 0300;
}

static void add_directory(struct tree *t, const struct listed *entry)
{
	text_add(&t->script, "d=$to/");
	text_add_shell_quoted(&t->script, entry->path);
	text_addf(&t->script, "; [ -d \"$d\" ] || { mkdir \"$d\"; chmod %04o \"$d\"; }\n",
		  entry->mode);
	if (needs_closing(t, entry))
		text_add(&t->script, "[ -w \"$d\" ] && [ -x \"$d\" ] || chmod u+wx \"$d\"\n");
}

/* From the end, while what is above can still be entered. One that is somebody else's stays as it is. */
static void add_closing(struct tree *t)
{
	for (size_t i = t->listing.count; i-- > 0;) {
		const struct listed *entry = &t->listing.at[i];

		if (text_equal(entry->path, LISTING_ROOT) || !needs_closing(t, entry))
			continue;
		text_add(&t->closing, "d=$to/");
		text_add_shell_quoted(&t->closing, entry->path);
		text_addf(&t->closing, "; chmod %04o \"$d\" 2>/dev/null || :\n", entry->mode);
	}
}

/* ln(1) would put the link into a directory that is in its way. */
static void add_symlink(struct tree *t, const struct listed *entry)
{
	text_add(&t->script, "d=$to/");
	text_add_shell_quoted(&t->script, entry->path);
	text_add(&t->script,
		 "; if [ -d \"$d\" ] && [ ! -L \"$d\" ]; then "
		 "echo \"'$d' is a directory, where a link would be put\" >&2; exit 1; fi\n"
		 "ln -sfn -- ");
	text_add_shell_quoted(&t->script, entry->target);
	text_add(&t->script, " \"$d\"\n");
}

static int list(struct tree *t, struct error *err)
{
	const struct ignore nothing = { 0 };

	if (fs_open_within(t->within, t->from, &t->root_fd, err) < 0)
		return -1;
	if (listing_scan(t->root_fd, t->from, &nothing, &t->listing, err) < 0)
		return -1;
	if (t->listing.special)
		return error_set(err, ERROR_SYSTEM,
				 "cannot copy '%s/%s': neither a file, a directory nor a link",
				 t->from, t->listing.special);
	t->files = xcalloc(t->listing.count, sizeof(struct listed *));
	for (size_t i = 0; i < t->listing.count; i++) {
		struct listed *entry = &t->listing.at[i];

		if (text_equal(entry->path, LISTING_ROOT))
			continue;
		if (entry->type == 'd')
			add_directory(t, entry);
		else if (entry->type == 'l')
			add_symlink(t, entry);
		else
			t->files[t->file_count++] = entry;
	}
	add_closing(t);
	return 0;
}

static int make_directories(struct guest *g, const struct text *lines, const char *to,
			    const char *user, int64_t deadline_ms, struct error *err)
{
	cleanup_free char *command = become_command(g, user, "exec sh -e");
	cleanup_text struct text script = { 0 }, said = { 0 };
	int status;

	text_add(&script, "to=");
	text_add_shell_quoted(&script, to);
	text_add(&script, TO_BEGINS "mkdir -p \"$to\"\n");
	text_add(&script, text_str(lines));
	if (run_capture(g,
			&(struct run_spec){ .command = command,
					    .what = "making directories",
					    .input = &(struct run_input){ .data = script.ptr,
									  .len = script.len,
									  .fd = -1 },
					    .deadline_ms = deadline_ms },
			&said, &status, err) < 0)
		return -1;
	if (status != 0)
		return error_set(err, ERROR_GUEST,
				 "cannot make directories and links below '%s' in '%s': %s", to,
				 g->machine, run_last_line(&said));
	return 0;
}

static int copy_files(struct guest *g, const struct tree *t, const char *to, const char *user,
		      int64_t deadline_ms, struct error *err)
{
	struct tarstream stream = {
		.root_fd = t->root_fd, .name = t->from, .entries = t->files, .count = t->file_count
	};
	const struct run_input input = { .fd = -1, .read = tarstream_read, .ctx = &stream };
	cleanup_text struct text script = { 0 }, said = { 0 };
	cleanup_free char *command = NULL;
	int status, rc;

	if (!t->file_count)
		return 0;
	text_add(&script, "to=");
	text_add_shell_quoted(&script, to);
	text_add(&script, TO_BEGINS);
	copy_script_add_extract(&script, "cd \"$to\" || exit 1; ", t->as_root);
	command = become_command(g, user, text_str(&script));
	rc = run_capture(g,
			 &(struct run_spec){ .command = command,
					     .what = "copying files",
					     .input = &input,
					     .deadline_ms = deadline_ms },
			 &said, &status, err);
	tarstream_clear(&stream);
	if (rc < 0 || status == 0)
		return rc;
	copy_script_error(g->machine, status, &said, err);
	return error_wrap(err, "cannot write below '%s' in '%s'", to, g->machine);
}

int upload_tree(struct guest *g, const struct guest_file *what, int64_t deadline_ms,
		struct error *err)
{
	struct tree tree = { .from = what->from, .within = what->within, .root_fd = -1 };
	const char *to = what->to, *user = what->user;
	bool may_root = false;
	int rc = 0;

	if (user)
		rc = become_check(g, user, deadline_ms, err);
	else
		rc = become_may_root(g, deadline_ms, &may_root, err);
	if (rc == 0 && !user)
		user = may_root ? "root" : g->user;
	tree.as_root = rc == 0 && text_equal(user, "root");
	if (rc == 0)
		rc = list(&tree, err);
	if (rc == 0)
		rc = make_directories(g, &tree.script, to, user, deadline_ms, err);
	if (rc == 0)
		rc = copy_files(g, &tree, to, user, deadline_ms, err);
	if (rc == 0 && tree.closing.len)
		rc = make_directories(g, &tree.closing, to, user, deadline_ms, err);
	text_clear(&tree.script);
	text_clear(&tree.closing);
	listing_clear(&tree.listing);
	free(tree.files);
	mem_close_fd(&tree.root_fd);
	return rc;
}
