/* SPDX-License-Identifier: Apache-2.0 */
/* Reaching a machine's port: short TCP connects, and whether something there speaks SSH. */
#ifndef GUEST_DIAL_H
#define GUEST_DIAL_H

#include <stdint.h>

#include "core/error.h"
#include "guest/patience.h"

enum dial_result {
	DIAL_FATAL = -1, /* err is set: no use to go on */
	DIAL_YES,
	DIAL_NO, /* not now */
};

struct dial_target {
	const char *address; /* borrowed */
	unsigned port;
	int64_t give_up_ms; /* how long one connect may take */
};

/*
 * One TCP connect. DIAL_YES: *out_fd is a non-blocking socket for the caller to close. DIAL_NO:
 * *out_errno says why (ETIMEDOUT, ECONNREFUSED, …).
 */
enum dial_result dial_connect(const struct dial_target *to, struct patience *p, int *out_fd,
			      int *out_errno, struct error *err);
/* Waits until the other side greets with "SSH-" and leaves the greeting in the socket to be read. */
enum dial_result dial_banner(int fd, int64_t give_up_ms, struct patience *p, struct error *err);

#endif
