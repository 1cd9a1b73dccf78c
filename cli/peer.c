/* SPDX-License-Identifier: Apache-2.0 */
/* Other processes of this host. */
#include "cli/peer.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct sockaddr_un peer_address(int directory_fd, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", directory_fd, name);
	return at;
}

int peer_bind(int fd, const struct sockaddr_un *at)
{
	mode_t before = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)at, sizeof(*at));

	umask(before);
	return rc;
}

uid_t peer_user(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ? (uid_t)-1 : peer.uid;
}
