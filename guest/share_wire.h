/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a command talks to the keeper of a shared connection: packets over a SOCK_SEQPACKET socket between two processes
 * of one user. No output and no input goes through it: that flows through pipes that come along with SHARE_START, so
 * that each side stops by itself when the other one is slow.
 *
 *   command                                      keeper
 *   START (columns, rows, flags)                 OPENED: the machine has answered; from here on there is no other way
 *     mark NUL term NUL command NUL, 3 pipes     STARTED: the command runs
 *   RESIZE (columns, rows)                       STATUS (exit status), once all output is in the pipes
 *   closing the socket ends the command          ERROR (kind): text NUL hint NUL
 *   RETIRE (also if busy), LEAVE: cli/shared.h   DECLINED: nothing has run, go there yourself
 *
 * The sender's numbers begin each packet: another version of the program is told from them.
 */
#ifndef GUEST_SHARE_WIRE_H
#define GUEST_SHARE_WIRE_H

#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

#define SHARE_VERSION 1
#define SHARE_PIPES 3

enum share_word {
	SHARE_TARGET = 1, /* to a keeper that is new: the document of cli/shared_target.h */
	SHARE_START,
	SHARE_RESIZE,
	SHARE_RETIRE,
	SHARE_LEAVE,
	SHARE_OPENED,
	SHARE_STARTED,
	SHARE_STATUS,
	SHARE_ERROR,
	SHARE_DECLINED,
};

enum { SHARE_TTY = 1, SHARE_SHELL = 2 }; /* flags of START */

struct share_packet {
	enum share_word word;
	int first, second, flags;
	struct text data;
	int pipes[SHARE_PIPES]; /* as the command's own 0, 1 and 2; -1: none. Owned */
};

/* Sends `data`, and the pipes if not NULL, which stay the caller's. -1 with errno: EMSGSIZE if it is too long. */
int share_send(int fd, const struct share_packet *p, const int *pipes);
/* A packet without data; who does not listen misses it. */
void share_say(int fd, enum share_word word, int first);
void share_say_error(int fd, const struct error *err);
/* What has come, without waiting: 1 with a packet, 0 nothing, -1 the end or no sense. Cleared by the caller. */
int share_receive(int fd, struct share_packet *out);
/* The next of the strings in the data; *at moves on. NULL: there is none. Borrowed. */
const char *share_string(const struct share_packet *p, size_t *at);
/* The error in it. -1. */
int share_error(const struct share_packet *p, struct error *err);
void share_packet_clear(struct share_packet *p);
#define cleanup_share_packet cleanup(share_packet_clear)

#endif
