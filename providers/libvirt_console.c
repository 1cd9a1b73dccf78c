/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles. There is no event loop here, so what has arrived for a stream is only taken from the
 * connection while some other call waits for its answer: each read makes a cheap one first.
 */
#include "providers/libvirt_console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "providers/libvirt_domain.h"

#define POLL_MS 20
#define END_KEY '\x1d'   /* Ctrl-] */
#define NOTHING_YET (-2) /* what libvirt's non-blocking streams return */

struct provider_console {
	virDomainPtr dom;
	virStreamPtr stream;
};

int libvirt_console_open(struct provider *base, const char *id, struct provider_console **out,
			 struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;
	virStreamPtr stream;

	if (libvirt_get(p, id, &dom, err) < 0)
		return -1;
	stream = virt.StreamNew(p->conn, VIR_STREAM_NONBLOCK);
	if (!stream)
		return libvirt_error(err, "cannot open a stream to libvirt");
	if (virt.DomainOpenConsole(dom, NULL, stream, 0) < 0) {
		bool busy = libvirt_error_code() == VIR_ERR_OPERATION_FAILED;

		libvirt_error(err, "cannot open the console");
		if (busy)
			err->kind = ERROR_BUSY;
		virt.StreamFree(stream);
		return -1;
	}
	*out = xmalloc(sizeof(**out));
	**out = (struct provider_console){ take_ptr(dom), stream };
	return 0;
}

ssize_t libvirt_console_read(struct provider_console *c, void *buf, size_t size)
{
	int state, n;

	if (virt.DomainGetState(c->dom, &state, NULL, 0) < 0)
		return -1;
	n = virt.StreamRecv(c->stream, buf, size);
	if (n == NOTHING_YET)
		return 0;
	return n > 0 ? n : -1;
}

void libvirt_console_close(struct provider_console *c)
{
	virt.StreamAbort(c->stream);
	virt.StreamFree(c->stream);
	libvirt_free_domain(&c->dom);
	free(c);
}

/* Puts a terminal into raw mode; false if fd is none. */
static bool make_raw(int fd, struct termios *old)
{
	struct termios raw;

	if (tcgetattr(fd, old) < 0)
		return false;
	raw = *old;
	cfmakeraw(&raw);
	return tcsetattr(fd, TCSAFLUSH, &raw) == 0;
}

static int send_keys(struct provider_console *c, const char *keys, size_t len, struct error *err)
{
	while (len) {
		int n = virt.StreamSend(c->stream, keys, len);

		if (stop_check(0, "writing to the console", err) < 0)
			return -1;
		if (n == NOTHING_YET) {
			stop_wait_ms(POLL_MS);
			continue;
		}
		if (n < 0)
			return libvirt_error(err, "cannot write to the console");
		keys += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Returns 1 to go on, 0 at the end, -1 with err. */
static int take_keys(struct provider_console *c, int in_fd, struct error *err)
{
	char keys[1024], *end;
	ssize_t n = read(in_fd, keys, sizeof(keys));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : 0;
	if (n == 0)
		return 0;
	end = memchr(keys, END_KEY, (size_t)n);
	if (send_keys(c, keys, end ? (size_t)(end - keys) : (size_t)n, err) < 0)
		return -1;
	return end ? 0 : 1;
}

static int show_output(struct provider_console *c, int out_fd, struct error *err)
{
	char buf[16384];
	ssize_t n;

	while ((n = libvirt_console_read(c, buf, sizeof(buf))) > 0)
		if (fs_write_all(out_fd, buf, (size_t)n) < 0)
			return error_errno(err, errno, "cannot write the console's output");
	return n == 0 ? 1 : 0;
}

static int join(struct provider_console *c, int in_fd, int out_fd, struct error *err)
{
	for (;;) {
		struct pollfd pfd = { .fd = in_fd, .events = POLLIN };
		int more = show_output(c, out_fd, err);

		if (more <= 0)
			return more;
		if (stop_check(0, "the console", err) < 0)
			return -1;
		if (poll(&pfd, 1, POLL_MS) <= 0)
			continue;
		more = take_keys(c, in_fd, err);
		if (more <= 0)
			return more;
	}
}

int libvirt_console_attach(struct provider *base, const char *id, int in_fd, int out_fd,
			   struct error *err)
{
	struct provider_console *c;
	struct termios old;
	bool raw;
	int ret;

	if (libvirt_console_open(base, id, &c, err) < 0)
		return -1;
	raw = make_raw(in_fd, &old);
	ret = join(c, in_fd, out_fd, err);
	if (raw)
		tcsetattr(in_fd, TCSAFLUSH, &old);
	libvirt_console_close(c);
	return ret;
}
