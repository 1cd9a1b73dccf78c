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
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
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
	close(fds[0]);
	if (rc < 0) {
		if (!child.ended) {
			kill(child.pid, SIGKILL);
			while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
				;
		}
		proc_result_clear(&result);
		return -1;
	}
	result.status = WIFEXITED(child.status) ? WEXITSTATUS(child.status) :
						  128 + WTERMSIG(child.status);
	*out = result;
	return 0;
}

static const char *last_line(struct text *t)
{
	char *newline;

	while (t->len && t->ptr[t->len - 1] == '\n')
		t->ptr[--t->len] = '\0';
	newline = t->len ? strrchr(t->ptr, '\n') : NULL;
	return newline ? newline + 1 : text_str(t);
}

int proc_must(const char *const argv[], int64_t deadline_ms, struct error *err)
{
	cleanup_proc struct proc_result result = { 0 };
	const char *last;

	if (proc_run(argv, deadline_ms, &result, err) < 0)
		return -1;
	if (result.status == 0)
		return 0;
	last = last_line(&result.output);
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
