/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives byte by byte (POSIX ustar and pax, GNU's long names), for those that no library writes. */
#ifndef TESTS_UNIT_TAR_SAMPLE_H
#define TESTS_UNIT_TAR_SAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "core/text.h"

#define TAR_BLOCK 512

/* One header and what follows it. Names are cut at 100 bytes. */
struct tar_entry {
	const char *name;
	char type; /* 0: '0', a plain file */
	const void *data;
	size_t len;
	uint64_t claimed; /* not 0: the length the header claims */
	const char *link;
	mode_t mode; /* 0: 0644 */
};

/* Octal, or what does not fit in base 256 as GNU has it. */
static inline void tar_number(unsigned char *field, size_t width, uint64_t value)
{
	if (value < UINT64_C(1) << 3 * (width - 1)) {
		snprintf((char *)field, width, "%0*llo", (int)width - 1, (unsigned long long)value);
		return;
	}
	memset(field, 0, width);
	for (size_t i = 0; i < 8 && i < width; i++)
		field[width - 1 - i] = (unsigned char)(value >> 8 * i);
	field[0] |= 0x80;
}

static inline void tar_pad(struct text *t)
{
	static const char zeroes[TAR_BLOCK];

	if (t->len % TAR_BLOCK)
		text_addn(t, zeroes, TAR_BLOCK - t->len % TAR_BLOCK);
}

static inline void tar_add(struct text *t, const struct tar_entry *e)
{
	unsigned char h[TAR_BLOCK] = { 0 };
	unsigned sum = 0;

	memcpy(h, e->name, strnlen(e->name, 100));
	tar_number(h + 100, 8, e->mode ? e->mode : 0644);
	tar_number(h + 108, 8, 0);
	tar_number(h + 116, 8, 0);
	tar_number(h + 124, 12, e->claimed ? e->claimed : e->len);
	tar_number(h + 136, 12, 1000000000);
	memset(h + 148, ' ', 8);
	h[156] = (unsigned char)(e->type ? e->type : '0');
	if (e->link)
		memcpy(h + 157, e->link, strnlen(e->link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	tar_number(h + 329, 8, 1);
	tar_number(h + 337, 8, 3);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	text_addn(t, h, sizeof(h));
	if (e->len)
		text_addn(t, e->data, e->len);
	tar_pad(t);
}

static inline void tar_file(struct text *t, const char *name, const void *data, size_t len)
{
	const struct tar_entry e = { .name = name, .data = data, .len = len };

	tar_add(t, &e);
}

static inline void tar_special(struct text *t, const char *name, char type, const char *link)
{
	const struct tar_entry e = { .name = name, .type = type, .link = link, .mode = 0755 };

	tar_add(t, &e);
}

static inline void tar_folder(struct text *t, const char *name)
{
	tar_special(t, name, '5', NULL);
}

/* A pax record for the next member: its length counts its own digits too. */
static inline void tar_pax(struct text *t, const char *key, const char *value)
{
	cleanup_free char *body = xasprintf(" %s=%s\n", key, value);
	cleanup_free char *record = NULL;
	size_t len = strlen(body) + 1;

	while (snprintf(NULL, 0, "%zu%s", len, body) != (int)len)
		len++;
	record = xasprintf("%zu%s", len, body);
	tar_add(t, &(const struct tar_entry){
			   .name = "pax", .type = 'x', .data = record, .len = len });
}

/* The name of the next member. */
static inline void tar_gnu_name(struct text *t, const void *name, size_t len)
{
	tar_add(t, &(const struct tar_entry){
			   .name = "././@LongLink", .type = 'L', .data = name, .len = len });
}

static inline void tar_end(struct text *t)
{
	static const char zeroes[2 * TAR_BLOCK];

	text_addn(t, zeroes, sizeof(zeroes));
}

#endif
