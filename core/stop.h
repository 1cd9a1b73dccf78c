/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time and interruption: the monotonic clock that deadlines are measured on, and the flag that
 * Ctrl-C sets. Long operations poll both and return ERROR_STOPPED or ERROR_TIMEOUT.
 */
#ifndef CORE_STOP_H
#define CORE_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

/* Milliseconds on CLOCK_MONOTONIC. A deadline is such a time; 0 means none. */
int64_t clock_ms(void);
/* Milliseconds left until the deadline: never negative, INT64_MAX for none. */
int64_t deadline_left_ms(int64_t deadline_ms);

/*
 * SIGINT, SIGTERM and SIGHUP, unless that was ignored from the start, set the flag; a second one ends the process at once
 * with status 130.
 */
void stop_install_handlers(void);
bool stop_requested(void);
/* For tests and for the undo after an interruption: sets or clears the flag. */
void stop_set(bool requested);
/* -1 with ERROR_STOPPED if the flag is set, ERROR_TIMEOUT ("what: timed out"; what may be NULL) if the deadline passed; else 0. */
int stop_check(int64_t deadline_ms, const char *what, struct error *err);
/* Waits at most ms, less if the flag is set meanwhile. Never use it to guess: poll a condition around it. */
void stop_wait_ms(int ms);

#endif
