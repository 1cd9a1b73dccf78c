/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an archive is by the names of its members, told as they come: a Vagrant box, a root
 * filesystem, or one with its metadata.yaml beside it and itself below rootfs/, which LXD and Incus
 * call a unified image.
 */
#ifndef BOXES_LAYOUT_H
#define BOXES_LAYOUT_H

#include <stdbool.h>

#include "core/error.h"

enum layout_kind { LAYOUT_UNKNOWN, LAYOUT_VAGRANT, LAYOUT_UNIFIED, LAYOUT_ROOTFS };

/* {0} is the layout of an archive none of whose members came yet. */
struct layout {
	enum layout_kind kind;
	char *first; /* the member that told; owned */
	bool loose;  /* LAYOUT_UNKNOWN: something was placed already */
	bool has_etc, has_programs;
};

/*
 * Another member. ERROR_BOX if it is of another kind of box than those before it, or of a box that
 * cannot be used here; names both.
 */
int layout_add(struct layout *l, const char *path, struct error *err);
/* The same for a member that is a disk image, whatever its name. */
int layout_add_disk(struct layout *l, const char *path, struct error *err);
/*
 * A member of a root filesystem: 1: it is to be *out (within path) there, "" for the root itself; 0: it
 * is no part of it; -1.
 */
int layout_place(struct layout *l, const char *path, const char **out, struct error *err);
/* All came: ERROR_BOX if that was no root filesystem. */
int layout_finish_rootfs(const struct layout *l, struct error *err);
/* "rootfs.tar" with any suffix, of a Vagrant box for lxc. */
bool layout_is_nested_rootfs(const char *path);
/* Sets the error for what is no box at all. */
int layout_unknown(struct error *err);
void layout_clear(struct layout *l);
#define cleanup_layout cleanup(layout_clear)

#endif
