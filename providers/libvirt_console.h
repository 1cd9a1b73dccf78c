/* SPDX-License-Identifier: Apache-2.0 */
/* Serial consoles of machines, by libvirt's streams. */
#ifndef PROVIDERS_LIBVIRT_CONSOLE_H
#define PROVIDERS_LIBVIRT_CONSOLE_H

#include "providers/provider.h"

/* Behind the slots of both providers. ERROR_BUSY if somebody else is attached. */
int libvirt_console_open(struct provider *p, const char *id, struct provider_console **out,
			 struct error *err);
ssize_t libvirt_console_read(struct provider_console *c, void *buf, size_t size);
int libvirt_console_attach(struct provider *p, const char *id, int in_fd, int out_fd,
			   struct error *err);
void libvirt_console_close(struct provider_console *c);

#endif
