/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a process that outlives its command and has nothing of it: no descriptor, terminal, directory, secret. */
#include "cli/shared_start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/self.h"
#include "guest/share_wire.h"

static void lay_out(posix_spawn_file_actions_t *actions, int link_fd)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_adddup2(actions, link_fd, SHARED_LINK_FD);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_addclosefrom_np(actions, SHARED_LINK_FD + 1);
}

static int spawn(const char *directory, int link_fd, struct error *err)
{
	char *words[] = { (char *)(uintptr_t) "bothy", (char *)(uintptr_t) "connection-keeper",
			  (char *)(uintptr_t)directory, NULL };
	const char *const nothing[] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int rc;

	lay_out(&actions, link_fd);
	rc = self_start(&actions, words, nothing, &pid);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? error_errno(err, rc, "cannot start the keeper of a connection") : 0;
}

int shared_start(const struct shared_target *t, int *out_fd, struct error *err)
{
	cleanup_share_packet struct share_packet p = { .word = SHARE_TARGET,
						       .pipes = { -1, -1, -1 } };
	cleanup_close int ours = -1, theirs = -1;
	int ends[2];

	if (shared_target_encode(t, &p.data, err) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return error_errno(err, errno, "cannot start the keeper of a connection");
	ours = ends[0];
	/* Not where it goes to: dup2() onto itself would leave it to be closed. */
	theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, SHARED_LINK_FD + 1);
	close(ends[1]);
	if (theirs < 0 || share_send(ours, &p, NULL) < 0)
		return error_errno(err, errno, "cannot start the keeper of a connection");
	if (spawn(t->directory, theirs, err) < 0)
		return -1;
	*out_fd = take_fd(ours);
	return 0;
}
