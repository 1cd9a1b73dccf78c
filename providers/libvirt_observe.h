/* SPDX-License-Identifier: Apache-2.0 */
/* What libvirt knows of bothy's machines and networks. */
#ifndef PROVIDERS_LIBVIRT_OBSERVE_H
#define PROVIDERS_LIBVIRT_OBSERVE_H

#include "providers/provider.h"

/* Behind the slots of both providers. A network that `out` has already is not added again. */
int libvirt_observe(struct provider *p, const char *project_id, struct observed *out,
		    struct error *err);

#endif
