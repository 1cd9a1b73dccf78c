/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file into a machine: `cat` into a temporary name beside the target, which takes its place
 * only if every byte has come. An exec moves more than twice what SFTP does.
 */
#include "guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

struct source {
	int fd;
	uint64_t size_bytes;
	unsigned mode;
	const char *name; /* for a target that is a directory; NULL if it has none */
	const struct guest_file *file;
	uint64_t done;
};

static ssize_t read_counted(void *ctx, void *buf, size_t size, struct error *err)
{
	struct source *s = ctx;
	ssize_t n;

	do
		n = read(s->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "cannot read '%s'", s->file->from);
	s->done += (uint64_t)n;
	s->file->progress(s->file->ctx, s->done, s->size_bytes);
	return n;
}

static int open_source(const struct guest_file *file, struct source *out, struct error *err)
{
	struct stat st;
	const char *slash;
	cleanup_close int fd = -1;

	if (!file->from) {
		*out = (struct source){ .fd = -1, .size_bytes = file->content_len, .mode = 0644 };
		return 0;
	}
	if (fs_open_within(file->within, file->from, &fd, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot open '%s'", file->from);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot copy '%s': not a file", file->from);
	slash = strrchr(file->from, '/');
	*out = (struct source){ .fd = take_fd(fd),
				.size_bytes = (uint64_t)st.st_size,
				.mode = st.st_mode & 07777,
				.name = slash ? slash + 1 : file->from };
	return 0;
}

static char *script_for(const struct guest_file *file, const struct source *source)
{
	struct text s = { 0 };

	text_add(&s, "set -e; to=");
	text_add_shell_quoted(&s, file->to);
	text_add(&s, "; name=");
	text_add_shell_quoted(&s, source->name ? source->name : "");
	text_addf(&s, "; size=%llu; mode=%04o; ", (unsigned long long)source->size_bytes,
		  file->mode ? file->mode : source->mode);
	text_add(&s,
		 "case $to in /*) ;; '~/'*) to=$HOME/${to#??} ;; *) to=./$to ;; esac; "
		 "case $to in */) mkdir -p \"$to\" ;; *) mkdir -p \"$(dirname \"$to\")\" ;; esac; "
		 "if [ -d \"$to\" ]; then "
		 "[ -n \"$name\" ] || { echo 'it is a directory' >&2; exit 1; }; "
		 "to=${to%/}/$name; fi; "
		 "[ ! -d \"$to\" ] || { echo 'it is a directory' >&2; exit 1; }; "
		 "[ ! -e \"$to\" ] || [ -f \"$to\" ] || { "
		 "echo 'it is neither a file nor a directory' >&2; exit 1; }; "
		 "t=$to.bothy.$$; trap 'rm -f \"$t\"' EXIT; trap 'exit 143' HUP INT TERM; "
		 "(umask 077; cat >\"$t\"); "
		 "[ \"$(wc -c <\"$t\")\" -eq \"$size\" ] || { "
		 "echo 'it did not arrive as a whole' >&2; exit 1; }; "
		 "chmod \"$mode\" \"$t\"; mv -f \"$t\" \"$to\"");
	return text_take(&s);
}

/* Who writes it: the user asked for, else root where that is possible, else the login user. */
static int choose_user(struct guest *g, const struct guest_file *file, int64_t deadline_ms,
		       const char **out, struct error *err)
{
	bool may_root;

	if (file->user) {
		*out = file->user;
		return become_check(g, file->user, deadline_ms, err);
	}
	if (become_may_root(g, deadline_ms, &may_root, err) < 0)
		return -1;
	*out = may_root ? "root" : g->user;
	return 0;
}

static int send_file(struct guest *g, const struct guest_file *file, const char *user,
		     int64_t deadline_ms, struct error *err)
{
	cleanup_text struct text said = { 0 };
	cleanup_free char *script = NULL, *command = NULL;
	struct source source;
	struct run_input input = { .fd = -1 };
	int status, rc;

	if (open_source(file, &source, err) < 0)
		return -1;
	script = script_for(file, &source);
	command = become_command(g, user, script);
	source.file = file;
	input.fd = source.fd;
	input.data = file->content;
	input.len = file->from ? 0 : file->content_len;
	if (file->from && file->progress) {
		input.read = read_counted;
		input.ctx = &source;
	}
	rc = run_capture(g,
			 &(struct run_spec){ .command = command,
					     .what = "copying a file",
					     .input = &input,
					     .deadline_ms = deadline_ms },
			 &said, &status, err);
	mem_close_fd(&source.fd);
	if (rc == 0 && status != 0)
		rc = error_set(err, ERROR_GUEST, "%s", run_last_line(&said));
	return rc;
}

int guest_copy(struct guest *g, const struct guest_file *file, int64_t deadline_ms,
	       struct error *err)
{
	const char *user = NULL;

	if (choose_user(g, file, deadline_ms, &user, err) < 0 ||
	    send_file(g, file, user, deadline_ms, err) < 0) {
		cleanup_free char *where = xasprintf(" in '%s'", g->machine);

		return error_wrap(err, "cannot write '%s'%s", file->to,
				  strstr(err->text, where) ? "" : where);
	}
	return 0;
}
