/* SPDX-License-Identifier: Apache-2.0 */
/* The provider "container". */
#ifndef PROVIDERS_CONTAINER_H
#define PROVIDERS_CONTAINER_H

#include "providers/provider.h"

extern const struct provider_ops provider_container;

#endif
