/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stopwatch COMMAND [ARG...]: runs it without input and output, prints "MILLISECONDS MEGABYTES" (wall
 * time, peak memory) and passes its exit status on. In C because the kernel counts the parent's own
 * memory into the peak of a child that it starts: an interpreter would show its own size.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t files;
	struct rusage usage;
	double start, stop;
	pid_t pid;
	int status, code;

	if (argc < 2)
		return 64;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	start = now_ms();
	code = posix_spawnp(&pid, argv[1], &files, NULL, argv + 1, environ);
	if (code) {
		fprintf(stderr, "cannot run '%s': %s\n", argv[1], strerror(code));
		return 127;
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		return 1;
	stop = now_ms();
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "'%s %s' failed\n", argv[1], argc > 2 ? argv[2] : "");
		return 1;
	}
	printf("%.3f %.3f\n", stop - start, (double)usage.ru_maxrss / 1024);
	return 0;
}
