/* SPDX-License-Identifier: Apache-2.0 */
/* What folders the machines of libvirt's drivers can have on this host: what is installed, and who asks. */
#ifndef PROVIDERS_FOLDER_ABILITY_H
#define PROVIDERS_FOLDER_ABILITY_H

#include "providers/provider_creation.h"

/* Behind the slots. */
void folder_ability_kvm(const struct provider_conf *conf, struct folder_abilities *out);
void folder_ability_container(const struct provider_conf *conf, struct folder_abilities *out);
/* The program that serves virtiofs, or NULL. Static. */
const char *folder_ability_virtiofsd(void);

#endif
