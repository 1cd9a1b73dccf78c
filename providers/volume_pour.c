/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a disk image goes into a volume, and that it arrived for good. */
#include "providers/volume_pour.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* On another host the path may be anybody's. */
static bool is_local(struct libvirt_provider *p)
{
	cleanup_free char *uri = virt.ConnectGetURI(p->conn);

	return uri && strstr(uri, ":///");
}

/* Whether it is the file that libvirt has just made: plain, and of that length. */
static bool is_new(int fd, uint64_t bytes)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	       (uint64_t)st.st_size == bytes;
}

/* -1: this process may not write there, or it is not what it should be. */
static int open_file(const char *path, uint64_t bytes)
{
	cleanup_close int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 && is_new(fd, bytes) ? take_fd(fd) : -1;
}

int volume_pour_begin(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		      struct volume_pour *out, struct error *err)
{
	int fd;

	/* The test driver has volumes, but no files of them. */
	if (!p->is_test && is_local(p))
		out->path = virt.StorageVolGetPath(vol);
	fd = out->path ? open_file(out->path, bytes) : -1;
	if (fd >= 0)
		return image_file_open(fd, out->path, out->stream.doing, &out->file, err);
	return volume_upload(p, vol, bytes, &out->stream, err);
}

struct image_sink volume_pour_sink(struct volume_pour *pour)
{
	return pour->file ? image_file_sink(pour->file) : volume_sink(&pour->stream);
}

static void clear(struct volume_pour *pour)
{
	image_file_free(&pour->file);
	free(pour->path);
	pour->path = NULL;
}

/* Who can only read the file can have it written out all the same. Not possible if libvirt is elsewhere. */
static void settle(const char *path)
{
	cleanup_close int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

	if (fd >= 0)
		fdatasync(fd);
}

int volume_pour_finish(struct volume_pour *pour, struct error *err)
{
	if ((pour->file ? image_file_finish(pour->file, err) :
			  volume_stream_finish(&pour->stream, err)) < 0)
		return -1;
	if (!pour->file)
		settle(pour->path);
	clear(pour);
	return 0;
}

void volume_pour_abort(struct volume_pour *pour)
{
	volume_stream_abort(&pour->stream);
	clear(pour);
}
