/* SPDX-License-Identifier: Apache-2.0 */
/* Starting ourselves. */
#include "cli/self.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

extern char **environ;

static bool is_kept(const char *word, const char *const *kept)
{
	if (text_has_prefix(word, "LD_LIBRARY_PATH=") || strstr(word, "SAN_OPTIONS="))
		return true;
	for (; *kept; kept++) {
		if (text_has_prefix(word, *kept))
			return true;
	}
	return false;
}

/* Caller frees the list; the words are borrowed. */
static char **choose_environment(const char *const *kept)
{
	size_t count = 0;
	char **chosen;

	while (environ[count])
		count++;
	chosen = xcalloc(count + 1, sizeof(*chosen));
	count = 0;
	for (char **word = environ; *word; word++) {
		if (is_kept(*word, kept))
			chosen[count++] = *word;
	}
	return chosen;
}

int self_start(posix_spawn_file_actions_t *actions, char *const *words, const char *const *kept,
	       pid_t *out)
{
	char **environment = choose_environment(kept);
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
	free(environment);
	return rc;
}
