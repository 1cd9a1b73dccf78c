/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: the user's terminal while a session has it. */
#ifndef GUEST_TERMINAL_H
#define GUEST_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "core/mem.h"

struct terminal {
	int fd;         /* borrowed */
	bool raw;       /* false if it is no terminal: nothing to restore then */
	int signals_fd; /* readable when the window size changed; -1 if it is not watched */
	struct termios saved;
	sigset_t saved_mask;
};

/* Raw mode if fd is a terminal, and SIGWINCH through signals_fd. */
void terminal_enter(struct terminal *t, int fd);
/* Everything as it was. Doing it twice is harmless. */
void terminal_leave(struct terminal *t);
/* 80 × 24 if it is unknown. */
void terminal_size(int fd, int *out_columns, int *out_rows);
/* Takes what signals_fd has to say. */
void terminal_take_signals(struct terminal *t);
#define cleanup_terminal cleanup(terminal_leave)

#endif
