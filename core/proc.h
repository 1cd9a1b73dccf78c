/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program of the host: argv and a deadline, never a shell. */
#ifndef CORE_PROC_H
#define CORE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

/* Where output goes as it arrives; stream is 1 or 2. Returning -1 with err set ends the program. */
struct proc_output {
	int (*write)(void *ctx, int stream, const void *data, size_t len, struct error *err);
	void *ctx;
};

struct proc_spec {                      /* all borrowed */
	const char *const *argv;        /* argv[0] is looked up in PATH; ends with NULL */
	const char *directory;          /* to run in; NULL: ours */
	const char *const *environment; /* NAME=VALUE, in front of ours; ends with NULL; NULL: none */
	int in_fd;                      /* what it reads; 0: /dev/null */
	const struct proc_output *output; /* NULL: thrown away */
	bool together; /* stderr as stream 1, in the order in which both were written */
	int64_t deadline_ms;
	bool regardless; /* goes on although the user interrupted: tidies up after what was */
};

/*
 * Runs it to its end. Returns 0 whatever its status was (128 + signal if one killed it); -1 if it is missing, passed
 * the deadline, was interrupted, or its output could not be taken. Then it gets SIGTERM, with all that it started and
 * that stayed in its process group, has ten seconds to tidy up before SIGKILL, and is reaped. What it left running may
 * keep its output open: that is not waited for.
 */
int proc_stream(const struct proc_spec *spec, int *out_status, struct error *err);

struct proc_result {
	int status;
	struct text output; /* stdout and stderr together, at most 1 MiB kept */
};

/*
 * The same with stdin from /dev/null, in our directory and environment, and the output collected. The caller clears
 * *out with proc_result_clear().
 */
int proc_run(const char *const argv[], int64_t deadline_ms, struct proc_result *out,
	     struct error *err);
/* The same in that directory; NULL: ours. */
int proc_run_in(const char *directory, const char *const argv[], int64_t deadline_ms,
		struct proc_result *out, struct error *err);
/* The same, but any status other than 0 is an error that quotes the last line of the output. */
int proc_must(const char *const argv[], int64_t deadline_ms, struct error *err);
void proc_result_clear(struct proc_result *r);
#define cleanup_proc cleanup(proc_result_clear)

#endif
