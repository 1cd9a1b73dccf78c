/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that outlive whoever started them. */
#include "cli/forwarder_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self/exe" /* also where the file has been replaced meanwhile */
#define LOG_LIMIT (64 << 10)

extern char **environ;

struct words {
	char *at[7];
	char count[16];
};

char *forwarder_directory(const char *state_dir)
{
	return fs_join(state_dir, "forward");
}

static char *constant(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void make_words(const struct forwarder_place *place, enum forwarder_role role,
		       struct words *out)
{
	snprintf(out->count, sizeof(out->count), "%u", place->short_lives);
	out->at[0] = constant("bothy");
	out->at[1] = constant("forwarder-daemon");
	out->at[2] = constant(role == FORWARDER_GUARD ? "guard" : "worker");
	out->at[3] = constant(place->state_dir);
	out->at[4] = constant(place->project_id);
	out->at[5] = out->count;
	out->at[6] = NULL;
}

static int open_log(const struct forwarder_place *place, int *out_fd, struct error *err)
{
	cleanup_free char *directory = forwarder_directory(place->state_dir);
	cleanup_free char *path = fs_join(directory, "log");
	cleanup_close int fd = -1;
	struct stat st;

	if (fs_make_dirs(place->state_dir, 0755, &place->owner, err) < 0 ||
	    fs_make_dirs(directory, 0700, &place->owner, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0 || (st.st_size > LOG_LIMIT && ftruncate(fd, 0) < 0) ||
	    (place->owner.set && fchown(fd, place->owner.uid, place->owner.gid) < 0))
		return error_errno(err, errno, "cannot write '%s'", path);
	*out_fd = take_fd(fd);
	return 0;
}

static void lay_out(posix_spawn_file_actions_t *actions, int log_fd, int link_fd)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_adddup2(actions, log_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(actions, log_fd, STDERR_FILENO);
	/* After these: it may be where the log was opened. */
	posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (link_fd >= 0)
		posix_spawn_file_actions_adddup2(actions, link_fd, FORWARDER_LINK_FD);
	posix_spawn_file_actions_addclosefrom_np(actions, link_fd >= 0 ? FORWARDER_LINK_FD + 1 :
									 FORWARDER_LINK_FD);
	posix_spawn_file_actions_addchdir_np(actions, "/");
}

int forwarder_start(const struct forwarder_place *place, enum forwarder_role role, int link_fd,
		    pid_t *out, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	cleanup_close int log_fd = -1;
	struct words words;
	sigset_t all, none;
	int rc;

	if (open_log(place, &log_fd, err) < 0)
		return -1;
	make_words(place, role, &words);
	sigfillset(&all);
	sigemptyset(&none);
	lay_out(&actions, log_fd, link_fd);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	/* A session of its own has no terminal, so Ctrl-C and hanging up do not reach it. */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(out, SELF, &actions, &attr, words.at, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? error_errno(err, rc, "cannot start the forwarder") : 0;
}

int forwarder_become_worker(const struct forwarder_place *place, struct error *err)
{
	struct words words;

	make_words(place, FORWARDER_WORKER, &words);
	execve(SELF, words.at, environ);
	return error_errno(err, errno, "cannot go on as the forwarder");
}
