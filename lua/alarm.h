/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last resort against a file that keeps one C function busy, such as a pattern that backtracks:
 * no hook of Lua runs then. The program is ended by a signal, after a message.
 */
#ifndef LUA_ALARM_H
#define LUA_ALARM_H

#include "lua/load.h"

/* What was there before; given back by alarm_stop(). */
struct alarm;

/* Ends the program unless alarm_rearm() or alarm_stop() comes within limits->call_ms. One at a time. */
struct alarm *alarm_start(struct load *load);
void alarm_rearm(const struct load *load);
void alarm_stop(struct alarm *alarm);

#endif
