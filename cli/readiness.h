/* SPDX-License-Identifier: Apache-2.0 */
/* STEP_READY: waits until a machine is what `ready` says, and keeps in its record that it was. */
#ifndef CLI_READINESS_H
#define CLI_READINESS_H

#include "cli/inside.h"

/* ERROR_TIMEOUT says how far it got: "nothing listens on port 5432", "'pg_isready' ended with status 2: …". */
int readiness_wait(const struct inside *in, struct error *err);
/* It starts or stops: what was seen before says nothing. */
int readiness_forget(const struct session *s, const char *machine, struct error *err);

#endif
