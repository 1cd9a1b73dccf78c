/* SPDX-License-Identifier: Apache-2.0 */
/* The fake provider's machines as entries of its file; see providers/fake_state.h for the fields. */
#ifndef PROVIDERS_FAKE_MACHINE_H
#define PROVIDERS_FAKE_MACHINE_H

#include <jansson.h>

#include "providers/provider.h"

/* A new, stopped and incomplete machine with a random UUID, which is *out_id; both borrowed from root. */
json_t *fake_machine_add(json_t *root, const struct provider_creation *what, const char **out_id);
/* The settings that an update changes: how large it is; then all others and the seed. */
void fake_machine_resize(json_t *machine, const struct machine *m);
void fake_machine_identify(json_t *machine, const struct provider_creation *what);

#endif
