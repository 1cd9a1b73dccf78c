/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine must know before its first boot: files such as its SSH host key and who may log
 * in. guest/ decides which files; each provider delivers them in its own way (a write into the
 * container's root, a systemd credential for a VM).
 */
#ifndef CORE_SEED_H
#define CORE_SEED_H

#include <stddef.h>
#include <sys/types.h>

struct seed_file {
	const char *path; /* absolute, in the guest */
	const char *user; /* owner and group by name, "root" mostly */
	mode_t mode;
	const char *content; /* NULL: a directory */
};

/* Everything is borrowed from whoever made the seed. */
struct seed {
	const char *hostname;
	const struct seed_file *files;
	size_t file_count;
	/* The same for cloud-init: an image of a NoCloud disk (its ISO 9660 or VFAT is labelled "cidata"). NULL: none. */
	const unsigned char *disk;
	size_t disk_bytes;
};

#endif
