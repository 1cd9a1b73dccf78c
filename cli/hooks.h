/* SPDX-License-Identifier: Apache-2.0 */
/* STEP_HOOK: one command on this host or in the machine, or a note. */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include "cli/inside.h"

/*
 * HOOK_HOST runs by sh in the project's directory, with BOTHY_MACHINE, BOTHY_PROJECT and BOTHY_EVENT set and stdin
 * empty; its output is shown as the machine's. A status other than 0 is an error. It refuses to run anything of a file
 * that is not trusted, whoever planned it. `in->guest` may be NULL for what is not HOOK_GUEST.
 */
int hook_run(const struct inside *in, struct error *err);

#endif
