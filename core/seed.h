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

#include "core/decl.h"

struct seed_file {
	const char *path; /* absolute, in the guest */
	const char *user; /* owner and group by name, "root" mostly */
	mode_t mode;
	const char *content; /* NULL: a directory */
};

/*
 * A card that has to be as said before anybody can log in. The instance-id of who is told of such ends in this, by which
 * the guest knows later that they are cloud-init's.
 */
#define SEED_CARDS_INSTANCE "-cards"
struct seed_card {
	const char *mac;
	const char *ip; /* NULL: by DHCP, and nothing else is said */
	unsigned prefix;
	const char *ipv6; /* NULL: none */
	unsigned ipv6_prefix;
	const char *
		gateway; /* the default route leads there, of either family; NULL: not by this card */
	struct strings dns; /* name servers */
	const char *domain; /* where they look for names without one; NULL: none */
	unsigned mtu;       /* 0: the engine's */
};

/* Everything is borrowed from whoever made the seed. */
struct seed {
	const char *hostname;
	const struct seed_file *files;
	size_t file_count;
	const struct seed_card
		*cards; /* for cloud-init; none: boxes get theirs right by themselves */
	size_t card_count;
	/* The same for cloud-init: an image of a NoCloud disk (its ISO 9660 or VFAT is labelled "cidata"). NULL: none. */
	const unsigned char *disk;
	size_t disk_bytes;
};

#endif
