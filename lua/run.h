/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a file: its words, limits, and what becomes of its mistakes. */
#ifndef LUA_RUN_H
#define LUA_RUN_H

#include "lua/load.h"

/* Adds the words of one kind of file to the table at the top. */
typedef void (*l_words_fn)(lua_State *L);

/* What a file of a user may take. */
extern const struct limits run_limits;

/*
 * Runs the file with these words. Of *load the limits, raw, problems, directory_called and
 * directory_fd (-1) are set before; raw and load are cleared by the caller. Mistakes become problems;
 * -1 only if the file cannot be read, or the user interrupts.
 */
int run_file(struct load *load, const char *path, l_words_fn words, struct error *err);

#endif
