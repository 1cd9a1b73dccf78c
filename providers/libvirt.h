/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to libvirt, shared by the providers kvm and container: opening it with errors that
 * say what to do, and the adapter that makes libvirt's errors ours.
 */
#ifndef PROVIDERS_LIBVIRT_H
#define PROVIDERS_LIBVIRT_H

#include <pthread.h>
#include <stdbool.h>

#include "providers/libvirt_api.h"
#include "providers/provider.h"

struct libvirt_provider {
	struct provider base;
	virConnectPtr conn; /* used by several threads at once, which libvirt allows */
	char *home;
	const char *
		peer_uri; /* of the other driver that may have machines of a project; NULL if unknown */
	bool is_test;     /* libvirt's test driver: no uploads, no real machines */
	pthread_mutex_t mutex; /* held while pools and networks are made, and over kvm_usable */
	int kvm_usable;        /* 1 yes, 0 no, -1 not looked at */
	char *kvm_problem;     /* why not */
};

/* Behind the slots: `uri` is the driver's own, `peer_uri` the other one's. */
int libvirt_open(const struct provider_ops *ops, const char *uri, const char *peer_uri,
		 const struct provider_conf *conf, struct provider **out, struct error *err);
void libvirt_close(struct provider *p);
/* Looks through the read-only socket where it may, since that is open to everybody; NULL like libvirt's calls. */
virConnectPtr libvirt_connect(const char *uri, bool read_only);
struct libvirt_provider *libvirt_of(struct provider *p);

/* Makes the error of the libvirt call that failed last in this thread ours. Returns -1. */
int libvirt_error(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The code of that error: VIR_ERR_NO_DOMAIN, … */
int libvirt_error_code(void);
/* Like libvirt_error(), with hints for a connection that could not be opened. */
int libvirt_open_error(const char *uri, struct error *err);

/* Cleaners of libvirt's handles. */
void libvirt_free_domain(virDomainPtr *d);
void libvirt_free_network(virNetworkPtr *n);
void libvirt_free_pool(virStoragePoolPtr *p);
void libvirt_free_volume(virStorageVolPtr *v);
#define cleanup_domain cleanup(libvirt_free_domain)
#define cleanup_network cleanup(libvirt_free_network)
#define cleanup_pool cleanup(libvirt_free_pool)
#define cleanup_volume cleanup(libvirt_free_volume)

void libvirt_unlock(pthread_mutex_t **m);
/* Holds the provider's mutex until the end of the block. */
#define libvirt_locked(p)                                  \
	pthread_mutex_t *locked_ cleanup(libvirt_unlock) = \
		(pthread_mutex_lock(&(p)->mutex), &(p)->mutex)

#endif
