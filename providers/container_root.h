/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root directory of a container: an overlay over the box, in a directory of its own that holds
 * upper/, work/ and, as mount point, root/. Needs root.
 */
#ifndef PROVIDERS_CONTAINER_ROOT_H
#define PROVIDERS_CONTAINER_ROOT_H

#include <stdbool.h>

#include "core/error.h"
#include "core/network.h"
#include "core/seed.h"

struct container_root {
	char *directory, *upper, *work, *mount_point;
};

/* Only names it. */
void container_root_init(struct container_root *r, const char *directory);
void container_root_clear(struct container_root *r);
#define cleanup_container_root cleanup(container_root_clear)

/* Mounts it over `lower`, making the directories that are missing. Mounted already is success. */
int container_root_mount(const struct container_root *r, const char *lower, struct error *err);
/*
 * Opens it read-only over `lower`, through a mount of its own that nobody sees and that goes when
 * *out_fd is closed; where it was mounted or not it is afterwards.
 */
int container_root_open(const struct container_root *r, const char *lower, int *out_fd,
			struct error *err);
/* Not mounted, or not there at all, is success. */
int container_root_unmount(const struct container_root *r, struct error *err);
/* Unmounts it and removes the directory. */
int container_root_remove(const struct container_root *r, struct error *err);

/* What a container needs to know to find names. */
struct container_names {
	const char *hostname;
	struct strings servers, domains; /* to ask, and to look in, in this order */
};

/*
 * Into the mounted root: the seed's files, /etc/resolv.conf unless there is nothing to say in it, and /etc/hosts if
 * there is none.
 */
int container_root_fill(const struct container_root *r, const struct seed *seed,
			const struct container_names *names, struct error *err);
/* Empties /etc/machine-id, so that the container gets its own. */
int container_root_forget_id(const struct container_root *r, struct error *err);
/* Whether the mounted root has that file or link, following links inside it. */
bool container_root_has(const struct container_root *r, const char *path);

#endif
