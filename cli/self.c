/* SPDX-License-Identifier: Apache-2.0 */
/* Starting ourselves. */
#include "cli/self.h"

#include <signal.h>

int self_start(posix_spawn_file_actions_t *actions, char *const *words, char *const *environment,
	       pid_t *out)
{
	posix_spawnattr_t attr;
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_addchdir_np(actions, "/");
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(out, SELF_PROGRAM, actions, &attr, words, environment);
	posix_spawnattr_destroy(&attr);
	return rc;
}
