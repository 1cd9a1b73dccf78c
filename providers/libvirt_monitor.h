/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for the QEMU behind a running domain, for what libvirt itself has no calls for. */
#ifndef PROVIDERS_LIBVIRT_MONITOR_H
#define PROVIDERS_LIBVIRT_MONITOR_H

#include "providers/libvirt.h"

/*
 * One line for its human monitor (QEMU's documentation, "QEMU Monitor"). These say nothing when they did what was asked:
 * any answer is ERROR_PROVIDER with its text.
 */
int libvirt_monitor(virDomainPtr dom, const char *command, struct error *err);

#endif
