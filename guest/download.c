/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command: its first line says what comes, "f 755 1234" or "d"; then the bytes of the file, or a tar archive. That
 * is unpacked by a thread of its own, since the library for it reads where libssh tells.
 */
#include "guest/download.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/link.h"
#include "guest/run.h"
#include "guest/untar.h"

#define HEADER_BYTES 64
#define SAID_BYTES 4096

struct coming {
	struct download *what;
	const char *machine;
	struct text header, said; /* said: the end of standard error */
	bool begun;               /* the header is complete */
	uint64_t done, total;
	/* of a file */
	int fd;
	char *path, *temporary;
	/* of a directory */
	pthread_t thread;
	int pipe[2], directory_fd; /* pipe: [0] the thread reads */
	bool unpacking, refused;   /* refused: the thread wants no more */
	int unpacked;
	struct error why;
};

static void *unpack(void *arg)
{
	struct coming *c = arg;
	char rest[4096];

	c->unpacked =
		untar(c->pipe[0], c->directory_fd, c->what->owner, &c->what->left_out, &c->why);
	/* Blocks of zeroes follow the end of an archive. */
	while (c->unpacked == 0 && read(c->pipe[0], rest, sizeof(rest)) > 0)
		;
	shutdown(c->pipe[0], SHUT_RDWR);
	return NULL;
}

static int begin_directory(struct coming *c, struct error *err)
{
	const char *to = c->what->to;
	int rc;

	if (fs_make_dirs(to, 0755, c->what->owner, err) < 0)
		return -1;
	c->directory_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->directory_fd < 0)
		return error_errno(err, errno, "cannot open '%s'", to);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->pipe) < 0)
		return error_errno(err, errno, "cannot unpack");
	rc = pthread_create(&c->thread, NULL, unpack, c);
	if (rc != 0)
		return error_errno(err, rc, "cannot unpack");
	c->unpacking = true;
	return 0;
}

/* Its type, as of st_mode; 0: there is nothing. */
static mode_t type_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/* What nobody else may read there nobody else may read here. */
static mode_t permissions(unsigned mode)
{
	mode_t mask = umask(0077);

	umask(mask);
	return (mode & 0111 ? 0755 : 0644) & (mode & 0077 ? 0777 : 0700) & ~mask;
}

/* The directories that the file comes to. */
static int make_place(const char *to, const struct owner *owner, struct error *err)
{
	const char *slash = strrchr(to, '/');
	cleanup_free char *directory = slash ? xstrndup(to, (size_t)(slash - to)) : NULL;

	return directory && *directory ? fs_make_dirs(directory, 0755, owner, err) : 0;
}

static int begin_file(struct coming *c, unsigned mode, struct error *err)
{
	const char *slash = strrchr(c->what->from, '/');
	const char *name = slash ? slash + 1 : c->what->from;
	mode_t type;

	if (make_place(c->what->to, c->what->owner, err) < 0)
		return -1;
	c->path = type_of(c->what->to) == S_IFDIR ? fs_join(c->what->to, name) :
						    xstrdup(c->what->to);
	c->temporary = xasprintf("%s.bothy.XXXXXX", c->path);
	type = type_of(c->path);
	/* A device would be a file from now on. */
	if (type && type != S_IFREG)
		return error_set(err, ERROR_SYSTEM, "cannot write '%s': it is %s", c->path,
				 type == S_IFDIR ? "a directory" : "no file");
	c->fd = mkostemp(c->temporary, O_CLOEXEC);
	if (c->fd < 0) {
		mem_free_pointer(&c->temporary);
		c->temporary = NULL;
		return error_errno(err, errno, "cannot write '%s'", c->path);
	}
	fchmod(c->fd, permissions(mode));
	if (fs_give(c->fd, c->what->owner) < 0)
		return error_errno(err, errno, "cannot write '%s'", c->path);
	return 0;
}

static int begin(struct coming *c, struct error *err)
{
	unsigned long long size;
	unsigned mode;

	c->begun = true;
	if (text_equal(text_str(&c->header), "d"))
		return begin_directory(c, err);
	if (sscanf(text_str(&c->header), "f %o %llu", &mode, &size) != 2)
		return error_set(err, ERROR_GUEST, "the machine sent something else");
	c->total = size;
	return begin_file(c, mode, err);
}

