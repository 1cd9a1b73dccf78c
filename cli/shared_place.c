/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets named after the user they are for. */
#include "cli/shared_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/peer.h"
#include "core/stop.h"

#define NAME_PREFIX "keeper."
#define NAME_BYTES 32
#define BACKLOG 64
#define STOP_POLL_MS 50

static void own_name(char name[static NAME_BYTES])
{
	snprintf(name, NAME_BYTES, NAME_PREFIX "%u", (unsigned)geteuid());
}

static int open_directory(const char *directory)
{
	return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_socket(int flags)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
}

static int connect_in(int directory_fd, const char *name)
{
	cleanup_close int fd = open_socket(SOCK_NONBLOCK);
	struct sockaddr_un at = peer_address(directory_fd, name);

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return take_fd(fd);
}

int shared_connect(const char *directory)
{
	cleanup_close int directory_fd = open_directory(directory), fd = -1;
	char name[NAME_BYTES];

	if (directory_fd < 0)
		return -1;
	own_name(name);
	fd = connect_in(directory_fd, name);
	/* Whoever may write there may have put a socket of their own. */
	return fd >= 0 && peer_user(fd) == geteuid() ? take_fd(fd) : -1;
}

static int bind_in(int directory_fd, const char *name, struct shared_socket *out)
{
	cleanup_close int fd = open_socket(SOCK_NONBLOCK);
	struct sockaddr_un at = peer_address(directory_fd, name);
	struct stat st;

	if (fd < 0 || (unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT))
		return -1;
	if (peer_bind(fd, &at) < 0 || fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return -1;
	*out = (struct shared_socket){ take_fd(fd), st.st_dev, st.st_ino };
	return 0;
}

int shared_listen(const char *directory, struct shared_socket *out, struct error *err)
{
	cleanup_close int directory_fd = open_directory(directory), other = -1;
	char name[NAME_BYTES];

	/* Two that find a dead socket at once must not take each other's away. */
	if (directory_fd < 0 || flock(directory_fd, LOCK_EX) < 0)
		return error_errno(err, errno, "cannot listen in '%s'", directory);
	own_name(name);
	other = connect_in(directory_fd, name);
	if (other >= 0)
		return error_set(err, ERROR_BUSY, "somebody listens in '%s' already", directory);
	if (bind_in(directory_fd, name, out) < 0)
		return error_errno(err, errno, "cannot listen in '%s'", directory);
	return 0;
}

static bool is_there(int directory_fd, const char *name, const struct shared_socket *s)
{
	struct stat st;

	return fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == s->device && st.st_ino == s->inode;
}

bool shared_is_found(const char *directory, const struct shared_socket *s)
{
	cleanup_close int directory_fd = open_directory(directory);
	char name[NAME_BYTES];

	own_name(name);
	return directory_fd >= 0 && is_there(directory_fd, name, s);
}

void shared_close(const char *directory, struct shared_socket *s)
{
	cleanup_close int directory_fd = open_directory(directory);
	char name[NAME_BYTES];

	if (s->fd < 0)
		return;
	own_name(name);
	if (directory_fd >= 0 && flock(directory_fd, LOCK_EX) == 0 &&
	    is_there(directory_fd, name, s))
		unlinkat(directory_fd, name, 0);
	mem_close_fd(&s->fd);
}

static void await(int fd, int64_t deadline_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (deadline_left_ms(deadline_ms) > 0 && !stop_requested()) {
		if (poll(&pfd, 1, STOP_POLL_MS) > 0)
			return;
	}
}

void shared_tell(const char *directory, const struct share_packet *what, int64_t wait_ms)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		cleanup_close int fd = -1;

		if (!text_has_prefix(entry->d_name, NAME_PREFIX))
			continue;
		fd = connect_in(dirfd(listing), entry->d_name);
		if (fd < 0 || share_send(fd, what, NULL) < 0)
			continue;
		await(fd, clock_ms() + wait_ms);
	}
	closedir(listing);
}
