/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User-mode networking, for libvirts that may not make networks: QEMU itself gives the machine a NAT of its own and
 * leads ports of this host into it. A list of those is written as in QEMU's option hostfwd, "tcp:127.0.0.1:2222-:22"
 * (qemu(1), -netdev user), with blanks between.
 */
#ifndef PROVIDERS_USER_NET_H
#define PROVIDERS_USER_NET_H

#include "core/error.h"
#include "core/network.h"

#define USER_NET_HOST "127.0.0.1" /* where SSH is reached */
#define USER_NET_PREFIX 24
#define USER_NET_CARD "bothy0" /* QEMU's name of the card that ports lead to */

struct user_forward {
	enum port_protocol protocol;
	char bind[16]; /* an IPv4 address of this host: QEMU's user networking knows no others */
	unsigned host, guest;
};

struct user_net {
	struct user_forward *at; /* owned; the first leads to SSH */
	size_t count;
	bool listens; /* a QEMU holds them: what one of them has is free for another of them */
};

void user_net_clear(struct user_net *n);
#define cleanup_user_net cleanup(user_net_clear)

/* False if the text is no such list; NULL is an empty one. */
bool user_net_parse(const char *text, struct user_net *out);
/* Both for the caller to free. */
char *user_net_text(const struct user_net *n);
char *user_forward_text(const struct user_forward *f);
/* What QEMU's DHCP gives the guest on its n-th card. Caller frees. */
char *user_net_guest(size_t card);
/* The value of -netdev for the n-th card; forwards only for the first. Caller frees. */
char *user_net_option(const struct user_net *n, size_t card);

/* Adds a port of this host that is free now and leads to the guest's `guest` over TCP. */
int user_net_add_free(struct user_net *n, unsigned guest, struct error *err);
/* Another free port for the SSH of a machine that does not run, if somebody took it. *out_changed: whether. */
int user_net_renew_ssh(struct user_net *n, bool *out_changed, struct error *err);
/*
 * SSH of `old` and these ports, as a new list; what old listens at is free for them, the rest is tried. A range that may be
 * shifted stays where it is in old; its host is changed to where it is. ERROR_BUSY names what is taken; ERROR_PROVIDER
 * what QEMU cannot do.
 */
int user_net_make(const struct user_net *old, struct port *ports, size_t count,
		  struct user_net *out, struct error *err);
bool user_net_has(const struct user_net *n, const struct user_forward *f);

#endif
