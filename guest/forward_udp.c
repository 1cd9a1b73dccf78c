/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams, some at a time. What cannot be sent at once is dropped, as UDP may. */
#include "guest/forward_udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/stop.h"

#define BATCH 32
#define DATAGRAM_BYTES ((size_t)65536)
#define IDLE_MS 60000
#define BUCKETS 256
#define SOCKET_BUFFER_BYTES (1 << 20)

/* The address of this host that a datagram was sent to, as the system tells and takes it. */
struct local {
	union {
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr align;
	} control;
	size_t len; /* 0: not needed */
};

struct datagrams {
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	union forward_address from[BATCH];
	struct local local[BATCH];
	unsigned char bytes[BATCH][DATAGRAM_BYTES];
};

struct peer {
	struct watch watch; /* its socket towards the guest; first: the peer is found by it */
	struct listener *listener;
	union forward_address address;
	socklen_t address_bytes;
	struct local local;
	int64_t used_ms;
	LIST_ENTRY(peer) chain;
	TAILQ_ENTRY(peer) queue; /* recent, or gone */
};

LIST_HEAD(peers, peer);

struct peer_table {
	struct peers buckets[BUCKETS];
};

void udp_prepare(struct forward *f, struct listener *l)
{
	int size = SOCKET_BUFFER_BYTES;

	setsockopt(l->watch.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(l->watch.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	l->peers = xcalloc(1, sizeof(*l->peers));
	if (!f->datagrams)
		f->datagrams = xcalloc(1, sizeof(*f->datagrams));
}

void datagrams_free(struct datagrams **d)
{
	free(*d);
	*d = NULL;
}

static socklen_t address_bytes(const union forward_address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

static bool is_same(const union forward_address *a, const union forward_address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_port == b->v4.sin_port &&
		       a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->v6.sin6_port == b->v6.sin6_port && a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
	       memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

/* FNV-1a over address and port. */
static size_t bucket_of(const union forward_address *a)
{
	const unsigned char *bytes = a->any.sa_family == AF_INET ?
					     (const unsigned char *)&a->v4.sin_addr :
					     (const unsigned char *)&a->v6.sin6_addr;
	size_t len = a->any.sa_family == AF_INET ? sizeof(a->v4.sin_addr) : sizeof(a->v6.sin6_addr);
	in_port_t port = a->any.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	hash = (hash ^ (port & 0xff)) * 16777619u;
	hash = (hash ^ (port >> 8)) * 16777619u;
	return hash % BUCKETS;
}

static void forget(struct forward *f, struct peer *p)
{
	TAILQ_REMOVE(&f->recent, p, queue);
	LIST_REMOVE(p, chain);
	mem_close_fd(&p->watch.fd);
	p->watch.ready = NULL;
	TAILQ_INSERT_TAIL(&f->gone, p, queue);
	f->open_count--;
	f->peer_count--;
	f->fd_count--;
}

static void touch(struct forward *f, struct peer *p)
{
	p->used_ms = clock_ms();
	TAILQ_REMOVE(&f->recent, p, queue);
	TAILQ_INSERT_TAIL(&f->recent, p, queue);
}

/* Makes the batch ready for recvmmsg() or sendmmsg(). */
static void lay_out(struct datagrams *d, bool with_senders, bool with_local)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *m = &d->messages[i].msg_hdr;

		d->vectors[i] = (struct iovec){ d->bytes[i], DATAGRAM_BYTES };
		*m = (struct msghdr){ .msg_iov = &d->vectors[i], .msg_iovlen = 1 };
		if (with_senders) {
			m->msg_name = &d->from[i];
			m->msg_namelen = sizeof(d->from[i]);
		}
		if (with_local) {
			m->msg_control = &d->local[i].control;
			m->msg_controllen = sizeof(d->local[i].control);
		}
	}
}

static int receive(struct forward *f, int fd, bool with_senders, bool with_local)
{
	int n;

	lay_out(f->datagrams, with_senders, with_local);
	do
		n = recvmmsg(fd, f->datagrams->messages, BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < n; i++)
		f->datagrams->vectors[i].iov_len = f->datagrams->messages[i].msg_len;
	return n;
}

/* A message that cannot go, such as one too large for the way, does not keep the others. */
static void send_all(int fd, struct mmsghdr *messages, unsigned count)
{
	unsigned at = 0;
	bool told = false;

	while (at < count) {
		int n = sendmmsg(fd, messages + at, count - at, MSG_DONTWAIT);

		/* That an earlier one was refused is told now, by not sending this one. */
		if (n < 0 && (errno == EINTR || (errno == ECONNREFUSED && !told))) {
			told = told || errno == ECONNREFUSED;
			continue;
		}
		at += n > 0 ? (unsigned)n : 1;
		told = false;
	}
}

static void guest_answers(struct forward *f, struct watch *w, uint32_t events)
{
	struct peer *p = (struct peer *)w;
	struct mmsghdr *messages = f->datagrams->messages;
	int n = receive(f, w->fd, false, false);

	(void)events;
	/* Nobody listens there: an error that is taken by being seen. */
	if (n <= 0)
		return;
	touch(f, p);
	for (int i = 0; i < n; i++) {
		messages[i].msg_hdr.msg_name = &p->address;
		messages[i].msg_hdr.msg_namelen = p->address_bytes;
		messages[i].msg_hdr.msg_control = p->local.len ? &p->local.control : NULL;
		messages[i].msg_hdr.msg_controllen = p->local.len;
		messages[i].msg_hdr.msg_flags = 0;
	}
	send_all(p->listener->watch.fd, messages, (unsigned)n);
}

/* The interface is not said back: an answer may have to leave by another one. */
static void keep_local(struct local *to, const struct local *from, size_t len)
{
	struct msghdr m = { .msg_control = &to->control, .msg_controllen = len };
	struct cmsghdr *c;

	to->len = 0;
	if (len == 0 || len > sizeof(from->control))
		return;
	memcpy(&to->control, &from->control, len);
	to->len = len;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		info.ipi_ifindex = 0;
		memcpy(CMSG_DATA(c), &info, sizeof(info));
	}
}

static struct peer *make_peer(struct forward *f, struct listener *l,
			      const union forward_address *address)
{
	struct peer *p;
	int fd, size = SOCKET_BUFFER_BYTES;

	if ((f->peer_count >= UDP_PEERS_MOST || !forward_has_room(f, 1)) &&
	    !TAILQ_EMPTY(&f->recent))
		forget(f, TAILQ_FIRST(&f->recent));
	fd = socket(l->guest.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->watch = (struct watch){ fd, guest_answers };
	if (connect(fd, &l->guest.any, l->guest_bytes) < 0 ||
	    forward_watch(f, &p->watch, EPOLLIN) < 0) {
		close(fd);
		free(p);
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	p->listener = l;
	p->address = *address;
	p->address_bytes = address_bytes(address);
	p->used_ms = clock_ms();
	LIST_INSERT_HEAD(&l->peers->buckets[bucket_of(address)], p, chain);
	TAILQ_INSERT_TAIL(&f->recent, p, queue);
	f->open_count++;
	f->peer_count++;
	f->fd_count++;
	return p;
}

static struct peer *find_peer(struct forward *f, struct listener *l,
			      const union forward_address *address)
{
	struct peer *p;

	LIST_FOREACH(p, &l->peers->buckets[bucket_of(address)], chain)
	{
		if (is_same(&p->address, address))
			return p;
	}
	return make_peer(f, l, address);
}

void udp_receive(struct forward *f, struct watch *w, uint32_t events)
{
	struct listener *l = (struct listener *)w;
	struct datagrams *d = f->datagrams;
	int n = receive(f, w->fd, true, l->wildcard), end;

	(void)events;
	for (int i = 0; i < n; i = end) {
		struct peer *p = find_peer(f, l, &d->from[i]);

		/* What one peer sent in a row goes on in one call. */
		for (end = i + 1; end < n && is_same(&d->from[i], &d->from[end]); end++)
			;
		if (!p)
			continue;
		touch(f, p);
		if (l->wildcard)
			keep_local(&p->local, &d->local[i], d->messages[i].msg_hdr.msg_controllen);
		for (int k = i; k < end; k++)
			d->messages[k].msg_hdr =
				(struct msghdr){ .msg_iov = &d->vectors[k], .msg_iovlen = 1 };
		send_all(p->watch.fd, d->messages + i, (unsigned)(end - i));
	}
}

void udp_drop(struct forward *f, struct listener *l)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (!LIST_EMPTY(&l->peers->buckets[i]))
			forget(f, LIST_FIRST(&l->peers->buckets[i]));
	}
	free(l->peers);
	l->peers = NULL;
}

int64_t udp_expire(struct forward *f, int64_t now_ms)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&f->recent)) && p->used_ms + IDLE_MS <= now_ms)
		forget(f, p);
	return p ? p->used_ms + IDLE_MS : 0;
}

void udp_bury(struct forward *f)
{
	while (!TAILQ_EMPTY(&f->gone)) {
		struct peer *p = TAILQ_FIRST(&f->gone);

		TAILQ_REMOVE(&f->gone, p, queue);
		free(p);
	}
}
