/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps libvirt from running machines on this host, and the commands that mend it. */
#ifndef PROVIDERS_LIBVIRT_DOCTOR_H
#define PROVIDERS_LIBVIRT_DOCTOR_H

#include "core/error.h"

void libvirt_report_kvm(const char *uri, struct problems *out);
void libvirt_report_container(const char *uri, struct problems *out);

#endif
