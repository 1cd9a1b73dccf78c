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

extern char **environ;

static int start(const char *const argv[], int out_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
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

/* Returns 0 at end of output, -1 with err when it has to end early. */
static int collect(int fd, int64_t deadline_ms, const char *what, struct text *out,
		   struct error *err)
{
	char buf[4096];

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (stop_check(deadline_ms, what, err) < 0)
			return -1;
		if (poll(&pfd, 1, 50) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n == 0)
			return 0;
		if (n > 0 && out->len < OUTPUT_LIMIT)
			text_addn(out, buf, (size_t)n);
	}
}

int proc_run(const char *const argv[], int64_t deadline_ms, struct proc_result *out,
	     struct error *err)
{
	struct proc_result result = { 0 };
	int fds[2], status, rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot run '%s'", argv[0]);
	rc = start(argv, fds[1], &pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		return error_errno(err, rc, "cannot run '%s'", argv[0]);
	}
	rc = collect(fds[0], deadline_ms, argv[0], &result.output, err);
	close(fds[0]);
	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc < 0) {
		proc_result_clear(&result);
		return -1;
	}
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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

	if (proc_run(argv, deadline_ms, &result, err) < 0)
		return -1;
	if (result.status == 0)
		return 0;
	error_set(err, ERROR_SYSTEM, "'%s' ended with status %d: %s", argv[0], result.status,
		  last_line(&result.output));
	err->code = result.status;
	return -1;
}

void proc_result_clear(struct proc_result *r)
{
	text_clear(&r->output);
	*r = (struct proc_result){ 0 };
}
