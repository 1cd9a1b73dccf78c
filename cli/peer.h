/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of this host between processes of ours: where they are, and who is at the other end. */
#ifndef CLI_PEER_H
#define CLI_PEER_H

#include <sys/types.h>
#include <sys/un.h>

/*
 * The socket of that name in an open directory. A path may be longer than the 108 bytes of an address (unix(7)), the way
 * over a descriptor never is. It holds as long as the descriptor is open.
 */
struct sockaddr_un peer_address(int directory_fd, const char *name);
/* bind() with a socket that only its owner may connect to. 0, or -1 with errno. */
int peer_bind(int fd, const struct sockaddr_un *at);
/* The user of the process at the other end of a connected socket; (uid_t)-1 if it cannot be told. */
uid_t peer_user(int fd);

#endif
