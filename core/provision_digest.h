/* SPDX-License-Identifier: Apache-2.0 */
/* By which content a provisioner is remembered. */
#ifndef CORE_PROVISION_DIGEST_H
#define CORE_PROVISION_DIGEST_H

#include <stdbool.h>

#include "core/error.h"
#include "core/provisioner.h"

/*
 * Fills p->digest: over all that decides what it does. Not over how often it runs, how often it is tried, and what it is
 * called. Files are read whole, directories as deep as they are; links in these count as what they say. Where p->outside
 * and nobody trusts the project, nothing is opened: files count as their paths.
 */
int provision_digest(struct provisioner *p, bool trusted, struct error *err);
/* Of what it says, without opening anything: those that are alike have the same digest while no file changes. */
void provision_said_digest(const struct provisioner *p, char out_hex[static DIGEST_HEX_BYTES]);

#endif
