/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program of the host. */
#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/stop.h"

#define OUTPUT_LIMIT ((size_t)1 << 20)
#define CHUNK_BYTES ((size_t)64 << 10)
#define STOP_POLL_MS 50 /* how late an interruption may be seen */
#define END_POLL_MS 2   /* between the end of the output and that of the program */
#define TIDY_MS 10000   /* to tidy up, for a program that is told to end */
#define PIPE_MOST_BYTES ((size_t)1 << 20) /* what may be in a pipe, see pipe(7) */

extern char **environ;

/* --- starting it ----------------------------------------------------------------------------- */

static bool is_replaced(const char *variable, const char *const *by)
{
	size_t len = strcspn(variable, "=") + 1;

	for (; *by; by++) {
		if (strncmp(variable, *by, len) == 0)
			return true;
	}
	return false;
}

/* Ours without what is said anew, and that. Only the array is the caller's to free. */
static char **environment_with(const char *const *more)
{
	char **all = NULL;
	size_t n = 0;

	for (char **at = environ; at && *at; at++) {
		if (is_replaced(*at, more))
			continue;
		all = xgrow(all, n, sizeof(*all));
		all[n++] = *at;
	}
	/* posix_spawn's strings are not const for historical reasons only. */
	do {
		all = xgrow(all, n, sizeof(*all));
		all[n++] = (char *)(uintptr_t)*more;
	} while (*more++);
	return all;
}

