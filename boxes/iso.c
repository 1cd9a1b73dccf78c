/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in here are offsets and lengths of ECMA-119 and of the Rock Ridge protocol. */
#include "boxes/iso.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define SECTOR_BYTES ((size_t)2048)
#define FIRST_DESCRIPTOR 16
#define LABEL_AT 40
#define LABEL_BYTES ((size_t)32)
#define ROOT_RECORD_AT 156
#define VOLUME_DATES_AT 813
#define VOLUME_DATES 4
#define DIGITS 16
#define RECORD_BYTES 33
#define RECORD_DATE_AT 18
#define RECORD_DATE_BYTES ((size_t)7)
#define ATTRIBUTE_BYTES 5

enum descriptor { PRIMARY = 1, SUPPLEMENTARY = 2, TERMINATOR = 255 };

static void settle_date(unsigned char *date)
{
	/* Years since 1900, month, day, hour, minute, second, zone. */
	static const unsigned char epoch[RECORD_DATE_BYTES] = { 70, 1, 1, 0, 0, 0, 0 };

	memcpy(date, epoch, sizeof(epoch));
}

/* Rock Ridge keeps times of its own behind the name, in attributes {signature, length, version, …}. */
static void settle_attributes(unsigned char *at, const unsigned char *end)
{
	while (at + ATTRIBUTE_BYTES <= end && at[2] >= ATTRIBUTE_BYTES - 1 && at + at[2] <= end) {
		unsigned char *next = at + at[2];

		if (at[0] == 'T' && at[1] == 'F')
			for (at += ATTRIBUTE_BYTES; at + RECORD_DATE_BYTES <= next;
			     at += RECORD_DATE_BYTES)
				settle_date(at);
		at = next;
	}
}

static uint32_t number(const unsigned char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return le32toh(n);
}

/* No record crosses the end of a sector; what is left of one is zero. */
static void settle_directory(unsigned char *image, size_t len, const unsigned char *root)
{
	size_t at = number(root + 2) * SECTOR_BYTES, end = at + number(root + 10);

	while (at + RECORD_BYTES < end && end <= len) {
		unsigned char *record = image + at;
		size_t record_bytes = record[0], name_bytes = record[32];

		if (!record_bytes) {
			at = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
			continue;
		}
		if (record_bytes < RECORD_BYTES + name_bytes || at + record_bytes > end)
			return;
		settle_date(record + RECORD_DATE_AT);
		/* An even name is followed by a byte that makes the next one even. */
		settle_attributes(record + RECORD_BYTES + name_bytes + !(name_bytes % 2),
				  record + record_bytes);
		at += record_bytes;
	}
}

static void settle_descriptor(unsigned char *d, const char *label)
{
	size_t label_bytes = strnlen(label, LABEL_BYTES);

	settle_date(d + ROOT_RECORD_AT + RECORD_DATE_AT);
	for (size_t i = 0; i < VOLUME_DATES; i++) {
		unsigned char *date = d + VOLUME_DATES_AT + i * (DIGITS + 1);

		memset(date, '0', DIGITS);
		date[DIGITS] = 0;
	}
	if (d[0] != PRIMARY)
		return;
	memset(d + LABEL_AT, ' ', LABEL_BYTES);
	memcpy(d + LABEL_AT, label, label_bytes);
}

void iso_settle(unsigned char *image, size_t len, const char *label)
{
	size_t at = FIRST_DESCRIPTOR * SECTOR_BYTES;

	for (; at + SECTOR_BYTES <= len && image[at] != TERMINATOR; at += SECTOR_BYTES) {
		if (image[at] != PRIMARY && image[at] != SUPPLEMENTARY)
			continue;
		settle_descriptor(image + at, label);
		settle_directory(image, len, image + at + ROOT_RECORD_AT);
	}
	/* A sector of libarchive's own: the time, its version, its options. */
	at += SECTOR_BYTES;
	if (at + SECTOR_BYTES <= len && memcmp(image + at, "INFO ", 5) == 0)
		memset(image + at, 0, SECTOR_BYTES);
}
