/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a box file. */
#include "boxes/box.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/facts.h"
#include "boxes/growing.h"
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

/* Stamp and digest, remembered or read. */
static int know(const char *home, const char *path, const char *doing, const struct watcher *watch,
		struct facts *out, struct error *err)
{
	cleanup_growing struct growing *file = NULL;
	struct box_stamp after;
	struct facts f = { 0 };
	int fd;

	if (growing_open(path, &file, err) < 0)
		return -1;
	fd = growing_fd(file);
	if (facts_stamp(fd, &f.stamp, err) < 0)
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
	struct facts f = { 0 };

	if (fs_real_path(path, &real, err) < 0 || know(home, real, doing, watch, &f, err) < 0)
		return -1;
	memcpy(out_hex, f.digest, DIGEST_HEX_BYTES);
	return 0;
}
