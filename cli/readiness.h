/* SPDX-License-Identifier: Apache-2.0 */
/* STEP_READY: waits until a machine is what `ready` says. */
#ifndef CLI_READINESS_H
#define CLI_READINESS_H

#include "cli/inside.h"

/* ERROR_TIMEOUT says how far it got: "nothing listens on port 5432", "'pg_isready' ended with status 2: …". */
int readiness_wait(const struct inside *in, struct error *err);

#endif
