/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small valid qcow2 image. Clusters of 4 KiB: header, refcount table and block, L1, two L2, three
 * of data.
 */
#ifndef TESTS_UNIT_QCOW2_SAMPLE_H
#define TESTS_UNIT_QCOW2_SAMPLE_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SAMPLE_CLUSTER ((size_t)4096)
#define SAMPLE_CLUSTERS 9
#define SAMPLE_BYTES (SAMPLE_CLUSTERS * SAMPLE_CLUSTER)
#define SAMPLE_DISK ((uint64_t)(3 << 20) - 512)
#define SAMPLE_L1 (3 * SAMPLE_CLUSTER)
#define SAMPLE_L2 (4 * SAMPLE_CLUSTER)

static inline void put32(unsigned char *image, size_t at, uint32_t value)
{
	value = htobe32(value);
	memcpy(image + at, &value, sizeof(value));
}

static inline void put64(unsigned char *image, size_t at, uint64_t value)
{
	value = htobe64(value);
	memcpy(image + at, &value, sizeof(value));
}

static inline void sample_qcow2(unsigned char image[static SAMPLE_BYTES])
{
	const uint64_t copied = UINT64_C(1) << 63;

	memset(image, 0, SAMPLE_BYTES);
	memcpy(image, "QFI\xfb", 4);
	put32(image, 4, 3);
	put32(image, 20, 12);
	put64(image, 24, SAMPLE_DISK);
	put32(image, 36, 2);
	put64(image, 40, SAMPLE_L1);
	put64(image, 48, SAMPLE_CLUSTER);
	put32(image, 56, 1);
	put32(image, 96, 4);
	put32(image, 100, 104);
	put64(image, SAMPLE_CLUSTER, 2 * SAMPLE_CLUSTER);
	for (size_t i = 0; i < SAMPLE_CLUSTERS; i++)
		image[2 * SAMPLE_CLUSTER + 2 * i + 1] = 1;
	put64(image, SAMPLE_L1, SAMPLE_L2 | copied);
	put64(image, SAMPLE_L1 + 8, (SAMPLE_L2 + SAMPLE_CLUSTER) | copied);
	put64(image, SAMPLE_L2, (6 * SAMPLE_CLUSTER) | copied);
	put64(image, SAMPLE_L2 + 80, (7 * SAMPLE_CLUSTER) | copied);
	put64(image, SAMPLE_L2 + SAMPLE_CLUSTER + 8, (8 * SAMPLE_CLUSTER) | copied);
	for (size_t i = 6 * SAMPLE_CLUSTER; i < SAMPLE_BYTES; i++)
		image[i] = (unsigned char)(i * 31 >> 3 | 1);
}

#endif
