/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program of the host. */
#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/stop.h"

#define OUTPUT_LIMIT ((size_t)1 << 20)
#define STOP_POLL_MS 50 /* how late an interruption may be seen */
#define END_POLL_MS 2   /* between the end of the output and that of the program */
#define TIDY_MS 10000   /* to tidy up, for a program that is told to end */

extern char **environ;

static int start(const char *const argv[], int out_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out_fd, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	/* A group of its own: then all that it started can be ended, and Ctrl-C does not end a half of it. */
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	/* posix_spawn's argv is not const for historical reasons only. */
	rc = posix_spawnp(pid, argv[0], &actions, &attr, (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

struct child {
	pid_t pid;
	bool ended;
	int status; /* as waitpid() gives it */
};

static bool has_ended(struct child *c)
{
	if (!c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->ended;
}

/* Returns false at the end of the output. */
static bool take_output(int fd, struct text *out)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));
	size_t room = out->len < OUTPUT_LIMIT ? OUTPUT_LIMIT - out->len : 0;

	if (n > 0)
		text_addn(out, buf, (size_t)n < room ? (size_t)n : room);
	return n != 0;
}

/* Until the program has ended: what it left running may keep its output open, or it close that first. */
static int collect(struct child *c, int fd, int64_t deadline_ms, const char *what, struct text *out,
		   struct error *err)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		/* Asked before polling, so that nothing written before the end is missed. */
		bool ended = has_ended(c);

		if (stop_check(deadline_ms, what, err) < 0)
			return -1;
		if (poll(&pfd, 1, ended ? 0 : pfd.fd < 0 ? END_POLL_MS : STOP_POLL_MS) > 0) {
			if (!take_output(fd, out))
				pfd.fd = -1;
		} else if (ended) {
			return 0;
		}
	}
}

/*
 * What it had mounted and written, only the program itself knows how to take away. What it says meanwhile is taken
 * still: writing to nobody would kill it.
 */
static void end_group(struct child *c, int fd)
{
	cleanup_text struct text ignored = { 0 };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline_ms = clock_ms() + TIDY_MS;

	if (c->ended)
		return;
	kill(-c->pid, SIGTERM);
	/* Not by stop_check(): most often it is the interruption that ends it. */
	while (!has_ended(c) && deadline_left_ms(deadline_ms) > 0) {
		if (poll(&pfd, 1, END_POLL_MS) > 0 && !take_output(fd, &ignored))
			pfd.fd = -1;
	}
	if (c->ended)
		return;
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int proc_run(const char *const argv[], int64_t deadline_ms, struct proc_result *out,
	     struct error *err)
{
	struct proc_result result = { 0 };
	struct child child = { 0 };
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot run '%s'", argv[0]);
	rc = start(argv, fds[1], &child.pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		return error_errno(err, rc, "cannot run '%s'", argv[0]);
	}
	rc = collect(&child, fds[0], deadline_ms, argv[0], &result.output, err);
	if (rc < 0)
		end_group(&child, fds[0]);
	close(fds[0]);
	if (rc < 0) {
		proc_result_clear(&result);
		return -1;
	}
	result.status = WIFEXITED(child.status) ? WEXITSTATUS(child.status) :
						  128 + WTERMSIG(child.status);
	*out = result;
	return 0;
}

int proc_must(const char *const argv[], int64_t deadline_ms, struct error *err)
{
	cleanup_proc struct proc_result result = { 0 };
	cleanup_free char *last = NULL;

	if (proc_run(argv, deadline_ms, &result, err) < 0)
		return -1;
	if (result.status == 0)
		return 0;
	last = text_pop_line(&result.output);
	error_set(err, ERROR_SYSTEM, "'%s' ended with status %d%s%s", argv[0], result.status,
		  *last ? ": " : "", last);
	err->code = result.status;
	return -1;
}

void proc_result_clear(struct proc_result *r)
{
	text_clear(&r->output);
	*r = (struct proc_result){ 0 };
}
