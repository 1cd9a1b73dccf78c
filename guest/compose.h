/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: Docker Compose in the guest. */
#ifndef GUEST_COMPOSE_H
#define GUEST_COMPOSE_H

#include "guest/script.h"

/*
 * Copies p->from to ~/.bothy/compose/PROJECT/ of who runs it, where Docker finds it as long as the project lives, and
 * runs `docker compose`, or `docker-compose` where that is what there is:
 *   -p PROJECT -f FILE [--project-directory CWD] up -d --remove-orphans ARGS
 * Never into the cwd, which may be a folder of the host. Without p->project the name is made from the file's. Everything
 * else is as `s` says, whose content is set here. No Compose in the guest is ERROR_GUEST with a hint.
 */
int compose_up(struct guest *g, const struct provisioner *p, const struct script *s,
	       struct error *err);

#endif
