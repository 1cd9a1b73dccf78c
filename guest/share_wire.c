/* SPDX-License-Identifier: Apache-2.0 */
/* Packets between commands and the keeper of a connection. */
#include "guest/share_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_LIMIT ((size_t)1 << 20)
#define MAGIC 0x62796b70U /* nothing that JSON or SSH begin with */

struct head {
	uint32_t magic, version, word;
	int32_t first, second, flags;
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(SHARE_PIPES * sizeof(int))];
};

void share_packet_clear(struct share_packet *p)
{
	text_clear(&p->data);
	for (size_t i = 0; i < SHARE_PIPES; i++)
		mem_close_fd(&p->pipes[i]);
}

int share_send(int fd, const struct share_packet *p, const int *pipes)
{
	struct head head = { MAGIC, SHARE_VERSION, p->word, p->first, p->second, p->flags };
	struct iovec parts[] = { { &head, sizeof(head) }, { p->data.ptr, p->data.len } };
	union control control = { 0 };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts) };
	ssize_t n;

	if (pipes) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(SHARE_PIPES * sizeof(int));
		memcpy(CMSG_DATA(&control.align), pipes, SHARE_PIPES * sizeof(int));
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

void share_say(int fd, enum share_word word, int first)
{
	share_send(fd, &(struct share_packet){ .word = word, .first = first }, NULL);
}

void share_say_error(int fd, const struct error *err)
{
	cleanup_text struct text data = { 0 };

	text_addn(&data, err->text ? err->text : "", err->text ? strlen(err->text) + 1 : 1);
	if (err->hint)
		text_addn(&data, err->hint, strlen(err->hint) + 1);
	share_send(fd,
		   &(struct share_packet){
			   .word = SHARE_ERROR, .first = (int)err->kind, .data = data },
		   NULL);
}

/* The kernel gives as many as fit into the room for three, which is rounded up. */
static void take_pipes(struct msghdr *m, int *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (i < SHARE_PIPES)
				out[i] = fd;
			else
				close(fd);
		}
	}
}

static int receive(int fd, struct share_packet *p, size_t size)
{
	struct head head;
	union control control = { 0 };
	cleanup_free char *data = xmalloc(size);
	struct iovec parts[] = { { &head, sizeof(head) }, { data, size } };
	struct msghdr m = { .msg_iov = parts,
			    .msg_iovlen = ARRAY_SIZE(parts),
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0)
		take_pipes(&m, p->pipes);
	if (n < (ssize_t)sizeof(head) || head.magic != MAGIC || head.version != SHARE_VERSION)
		return -1;
	p->word = (enum share_word)head.word;
	p->first = head.first;
	p->second = head.second;
	p->flags = head.flags;
	text_addn(&p->data, data, (size_t)n - sizeof(head));
	return 1;
}

/* Who closed without hearing us out is told of first, and what it said before that is still there. */
static ssize_t next_size(int fd)
{
	ssize_t size = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	if (size < 0 && errno == ECONNRESET)
		size = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	return size;
}

int share_receive(int fd, struct share_packet *out)
{
	cleanup_share_packet struct share_packet p = { .pipes = { -1, -1, -1 } };
	ssize_t size = next_size(fd);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size <= 0 || (size_t)size > PACKET_LIMIT || receive(fd, &p, (size_t)size) < 0)
		return -1;
	*out = p;
	p = (struct share_packet){ .pipes = { -1, -1, -1 } };
	return 1;
}

const char *share_string(const struct share_packet *p, size_t *at)
{
	const char *found = p->data.ptr + *at;
	size_t left = p->data.len - *at, len;

	if (!left)
		return NULL;
	len = strnlen(found, left);
	if (len == left)
		return NULL;
	*at += len + 1;
	return found;
}

int share_error(const struct share_packet *p, struct error *err)
{
	size_t at = 0;
	const char *text = share_string(p, &at), *hint = share_string(p, &at);
	bool known = p->first > ERROR_NONE && p->first <= ERROR_SYSTEM;

	error_set(err, known ? (enum error_kind)p->first : ERROR_GUEST, "%s",
		  text ? text : "unknown cause");
	return hint ? error_hint(err, "%s", hint) : -1;
}
