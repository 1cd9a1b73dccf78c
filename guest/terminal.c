/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw mode and window size. SIGWINCH comes through a descriptor and is blocked only in this thread,
 * so no handler of the process is touched.
 */
#include "guest/terminal.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void watch_size(struct terminal *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	if (pthread_sigmask(SIG_BLOCK, &set, &t->saved_mask) != 0)
		return;
	t->signals_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (t->signals_fd < 0)
		pthread_sigmask(SIG_SETMASK, &t->saved_mask, NULL);
}

void terminal_enter(struct terminal *t, int fd)
{
	struct termios raw;

	*t = (struct terminal){ .fd = fd, .signals_fd = -1 };
	watch_size(t);
	if (tcgetattr(fd, &t->saved) < 0)
		return;
	raw = t->saved;
	cfmakeraw(&raw);
	t->raw = tcsetattr(fd, TCSADRAIN, &raw) == 0;
}

void terminal_leave(struct terminal *t)
{
	if (t->raw)
		tcsetattr(t->fd, TCSANOW, &t->saved);
	t->raw = false;
	if (t->signals_fd < 0)
		return;
	mem_close_fd(&t->signals_fd);
	t->signals_fd = -1;
	pthread_sigmask(SIG_SETMASK, &t->saved_mask, NULL);
}

void terminal_size(int fd, int *out_columns, int *out_rows)
{
	struct winsize size = { 0 };

	ioctl(fd, TIOCGWINSZ, &size);
	*out_columns = size.ws_col ? size.ws_col : 80;
	*out_rows = size.ws_row ? size.ws_row : 24;
}

void terminal_take_signals(struct terminal *t)
{
	struct signalfd_siginfo info;

	while (read(t->signals_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
}