static int pass_on(struct coming *c, const char *data, size_t len, struct error *err)
{
	if (!c->unpacking)
		return fs_write_all(c->fd, data, len) < 0 ?
			       error_errno(err, errno, "cannot write '%s'", c->path) :
			       0;
	while (len) {
		ssize_t n = send(c->pipe[1], data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->refused = true;
			return error_errno(err, errno, "cannot unpack");
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int take(struct coming *c, const char *data, size_t len, struct error *err)
{
	if (!c->begun) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		text_addn(&c->header, data, part);
		if (c->header.len > HEADER_BYTES)
			return error_set(err, ERROR_GUEST, "the machine sent something else");
		if (!end)
			return 0;
		if (begin(c, err) < 0)
			return -1;
		data += part + 1;
		len -= part + 1;
	}
	/* It may grow while it is read, as logs do. */
	if (!c->unpacking && len > c->total - c->done)
		len = (size_t)(c->total - c->done);
	c->done += len;
	if (c->what->progress)
		c->what->progress(c->what->ctx, c->done, c->total);
	return pass_on(c, data, len, err);
}

static int on_output(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct coming *c = ctx;

	if (stream == 1)
		return take(c, data, len, err);
	text_add_end(&c->said, data, len, SAID_BYTES);
	return 0;
}

/* The thread's own words count where it was the one to end it. */
static int finish_directory(struct coming *c, int rc, struct error *err)
{
	if (!c->unpacking)
		return rc;
	shutdown(c->pipe[1], SHUT_WR);
	pthread_join(c->thread, NULL);
	if (c->unpacked < 0 && (rc == 0 || c->refused))
		rc = error_move(err, &c->why);
	error_clear(&c->why);
	return rc;
}

static int finish_file(struct coming *c, int rc, struct error *err)
{
	if (!c->temporary)
		return rc;
	if (rc == 0 && c->done != c->total)
		rc = error_set(err, ERROR_GUEST, "it did not arrive as a whole");
	if (rc == 0 && rename(c->temporary, c->path) < 0)
		rc = error_errno(err, errno, "cannot write '%s'", c->path);
	if (rc < 0)
		unlink(c->temporary);
	return rc;
}

static char *script_for(const char *from)
{
	struct text s = { 0 };

	text_add(&s, "set -e; from=");
	text_add_shell_quoted(&s, from);
	text_add(
		&s,
		"; case $from in /*) ;; '~') from=$HOME ;; '~/'*) from=$HOME/${from#??} ;; "
		"*) from=$HOME/$from ;; esac; "
		"if [ -d \"$from\" ]; then cd \"$from\"; "
		"command -v tar >/dev/null || { echo 'there is no tar in it' >&2; exit 1; }; "
		"b=; ! tar --version 2>/dev/null | grep -q GNU || b='-b 256'; "
		"echo d; exec tar $b -cf - .; fi; "
		"[ -e \"$from\" ] || { echo 'there is no such file' >&2; exit 1; }; "
		"[ -f \"$from\" ] || { echo 'it is neither a file nor a directory' >&2; exit 1; }; "
		"size=$(wc -c <\"$from\"); mode=644; [ ! -x \"$from\" ] || mode=755; "
		"case $(ls -ldL \"$from\") in -[r-][w-][xsS-]------*) mode=${mode%??}00 ;; esac; "
		"echo \"f $mode\" $size; exec cat \"$from\"");
	return text_take(&s);
}

static int fetch(struct guest *g, struct coming *c, int64_t deadline_ms, struct error *err)
{
	cleanup_free char *script = script_for(c->what->from);
	cleanup_text struct text command = { 0 };
	const struct guest_output output = { .write = on_output, .ctx = c };
	int status, rc;

	text_add(&command, "exec sh -c ");
	text_add_shell_quoted(&command, script);
	rc = run_command(g,
			 &(struct run_spec){ .command = command.ptr,
					     .what = "downloading",
					     .output = &output,
					     .deadline_ms = deadline_ms },
			 &status, err);
	if (rc == 0 && status != 0)
		rc = error_set(err, ERROR_GUEST, "%s", run_tar_reason(&c->said));
	else if (rc == 0 && !c->begun)
		rc = error_set(err, ERROR_GUEST, "the machine sent nothing");
	return rc;
}

int guest_download(struct guest *g, struct download *d, int64_t deadline_ms, struct error *err)
{
	struct coming c = {
		.what = d, .machine = g->machine, .fd = -1, .pipe = { -1, -1 }, .directory_fd = -1
	};
	int rc = fetch(g, &c, deadline_ms, err);

	rc = finish_directory(&c, rc, err);
	rc = finish_file(&c, rc, err);
	mem_close_fd(&c.fd);
	mem_close_fd(&c.pipe[0]);
	mem_close_fd(&c.pipe[1]);
	mem_close_fd(&c.directory_fd);
	text_clear(&c.header);
	text_clear(&c.said);
	free(c.path);
	free(c.temporary);
	return rc < 0 ? error_wrap(err, "cannot download '%s' from '%s'", d->from, g->machine) : 0;
}
