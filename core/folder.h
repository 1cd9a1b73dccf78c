/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of the host in machines. */
#ifndef CORE_FOLDER_H
#define CORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decl.h"
#include "core/mem.h"

enum folder_kind {
	FOLDER_AUTO, /* raw only */
	FOLDER_BIND,
	FOLDER_VIRTIOFS,
	FOLDER_9P,
	FOLDER_RSYNC,
	FOLDER_COPY,
	FOLDER_KINDS
};

/* A directory of the host in a machine. */
struct folder {
	const char *said; /* as the file has it, for messages: "./src" */
	const char *from; /* absolute; without symlinks if it exists */
	const char *to;   /* in the guest, absolute and tidy */
	enum folder_kind kind;
	const char *
		kind_reason; /* why it is not what is best: "no virtiofs: it needs root"; NULL: it was said, or is */
	bool chosen;               /* nobody said the kind; see core/folder_settle.h */
	const char *owner, *group; /* in the guest; NULL: as they come */
	unsigned mode;             /* of the directory itself in the guest; 0: as it comes */
	bool create;               /* make it on the host if it is not there */
	bool read_only;
	struct strings exclude; /* patterns as in gitignore(5), RSYNC and COPY only */
	struct strings inner; /* such patterns too: the places below `to` that other folders have */
	struct strings mount_options;
	bool outside;    /* not in the project: only for who is trusted */
	bool by_default; /* nobody said it: the project's own, in every machine that can have it */
	bool project; /* the project's own directory, or one that has .bothy in it: that is kept from guests */
};

/* "bind", "virtiofs", …: the words of the file. Static. */
const char *folder_kind_name(enum folder_kind kind);
/* Whether the guest sees the directory itself, so that nothing is brought into it: BIND, VIRTIOFS, 9P. */
bool folder_is_shared(enum folder_kind kind);
/* True for what the guest itself has to mount. */
bool folder_is_mounted(enum folder_kind kind);
/* Whether it is one of the options that a BIND mount knows: "noatime", "nodev", … */
bool folder_is_bind_option(const char *option);
#define FOLDER_TAG_BYTES 15
/* What the hypervisor and the guest call the folder at that place: "bothy-1a2b3c4d". */
void folder_tag(const char *to, char out[static FOLDER_TAG_BYTES]);
/* Where the project's own files are in that folder, which it has in it (`project`): "" or "/a/b". Borrowed. */
const char *folder_way_down(const char *from, const char *directory);

/* Whether both bring the same: one directory of this host, with the same left out. */
bool folder_brings_same(const struct folder *a, const struct folder *b);
/*
 * Fills `inner` of each: whoever brings what a folder holds leaves the places of the others alone, on both sides. It
 * lives in the arena.
 */
void folders_find_inner(struct folder *folders, size_t count, struct arena *arena);

/* Whether a provider can have a kind. */
struct folder_ability {
	const char *why_not; /* "it needs root"; NULL: it can. Static, as is the other */
	const char *hint;    /* what to do about it; may be NULL */
};

struct folder_abilities {
	bool has_guests; /* false: machines without an inside, which have the folders they are told only */
	struct folder_ability of[FOLDER_KINDS];
};

/* An item of `folders`; false as a value: off. */
struct folder_raw {
	struct decl decl;
	const char *where; /* "machine 'web'.folders['./src']" */
	const char *from;  /* the key */
	const char *to;
	bool off;
	enum folder_kind kind;
	const char *owner, *group, *mode;
	bool create, read_only;
	struct strings exclude, mount_options;
};

struct folders_raw {
	struct folder_raw *at;
	size_t count;
};

#endif
