/* SPDX-License-Identifier: Apache-2.0 */
/* Raw disk images. */
#include "boxes/raw.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#define SECTOR_BYTES 512
#define MBR_TABLE 446
#define MBR_ENTRIES 4
#define MBR_ENTRY_BYTES 16
#define MBR_PROTECTIVE 0xee
#define EXT_SUPERBLOCK 1024
#define BTRFS_SUPERBLOCK 65536

static bool has_at(const unsigned char *head, size_t len, size_t at, const char *magic)
{
	size_t n = strlen(magic);

	return at + n <= len && !memcmp(head + at, magic, n);
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static bool is_mbr(const unsigned char *head, size_t len)
{
	return has_at(head, len, SECTOR_BYTES - 2, "\x55\xaa");
}

static bool is_gpt(const unsigned char *head, size_t len)
{
	return len >= SECTOR_BYTES + 92 && has_at(head, len, SECTOR_BYTES, "EFI PART");
}

static bool is_ext(const unsigned char *head, size_t len)
{
	return len >= EXT_SUPERBLOCK + 1024 && has_at(head, len, EXT_SUPERBLOCK + 56, "\x53\xef");
}

bool raw_is_disk(const void *head, size_t len)
{
	return is_mbr(head, len) || is_gpt(head, len) || is_ext(head, len) ||
	       has_at(head, len, 0, "XFSB") || has_at(head, len, BTRFS_SUPERBLOCK + 64, "_BHRfS_M");
}

/* Boot sectors of filesystems have code where the table would be. */
static bool is_partition_table(const unsigned char *head)
{
	for (size_t i = 0; i < MBR_ENTRIES; i++)
		if (head[MBR_TABLE + i * MBR_ENTRY_BYTES] & 0x7f)
			return false;
	return true;
}

static uint64_t mbr_bytes(const unsigned char *head)
{
	uint64_t most = 0;

	for (size_t i = 0; i < MBR_ENTRIES && is_partition_table(head); i++) {
		const unsigned char *entry = head + MBR_TABLE + i * MBR_ENTRY_BYTES;
		uint64_t end = (uint64_t)get32(entry + 8) + get32(entry + 12);

		if (entry[4] && entry[4] != MBR_PROTECTIVE && end > most)
			most = end;
	}
	return most * SECTOR_BYTES;
}

/* The backup header is in the disk's last sector; bound what a damaged header may claim. */
static uint64_t gpt_bytes(const unsigned char *head)
{
	uint64_t backup = get64(head + SECTOR_BYTES + 32);

	return backup < UINT64_MAX / SECTOR_BYTES - 1 ? (backup + 1) * SECTOR_BYTES : UINT64_MAX;
}

static uint64_t ext_bytes(const unsigned char *head)
{
	const unsigned char *super = head + EXT_SUPERBLOCK;
	uint64_t blocks = get32(super + 4);
	uint32_t log_block = get32(super + 24);

	/* Feature "64bit": the high half of the count is in use. */
	if (get32(super + 96) & 0x80)
		blocks |= (uint64_t)get32(super + 336) << 32;
	if (log_block > 6 || blocks > UINT64_MAX >> (10 + log_block))
		return UINT64_MAX;
	return blocks << (10 + log_block);
}

int raw_check(const void *head, size_t len, uint64_t file_bytes, struct error *err)
{
	uint64_t claimed = 0;

	if (is_gpt(head, len))
		claimed = gpt_bytes(head);
	else if (is_mbr(head, len))
		claimed = mbr_bytes(head);
	else if (is_ext(head, len))
		claimed = ext_bytes(head);
	if (claimed <= file_bytes)
		return 0;
	return error_set(err, ERROR_BOX,
			 "damaged disk image: it has %" PRIu64 " bytes of the %" PRIu64
			 " its partition table or filesystem claims",
			 file_bytes, claimed);
}
