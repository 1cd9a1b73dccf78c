/* SPDX-License-Identifier: Apache-2.0 */
/* The fake provider's bases: what was poured is kept as it was, though no machine reads it. */
#ifndef PROVIDERS_FAKE_BASE_H
#define PROVIDERS_FAKE_BASE_H

#include "providers/provider.h"

/* Behind the slots. */
int fake_base_exists(struct provider *p, const char *digest, bool *out, struct error *err);
int fake_base_import(struct provider *p, struct image *image, const struct image_source *source,
		     struct error *err);
int fake_base_remove(struct provider *p, const char *digest, struct error *err);
int fake_base_sweep(struct provider *p, struct error *err);

#endif
