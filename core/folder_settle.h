/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which kind a folder gets that says none depends on who asks: root has virtiofs, others have not. A machine that
 * exists goes on as it was made, whoever asks, or each of two users would restart it for the other.
 */
#ifndef CORE_FOLDER_SETTLE_H
#define CORE_FOLDER_SETTLE_H

#include "core/observed.h"

/* Gives folders of env that say no kind the one that was chosen when their machine was made, unless its options forbid. */
void folders_settle(struct env *env, const struct observed *observed);

#endif
