/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bothy.lua → env_raw: the door to Lua, with lua/configfile.h. The file runs in a sandbox with limits on memory,
 * instructions and time; after the call no Lua state is left.
 */
#ifndef LUA_ENVFILE_H
#define LUA_ENVFILE_H

#include "core/env_raw.h"
#include "core/error.h"

/*
 * Runs the file at path (its directory is the project's; include, read, yaml, … stay inside it).
 * Mistakes of the file go to `problems`, each with line and, for fields, the path ("machine
 * 'web'.memory"); then *out holds what could be decoded and must not be used. -1 only if the file
 * cannot be read at all. The caller clears *out with env_raw_clear() in every case.
 *
 * One operation of the file that runs for 10 seconds inside C, where nothing can interrupt it (a
 * pattern that backtracks), ends the program with status 65, after a message.
 */
int envfile_load(const char *path, struct env_raw *out, struct problems *problems,
		 struct error *err);

struct limits; /* lua/load.h */
/* The same with limits of the caller's, which tests want lower. */
int envfile_load_within(const char *path, const struct limits *limits, struct env_raw *out,
			struct problems *problems, struct error *err);

/*
 * What is written to fd in that case: the bytes as they are, such as a whole JSON document.
 * `message` is borrowed and must stay; NULL: the default, "error: FILE:LINE: …" on stderr.
 */
void envfile_set_alarm_message(int fd, const char *message);

#endif
