/* SPDX-License-Identifier: Apache-2.0 */
/* What the slots of a provider take: how it is opened, and what a machine is made from. Plain data, all borrowed. */
#ifndef PROVIDERS_PROVIDER_CREATION_H
#define PROVIDERS_PROVIDER_CREATION_H

#include <stdbool.h>

#include "core/env.h"
#include "core/image.h"
#include "core/seed.h"

/* An open connection to an engine; owned, opaque outside providers/. This is what it begins with. */
struct provider {
	const struct provider_ops *ops;
};

struct provider_conf {
	const char *home; /* where boxes and container roots live, see fs_home() */
	const char *uri;  /* libvirt URI instead of the provider's own; NULL normally */
	bool read_only;   /* only observe and check will be called */
};

enum provider_stop { PROVIDER_STOP_GRACEFUL, PROVIDER_STOP_FORCE };

/* A view of a machine's console; owned by the caller. */
struct provider_console;

struct provider_creation {
	const struct env *env;
	const struct machine *machine;
	const struct image *image;
	const struct seed *seed;
	const char *login_user; /* recorded, so that ssh works without the box */
	const char *key_id;     /* recorded: which keys the seed carries */
};

#endif
