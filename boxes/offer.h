/* SPDX-License-Identifier: Apache-2.0 */
/* A box that can be had: where from, and what is known of it before it is there. */
#ifndef BOXES_OFFER_H
#define BOXES_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "boxes/checksum.h"
#include "core/env.h"

/* What somebody asks for. All borrowed; NULL, empty and zero mean: no matter. */
struct box_want {
	const char *name;    /* "debian/12", "user/box", a path or a URL, as the user wrote it */
	const char *version; /* constraint, see boxes/version.h */
	const char
		*plain_version; /* of what is no catalog: it gets this one, whatever is asked for */
	struct strings urls;  /* box_url: boxes or catalogs, tried in order instead of any server */
	const char *provider; /* "kvm" or "container" */
	const char *architecture; /* "amd64", "arm64", …; NULL: this host's */
	struct checksum checksum;
};

/* Everything is owned; release with offer_clear(). */
struct offer {
	char *name;
	char *version;      /* NULL: it has none */
	char *provider;     /* "kvm" or "container"; NULL: only looking into it will tell */
	char *architecture; /* NULL: not told */
	char **urls;        /* the same file in several places, to be tried in order */
	size_t url_count;
	struct checksum checksum;
	uint64_t size_bytes; /* 0: not told */
	char *user;          /* first user; NULL: what the box says */
	unsigned first_boot; /* enum first_boot; 0: what the box says */
	char *catalog_url;   /* where newer versions will be told; NULL: nowhere */
};

void offer_add_url(struct offer *o, const char *url);
void offer_clear(struct offer *o);
#define cleanup_offer cleanup(offer_clear)

/* "kvm" for libvirt, kvm and qemu; "container" for lxc, lxd, incus and container; else NULL. Static. */
const char *offer_provider(const char *word);
/* "amd64" for x86_64, "arm64" for aarch64, … : the words Debian and Vagrant use; others come back as they are. */
const char *offer_architecture(const char *word);
/* This host's. Static. */
const char *offer_host_architecture(void);

#endif
