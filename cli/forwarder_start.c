/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that outlive whoever started them. */
#include "cli/forwarder_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/self.h"

#define LOG_LIMIT (64 << 10)

extern char **environ;

/* How it finds engines, boxes and the hosts file. */
static const char *const kept_environment[] = {
	"BOTHY_HOME=",
	"BOTHY_HOSTS_FILE=",
	"BOTHY_LIBVIRT_URI=",
	"BOTHY_FAKE",
	"HOME=",
	"LIBVIRT_",
	"PATH=",
	"SUDO_USER=",
	"TMPDIR=",
	"USER=",
	"XDG_",
	NULL,
};

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
}

int forwarder_start(const struct forwarder_place *place, enum forwarder_role role, int link_fd,
		    pid_t *out, struct error *err)
{
	posix_spawn_file_actions_t actions;
	cleanup_close int log_fd = -1;
	struct words words;
	int rc;

	if (open_log(place, &log_fd, err) < 0)
		return -1;
	make_words(place, role, &words);
	lay_out(&actions, log_fd, link_fd);
	rc = self_start(&actions, words.at, kept_environment, out);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? error_errno(err, rc, "cannot start the forwarder") : 0;
}

int forwarder_become_worker(const struct forwarder_place *place, struct error *err)
{
	struct words words;

	make_words(place, FORWARDER_WORKER, &words);
	execve(SELF_PROGRAM, words.at, environ);
	return error_errno(err, errno, "cannot go on as the forwarder");
}
