/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory as a box: what a Vagrant box unpacks to, or a root filesystem. It is packed, so that whatever
 * reads boxes reads it too.
 */
#ifndef BOXES_DIRECTORY_H
#define BOXES_DIRECTORY_H

#include "core/error.h"
#include "core/event.h"

struct directory_spec {          /* borrowed */
	const char *path;        /* of the directory */
	const char *out;         /* of the box; ERROR_DECLINED if it exists */
	const char *compression; /* as struct pack_spec has it */
	const struct watcher *watch;
};

/*
 * The same directory gives the same bytes: of a box, which has metadata.json, files by name, that first,
 * owners, modes and times left out; of a root filesystem, which has etc and usr or bin, all that pack_tree()
 * keeps. ERROR_BOX if it is neither. Nothing is left of a failure.
 */
int directory_pack(const struct directory_spec *spec, struct error *err);

#endif
