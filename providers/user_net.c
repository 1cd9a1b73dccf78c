/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/user_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"

#define PORT_MAX 65535u

void user_net_clear(struct user_net *n)
{
	free(n->at);
	*n = (struct user_net){ 0 };
}

static void add(struct user_net *n, const struct user_forward *f)
{
	n->at = xgrow(n->at, n->count, sizeof(*n->at));
	n->at[n->count++] = *f;
}

static bool is_address(const char *text)
{
	struct in_addr a;

	return inet_pton(AF_INET, text, &a) == 1;
}

static bool parse_one(const char *text, struct user_forward *out)
{
	struct user_forward f = { 0 };
	char protocol[4];
	int end = 0;

	if (sscanf(text, "%3[a-z]:%15[0-9.]:%5u-:%5u%n", protocol, f.bind, &f.host, &f.guest,
		   &end) != 4 ||
	    (text[end] && text[end] != ' ') || !is_address(f.bind) || f.host < 1 ||
	    f.host > PORT_MAX || f.guest < 1 || f.guest > PORT_MAX)
		return false;
	if (strcmp(protocol, "udp") != 0 && strcmp(protocol, "tcp") != 0)
		return false;
	f.protocol = strcmp(protocol, "udp") == 0 ? PORT_UDP : PORT_TCP;
	*out = f;
	return true;
}

bool user_net_parse(const char *text, struct user_net *out)
{
	struct user_net n = { 0 };

	for (const char *at = text; at && *at; at += *at == ' ') {
		struct user_forward f;

		if (!parse_one(at, &f)) {
			user_net_clear(&n);
			return false;
		}
		add(&n, &f);
		at += strcspn(at, " ");
	}
	*out = n;
	return true;
}

char *user_forward_text(const struct user_forward *f)
{
	return xasprintf("%s:%s:%u-:%u", port_protocol_name(f->protocol), f->bind, f->host,
			 f->guest);
}

char *user_net_text(const struct user_net *n)
{
	struct text t = { 0 };

	for (size_t i = 0; i < n->count; i++) {
		cleanup_free char *one = user_forward_text(&n->at[i]);

		text_addf(&t, "%s%s", i ? " " : "", one);
	}
	return text_take(&t);
}

char *user_net_guest(size_t card)
{
	return xasprintf("10.0.%zu.15", card + 2);
}

char *user_net_option(const struct user_net *n, size_t card)
{
	struct text t = { 0 };

	/* Each of its own NATs has a subnet of its own, or the guest could not tell them apart. */
	text_addf(&t, "user,id=bothy%zu,net=10.0.%zu.0/%d", card, card + 2, USER_NET_PREFIX);
	for (size_t i = 0; card == 0 && i < n->count; i++) {
		cleanup_free char *one = user_forward_text(&n->at[i]);

		text_addf(&t, ",hostfwd=%s", one);
	}
	return text_take(&t);
}

bool user_net_has(const struct user_net *n, const struct user_forward *f)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct user_forward *o = &n->at[i];

		if (o->protocol == f->protocol && strcmp(o->bind, f->bind) == 0 &&
		    o->host == f->host && o->guest == f->guest)
			return true;
	}
	return false;
}

/* Binds as QEMU will: 0 or the errno; *out_port is the port it got. */
static int try_bind(const struct user_forward *f, unsigned *out_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->host) };
	socklen_t size = sizeof(a);
	int kind = f->protocol == PORT_UDP ? SOCK_DGRAM : SOCK_STREAM, code = 0;
	cleanup_close int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, f->bind, &a.sin_addr) != 1)
		return fd < 0 ? errno : EINVAL;
	if (kind == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    (kind == SOCK_STREAM && listen(fd, 1) < 0) ||
	    getsockname(fd, (struct sockaddr *)&a, &size) < 0)
		code = errno;
	*out_port = ntohs(a.sin_port);
	return code;
}

