/* SPDX-License-Identifier: Apache-2.0 */
/* The provider "kvm". */
#ifndef PROVIDERS_KVM_H
#define PROVIDERS_KVM_H

#include "providers/provider.h"

extern const struct provider_ops provider_kvm;

#endif