/* out_fds: of stdout and stderr. */
static int start(const struct proc_spec *spec, const int out_fds[2], pid_t *pid)
{
	cleanup_free char **environment = NULL;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	if (spec->environment)
		environment = environment_with(spec->environment);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	if (spec->in_fd > 0)
		posix_spawn_file_actions_adddup2(&actions, spec->in_fd, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out_fds[0], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out_fds[1], STDERR_FILENO);
	if (spec->directory)
		posix_spawn_file_actions_addchdir_np(&actions, spec->directory);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	/* A group of its own: then all that it started can be ended, and Ctrl-C does not end a half of it. */
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(pid, spec->argv[0], &actions, &attr, (char *const *)(uintptr_t)spec->argv,
			  environment ? environment : environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* --- while it runs --------------------------------------------------------------------------- */

struct child {
	const struct proc_spec *spec;
	pid_t pid;
	bool ended;
	int status; /* as waitpid() gives it */
	struct pollfd
		pipes[2]; /* of stdout and stderr; the second is not used where both are together */
	char *chunk;
};

static bool has_ended(struct child *c)
{
	if (!c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->ended;
}

/* Takes what there is of one stream; at its end the pipe is not looked at any more. */
static int take_output(struct child *c, int i, const struct proc_output *output, struct error *err)
{
	ssize_t n = read(c->pipes[i].fd, c->chunk, CHUNK_BYTES);

	/* Negative, so that poll() passes it over; close_pipes() knows. */
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		c->pipes[i].fd = ~c->pipes[i].fd;
	if (n <= 0 || !output)
		return 0;
	return output->write(output->ctx, i + 1, c->chunk, (size_t)n, err);
}

/* True if there was something to take. */
static bool wait_output(struct child *c, int ms)
{
	struct pollfd *pipes = c->pipes;
	bool open = pipes[0].fd >= 0 || pipes[1].fd >= 0;

	return poll(pipes, ARRAY_SIZE(c->pipes), open || ms < END_POLL_MS ? ms : END_POLL_MS) > 0;
}

static int take_all(struct child *c, const struct proc_output *output, struct error *err)
{
	for (int i = 0; i < 2; i++) {
		if (c->pipes[i].fd >= 0 && c->pipes[i].revents &&
		    take_output(c, i, output, err) < 0)
			return -1;
	}
	return 0;
}

static int check(const struct proc_spec *spec, struct error *err)
{
	if (!spec->regardless || !stop_requested())
		return stop_check(spec->deadline_ms, spec->argv[0], err);
	if (deadline_left_ms(spec->deadline_ms) > 0)
		return 0;
	return error_set(err, ERROR_TIMEOUT, "%s: timed out", spec->argv[0]);
}

/* Until the program has ended: what it left running may keep its output open, or it close that first. */
static int collect(struct child *c, struct error *err)
{
	for (size_t left = PIPE_MOST_BYTES / CHUNK_BYTES;;) {
		/* Asked before polling, so that nothing written before the end is missed. */
		bool ended = has_ended(c);

		if (check(c->spec, err) < 0)
			return -1;
		/* What it left running may also write without end. */
		if (ended && left-- == 0)
			return 0;
		if (wait_output(c, ended ? 0 : STOP_POLL_MS)) {
			if (take_all(c, c->spec->output, err) < 0)
				return -1;
		} else if (ended) {
			return 0;
		}
	}
}

/*
 * What it had mounted and written, only the program itself knows how to take away. What it says meanwhile is taken
 * still: writing to nobody would kill it.
 */
static void end_group(struct child *c)
{
	int64_t deadline_ms = clock_ms() + TIDY_MS;
	struct error none = { 0 };

	if (c->ended)
		return;
	kill(-c->pid, SIGTERM);
	/* Not by stop_check(): most often it is the interruption that ends it. */
	while (!has_ended(c) && deadline_left_ms(deadline_ms) > 0) {
		if (wait_output(c, END_POLL_MS))
			take_all(c, NULL, &none);
	}
	if (c->ended)
		return;
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Makes the pipes, starts the program and keeps the ends that are ours. Returns an errno. */
static int launch(struct child *c)
{
	int pipes[2][2] = { { -1, -1 }, { -1, -1 } }, out_fds[2], rc = 0;

	if (pipe2(pipes[0], O_CLOEXEC) < 0 ||
	    (!c->spec->together && pipe2(pipes[1], O_CLOEXEC) < 0))
		rc = errno;
	out_fds[0] = pipes[0][1];
	out_fds[1] = c->spec->together ? pipes[0][1] : pipes[1][1];
	if (rc == 0)
		rc = start(c->spec, out_fds, &c->pid);
	for (int i = 0; i < 2; i++) {
		mem_close_fd(&pipes[i][1]);
		if (rc)
			mem_close_fd(&pipes[i][0]);
		c->pipes[i] = (struct pollfd){ .fd = pipes[i][0], .events = POLLIN };
	}
	return rc;
}

static void close_pipes(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		int fd = c->pipes[i].fd;

		/* ~-1 is 0: the pipe that was never made must not be taken for one that has ended. */
		if (fd < -1)
			close(~fd);
		else if (fd >= 0)
			close(fd);
	}
}

int proc_stream(const struct proc_spec *spec, int *out_status, struct error *err)
{
	struct child child = { .spec = spec };
	int rc = launch(&child);

	if (rc)
		return error_errno(err, rc, "cannot run '%s'", spec->argv[0]);
	child.chunk = xmalloc(CHUNK_BYTES);
	rc = collect(&child, err);
	if (rc < 0)
		end_group(&child);
	close_pipes(&child);
	free(child.chunk);
	if (rc < 0)
		return -1;
	*out_status = WIFEXITED(child.status) ? WEXITSTATUS(child.status) :
						128 + WTERMSIG(child.status);
	return 0;
}

static int keep_output(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct text *kept = ctx;
	size_t room = kept->len < OUTPUT_LIMIT ? OUTPUT_LIMIT - kept->len : 0;

	(void)stream;
	(void)err;
	text_addn(kept, data, len < room ? len : room);
	return 0;
}

int proc_run(const char *const argv[], int64_t deadline_ms, struct proc_result *out,
	     struct error *err)
{
	return proc_run_in(NULL, argv, deadline_ms, out, err);
}

int proc_run_in(const char *directory, const char *const argv[], int64_t deadline_ms,
		struct proc_result *out, struct error *err)
{
	struct proc_result result = { 0 };
	const struct proc_output output = { .write = keep_output, .ctx = &result.output };
	const struct proc_spec spec = { .argv = argv,
					.directory = directory,
					.output = &output,
					.together = true,
					.deadline_ms = deadline_ms };

	if (proc_stream(&spec, &result.status, err) < 0) {
		proc_result_clear(&result);
		return -1;
	}
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
