/* SPDX-License-Identifier: Apache-2.0 */
/* A box file: its digest, and what it is. */
#include "boxes/box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/facts.h"
#include "boxes/probe.h"
#include "core/fs.h"
#include "core/stop.h"

#define BUFFER_BYTES ((size_t)1 << 20)

static int digest_file(int fd, uint64_t size_bytes, const char *doing, const struct watcher *watch,
		       char out_hex[static DIGEST_HEX_BYTES], struct error *err)
{
	cleanup_digest struct digest *d = digest_new();
	cleanup_free unsigned char *buffer = xmalloc(BUFFER_BYTES);
	struct event ev = { .kind = EVENT_PROGRESS, .text = doing, .total = size_bytes };

	for (;;) {
		ssize_t got = read(fd, buffer, BUFFER_BYTES);

		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return error_errno(err, errno, "cannot read");
		else if (!got)
			break;
		if (stop_check(0, doing, err) < 0)
			return -1;
		digest_add(d, buffer, (size_t)got);
		ev.done += (uint64_t)got;
		watcher_emit(watch, &ev);
	}
	digest_finish(d, out_hex);
	return 0;
}

static int open_regular(const char *path, struct error *err)
{
	/* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_BOX, "'%s' is not a file", path);
	return take_fd(fd);
}

/* Stamp and digest, remembered or read; whatever else is remembered comes along. */
static int know(const char *home, const char *path, const char *doing, const struct watcher *watch,
		struct facts *out, struct error *err)
{
	cleanup_close int fd = open_regular(path, err);
	struct box_stamp after;
	struct facts f = { 0 };

	if (fd < 0 || facts_stamp(fd, &f.stamp, err) < 0)
		return -1;
	if (facts_load(home, path, &f.stamp, out))
		return 0;
	f.settled = facts_settled(&f.stamp);
	if (digest_file(fd, f.stamp.size_bytes, doing, watch, f.digest, err) < 0 ||
	    facts_stamp(fd, &after, err) < 0)
		return -1;
	if (!facts_same(&f.stamp, &after)) {
		error_set(err, ERROR_BOX, "'%s' changed while it was read", path);
		return error_hint(err, "wait until it is complete, then try again");
	}
	facts_save(home, path, &f);
	*out = f;
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int box_digest(const char *home, const char *path, const struct watcher *watch,
	       char out_hex[static DIGEST_HEX_BYTES], struct error *err)
{
	cleanup_free char *doing = xasprintf("reading %s", base_name(path));
	cleanup_free char *real = NULL;
	cleanup_facts struct facts f = { 0 };

	if (fs_real_path(path, &real, err) < 0 || know(home, real, doing, watch, &f, err) < 0)
		return -1;
	memcpy(out_hex, f.digest, DIGEST_HEX_BYTES);
	return 0;
}

static int check_checksum(const char *digest, const char *checksum, struct error *err)
{
	const char *hex = checksum;

	if (!checksum)
		return 0;
	if (text_has_prefix(hex, "sha256:"))
		hex += strlen("sha256:");
	if (strlen(hex) != DIGEST_HEX_BYTES - 1 ||
	    strspn(hex, "0123456789abcdefABCDEF") != DIGEST_HEX_BYTES - 1)
		return error_set(err, ERROR_BOX, "the checksum '%s' is not a SHA-256 in hex",
				 checksum);
	if (!strcasecmp(hex, digest))
		return 0;
	error_set(err, ERROR_BOX, "wrong checksum: expected sha256:%s, got sha256:%s", hex, digest);
	return error_hint(err, "fetch the box again, or correct its checksum if it was replaced");
}

static void fill(struct box *b, struct facts *f)
{
	b->stamp = f->stamp;
	b->member = take_ptr(f->member);
	b->image = (struct image){ .kind = f->kind,
				   .name = b->name,
				   .format = f->format,
				   .file_bytes = f->file_bytes,
				   .disk_bytes = f->disk_bytes,
				   .user = f->vagrant ? "vagrant" : "root",
				   .known_key = f->vagrant };
	memcpy(b->image.digest, f->digest, DIGEST_HEX_BYTES);
}

int box_open(const char *home, const char *path, const char *name, const char *checksum,
	     const struct watcher *watch, struct box *out, struct error *err)
{
	cleanup_free char *reading = xasprintf("reading %s", base_name(path));
	cleanup_free char *looking = xasprintf("looking into %s", base_name(path));
	cleanup_free char *real = NULL;
	cleanup_facts struct facts f = { 0 };
	struct box b = { 0 };

	if (fs_real_path(path, &real, err) < 0 || know(home, real, reading, watch, &f, err) < 0 ||
	    check_checksum(f.digest, checksum, err) < 0)
		return error_wrap(err, "cannot use box '%s'", name);
	if (!f.probed) {
		if (probe_file(real, looking, watch, &f, err) < 0)
			return error_wrap(err, "cannot use box '%s'", name);
		facts_save(home, real, &f);
	}
	b.source = take_ptr(real);
	b.name = xstrdup(name);
	fill(&b, &f);
	*out = b;
	return 0;
}

void box_clear(struct box *b)
{
	free(b->source);
	free(b->name);
	free(b->member);
	free(b->rootfs);
	*b = (struct box){ 0 };
}
