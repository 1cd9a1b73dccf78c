/* SPDX-License-Identifier: Apache-2.0 */
/* STEP_FOLDERS: a machine's folders mounted, or what they hold brought into it. */
#ifndef CLI_FOLDERS_H
#define CLI_FOLDERS_H

#include "cli/inside.h"

/* Before its guest starts: until folders_bring() has succeeded, folders_reason() finds it without its mounts. */
int folders_await(const struct session *s, const struct machine *m, struct error *err);
/* Nothing to do where the provider has no guests. Doing it again sends only what changed. */
int folders_bring(const struct inside *in, struct error *err);
/* Why STEP_FOLDERS is due for a machine that runs, as struct machine_view has it; NULL: it is not. Caller frees. */
char *folders_reason(struct session *s, const struct machine *m,
		     const struct observed_machine *have);

#endif
