/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of tar archives. */
#include "guest/tar.h"

#include <string.h>

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[8], owner[32], group[32], major[8], minor[8], rest[167];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

static const char zeros[TAR_BLOCK];

/* Octal with a NUL behind it, or, where that has no room for it, base 256. */
static void put(char *field, size_t size, int64_t value)
{
	uint64_t v = (uint64_t)value;

	if (value < 0 || v >> (3 * (size - 1))) {
		for (size_t i = size; i-- > 0;) {
			field[i] = (char)(v & 0xff);
			v = v >> 8 | (value < 0 ? (uint64_t)0xff << 56 : 0);
		}
		field[0] = (char)(value < 0 ? 0xff : field[0] | 0x80);
		return;
	}
	field[size - 1] = '\0';
	for (size_t i = size - 1; i-- > 0; v >>= 3)
		field[i] = (char)('0' + (v & 7));
}

static void add_block(struct text *out, struct header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;

	memcpy(h->magic, "ustar  ", sizeof(h->magic));
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	put(h->checksum, 7, sum);
	text_addn(out, h, sizeof(*h));
}

/* Fills a field of a header; a name too long for it becomes a member of its own before that. */
static void put_name(struct text *out, char type, char *field, size_t room, const char *name)
{
	size_t len = strlen(name);

	if (len > room) {
		struct header h = { .type = type };

		memcpy(h.name, "././@LongLink", 13);
		put(h.mode, sizeof(h.mode), 0644);
		put(h.uid, sizeof(h.uid), 0);
		put(h.gid, sizeof(h.gid), 0);
		put(h.size, sizeof(h.size), (int64_t)len + 1);
		put(h.mtime, sizeof(h.mtime), 0);
		add_block(out, &h);
		text_addn(out, name, len + 1);
		text_addn(out, zeros, tar_padding(len + 1));
	}
	memcpy(field, name, len < room ? len : room);
}

void tar_add_header(struct text *out, const struct tar_member *m)
{
	struct header h = { .type = m->type == 'd' ? '5' : m->type == 'l' ? '2' : '0' };

	put_name(out, 'L', h.name, sizeof(h.name), m->path);
	if (m->type == 'l')
		put_name(out, 'K', h.link, sizeof(h.link), m->target);
	put(h.mode, sizeof(h.mode), m->mode & 07777);
	put(h.uid, sizeof(h.uid), m->uid);
	put(h.gid, sizeof(h.gid), m->gid);
	put(h.size, sizeof(h.size), m->type == 'f' ? (int64_t)m->size_bytes : 0);
	put(h.mtime, sizeof(h.mtime), m->mtime_s);
	add_block(out, &h);
}

size_t tar_padding(uint64_t size_bytes)
{
	return (size_t)(-size_bytes % TAR_BLOCK);
}

void tar_add_end(struct text *out)
{
	text_addn(out, zeros, sizeof(zeros));
	text_addn(out, zeros, sizeof(zeros));
}
