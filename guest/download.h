/* SPDX-License-Identifier: Apache-2.0 */
/* A file or directory out of a machine. */
#ifndef GUEST_DOWNLOAD_H
#define GUEST_DOWNLOAD_H

#include "guest/guest.h"

struct download {                  /* borrowed */
	const char *from;          /* in the guest; relative or "~/": in the login's home */
	const char *to;            /* on this host */
	const struct owner *owner; /* of all that is made there; NULL: the caller */
	/* Called as bytes come; total 0: not known. May be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	size_t left_out; /* result: devices and the like that stayed behind */
};

/*
 * As the login user. A file comes to `to`, or into it if that is a directory, under a temporary name until it is whole;
 * missing directories are made. What only its owner may read there only `owner` may read here. Of a directory what is in it
 * comes into `to`; that takes a tar in the guest. Nothing is written elsewhere, whatever the guest sends.
 */
int guest_download(struct guest *g, struct download *d, int64_t deadline_ms, struct error *err);

#endif
