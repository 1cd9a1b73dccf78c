/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program of the host: argv and a deadline, never a shell. */
#ifndef CORE_PROC_H
#define CORE_PROC_H

#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct proc_result {
	int status;         /* exit status; 128 + signal if it was killed */
	struct text output; /* stdout and stderr together, at most 1 MiB kept */
};

/*
 * Runs argv[0] (looked up in PATH; argv ends with NULL) with stdin from /dev/null. Returns 0 when
 * the program ran to its end, whatever its status; -1 if it is missing, passed the deadline or was
 * interrupted. Then it gets SIGTERM, with all that it started and that stayed in its process group, has ten
 * seconds to tidy up before SIGKILL, and is reaped. The caller clears *out with proc_result_clear().
 */
int proc_run(const char *const argv[], int64_t deadline_ms, struct proc_result *out,
	     struct error *err);
/* The same, but any status other than 0 is an error that quotes the last line of the output. */
int proc_must(const char *const argv[], int64_t deadline_ms, struct error *err);
void proc_result_clear(struct proc_result *r);
#define cleanup_proc cleanup(proc_result_clear)

#endif
