/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to descriptors of the user, which may be slow, or gone. */
#include "guest/outlet.h"

#include <errno.h>
#include <unistd.h>

int outlet_write(int fd, const char *data, size_t len, struct patience *p, bool *out_gone,
		 struct error *err)
{
	while (len && fd >= 0) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, data, len);

		if (n > 0) {
			data += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EPIPE) {
			*out_gone = true;
			return 0;
		} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
			return error_errno(err, errno, "cannot pass the output on");
		} else if (patience_poll(p, &pfd, 1, INT64_MAX, err) < 0) {
			return -1;
		}
	}
	return 0;
}
