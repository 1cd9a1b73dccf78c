/* SPDX-License-Identifier: Apache-2.0 */
/* STEP_PROVISION: runs it, shows and keeps what it says, remembers how it ended. */
#ifndef CLI_PROVISIONING_H
#define CLI_PROVISIONING_H

#include "cli/inside.h"

/*
 * Where the provider has no guests the engine stands in. The result is on disk before this returns, and never
 * before the provisioner ended: until then it counts as failed. A failure names the command, its exit status, its last
 * lines, and how to go on.
 */
int provision_inside(const struct inside *in, struct error *err);
/*
 * A step of env.once without a machine: on this host, with all machines as its inventory. `in` has no provider, id,
 * user or guest.
 */
int provision_once(const struct inside *in, struct error *err);

/*
 * What both do around one try: its output shown and logged, further tries after a failure, the record. `attempt` gives
 * what it says to `output`, and keeps the provisioner's timeout.
 */
int provision_tries(const struct inside *in,
		    int (*attempt)(const struct inside *in, const struct guest_output *output,
				   struct error *err),
		    struct error *err);

#endif
