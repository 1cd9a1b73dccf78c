/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keeper of a user's connection to a machine is found: a socket in the machine's directory. */
#ifndef CLI_SHARED_PLACE_H
#define CLI_SHARED_PLACE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "guest/share_wire.h"

struct shared_socket {
	int fd;
	dev_t device; /* which file it is */
	ino_t inode;
};

/* A connection to this user's keeper there, or -1 if there is none. */
int shared_connect(const char *directory);
/* Listens there. ERROR_BUSY if another keeper does. */
int shared_listen(const char *directory, struct shared_socket *out, struct error *err);
/* Whether others still find it there. */
bool shared_is_found(const char *directory, const struct shared_socket *s);
/* Closes it, and takes the file away if it is still its own. */
void shared_close(const char *directory, struct shared_socket *s);
/* Sends it to every keeper there that is ours to command, and waits at most that long for each one's end or answer. */
void shared_tell(const char *directory, const struct share_packet *what, int64_t wait_ms);

#endif