int user_net_add_free(struct user_net *n, unsigned guest, struct error *err)
{
	struct user_forward f = { .bind = USER_NET_HOST, .guest = guest };
	int code = try_bind(&f, &f.host);

	if (code)
		return error_errno(err, code, "cannot find a free port at " USER_NET_HOST);
	add(n, &f);
	return 0;
}

int user_net_renew_ssh(struct user_net *n, bool *out_changed, struct error *err)
{
	struct user_net other = { 0 };
	unsigned port;

	*out_changed = n->count && try_bind(&n->at[0], &port) != 0;
	if (!*out_changed)
		return 0;
	if (user_net_add_free(&other, n->at[0].guest, err) < 0)
		return -1;
	n->at[0].host = other.at[0].host;
	user_net_clear(&other);
	return 0;
}

static bool is_used(const struct user_net *n, const struct user_forward *f)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->at[i].protocol == f->protocol && n->at[i].host == f->host)
			return true;
	return false;
}

/* Wherever it leads: that is taken away before the new ones come. */
static bool listens_at(const struct user_net *n, const struct user_forward *f)
{
	for (size_t i = 0; n->listens && i < n->count; i++) {
		const struct user_forward *o = &n->at[i];

		if (o->protocol == f->protocol && o->host == f->host &&
		    strcmp(o->bind, f->bind) == 0)
			return true;
	}
	return false;
}

static struct user_forward forward_of(const struct port *p, unsigned host, unsigned i)
{
	struct user_forward f = { .protocol = p->protocol,
				  .host = host + i,
				  .guest = p->guest + i };

	snprintf(f.bind, sizeof(f.bind), "%s", p->bind);
	return f;
}

/* 0, or the errno of the first port of the range that is not to be had. */
static int try_range(const struct user_net *old, const struct user_net *made, const struct port *p,
		     unsigned host)
{
	for (unsigned i = 0; i < p->count; i++) {
		struct user_forward f = forward_of(p, host, i);
		unsigned port;
		int code = is_used(made, &f)   ? EADDRINUSE :
			   listens_at(old, &f) ? 0 :
						 try_bind(&f, &port);

		if (code)
			return code;
	}
	return 0;
}

/* Where old has that range, if it may be anywhere; else where it was said. */
static unsigned first_choice(const struct user_net *old, const struct port *p)
{
	for (size_t i = 1; p->shift_if_taken && i < old->count; i++) {
		const struct user_forward *o = &old->at[i];

		if (o->protocol == p->protocol && strcmp(o->bind, p->bind) == 0 &&
		    o->guest == p->guest && o->host > p->host)
			return o->host;
	}
	return p->host;
}

static int take_range(const struct user_net *old, struct port *p, struct user_net *out,
		      struct error *err)
{
	unsigned host = first_choice(old, p), last = PORT_MAX + 1 - p->count;
	int code;

	if (!is_address(p->bind))
		return error_set(err, ERROR_PROVIDER,
				 "user-mode networking cannot listen at '%s': IPv4 only", p->bind);
	code = try_range(old, out, p, host);
	while (code == EADDRINUSE && p->shift_if_taken && host < last)
		code = try_range(old, out, p, ++host);
	if (code) {
		error_errno(err, code, "cannot lead port %s:%u into the machine", p->bind, p->host);
		err->kind = code == EADDRINUSE ? ERROR_BUSY : ERROR_DENIED;
		return error_hint(err, "choose another one, or say shift_if_taken = true");
	}
	p->host = host;
	for (unsigned i = 0; i < p->count; i++) {
		struct user_forward f = forward_of(p, host, i);

		add(out, &f);
	}
	return 0;
}

int user_net_make(const struct user_net *old, struct port *ports, size_t count,
		  struct user_net *out, struct error *err)
{
	struct user_net n = { 0 };

	if (old->count)
		add(&n, &old->at[0]);
	for (size_t i = 0; i < count; i++) {
		if (take_range(old, &ports[i], &n, err) < 0) {
			user_net_clear(&n);
			return -1;
		}
	}
	*out = n;
	return 0;
}
