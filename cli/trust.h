/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the user trusts a project's file with this host. Kept outside of the project, in <home>/trust/<project id>,
 * as digests: over every file that decided what the environment is, everything it wants (env.wants) and the
 * playbooks that run here. A change of any of them takes the trust away. It is the trust of who runs bothy: root has
 * its own, also by sudo.
 */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "cli/session.h"
#include "core/plan.h"

/* True if it wants nothing, or was trusted as it is now or when trust_check() of this run passed. Needs session_load(). */
bool trust_given(const struct session *s);
/*
 * Whether the steps may be done: those that need no trust always may. Else shows what the file wants and asks, where
 * somebody can be asked; ERROR_DECLINED with the hint 'bothy trust' otherwise.
 */
int trust_check(struct session *s, const struct plan *plan, struct error *err);
/* True if only a file that is trusted may have that step done, given or not. */
bool trust_concerns(const struct step *step);
/*
 * Around each program of a trusted file that runs on this host: machines that share the project may have changed the
 * playbooks since they were trusted, maybe minutes ago. What such a program changes itself is trusted with it.
 * trust_leave() follows in any case. Called from several threads.
 */
void trust_enter(struct session *s);
void trust_leave(struct session *s);
/* ERROR_DECLINED if a trust_enter() of this run found them changed. */
int trust_check_playbooks(const struct session *s, struct error *err);
int trust_give(struct session *s, struct error *err);
/* Trusting nothing is success. */
int trust_take(struct session *s, struct error *err);
/* "runs on this host before up of 'web': make", fit for a terminal. Caller frees. */
char *trust_describe(const struct want *want);

#endif
