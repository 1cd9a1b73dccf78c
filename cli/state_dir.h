/* SPDX-License-Identifier: Apache-2.0 */
/* <project>/.bothy, which may have come with the project from somebody else. */
#ifndef CLI_STATE_DIR_H
#define CLI_STATE_DIR_H

#include "core/error.h"

/*
 * That nothing in it leads elsewhere or lasts for ever when it is read: only directories, files and sockets may be
 * there, and itself is a directory or not there. ERROR_DENIED names what is something else. What may not be looked into
 * is passed over.
 */
int state_dir_check(const char *state_dir, struct error *err);

#endif
