/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of this program that outlive whoever started them. */
#ifndef CLI_SELF_H
#define CLI_SELF_H

#include <spawn.h>
#include <sys/types.h>

#define SELF_PROGRAM "/proc/self/exe" /* also where the file has been replaced meanwhile */

/*
 * Starts it with these words. Of the environment, which may hold secrets, it has what the loader and sanitizers need and
 * what begins as one of `kept` does, such as "HOME="; both lists end with NULL. It has a session of its own, so that it
 * has no terminal and neither Ctrl-C nor hanging up reaches it, stands in "/", and has no signal blocked or ignored.
 * Returns 0 or what errno would be.
 */
int self_start(posix_spawn_file_actions_t *actions, char *const *words, const char *const *kept,
	       pid_t *out);

#endif
