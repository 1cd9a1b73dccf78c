/* SPDX-License-Identifier: Apache-2.0 */
/* What Ansible runs on this host: content that is as much a program as a hook. */
#ifndef CLI_PLAYBOOKS_H
#define CLI_PLAYBOOKS_H

#include "core/digest.h"
#include "core/env.h"

/*
 * Over all that playbooks of this host are made of: of each the files named by its options, and what lies below its
 * directory; where that is the project's own, the YAML, Python and configuration files in it and the directories that
 * Ansible looks into by their names. Links are followed, which may lead out of the project. Passwords of vaults are not
 * among it. Without any such playbook nothing is read.
 */
int playbooks_digest(const struct env *env, char out_hex[static DIGEST_HEX_BYTES],
		     struct error *err);

#endif
