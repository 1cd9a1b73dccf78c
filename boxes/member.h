/* SPDX-License-Identifier: Apache-2.0 */
/* Names inside an archive, which were chosen by a stranger. */
#ifndef BOXES_MEMBER_H
#define BOXES_MEMBER_H

#include "core/error.h"

/*
 * The name relative to the archive's root, without "./", doubled or trailing slashes; "" is the root
 * itself. Absolute names, ".." and NULL are ERROR_BOX. Caller frees.
 */
int member_path(const char *name, char **out, struct error *err);
/* The name with everything that could steer a terminal replaced by '?', for messages. Caller frees. */
char *member_shown(const char *name);

#endif
