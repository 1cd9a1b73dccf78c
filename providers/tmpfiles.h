/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seed as a systemd credential: a guest with systemd 252 or newer writes the files before its
 * first service starts. Formats: tmpfiles.d(5), systemd.exec(5) "tmpfiles.extra", systemd(1)
 * "io.systemd.credential.binary".
 */
#ifndef PROVIDERS_TMPFILES_H
#define PROVIDERS_TMPFILES_H

#include <stddef.h>

#include "core/seed.h"

/* The tmpfiles.d lines for the seed. Caller frees. */
char *tmpfiles_text(const struct seed *seed);
/* "io.systemd.credential.binary:tmpfiles.extra=<base64>", one string of SMBIOS type 11. Caller frees. */
char *tmpfiles_credential(const struct seed *seed);

#endif
