/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bothy writes into the metadata of libvirt's domains and networks: the only state there is.
 * One element of our namespace with an attribute for each field; unknown attributes are ignored, so
 * that older and newer versions can look at each other's machines.
 */
#ifndef PROVIDERS_TAG_H
#define PROVIDERS_TAG_H

#include <stdbool.h>

#include "providers/xml.h"

#define TAG_NAMESPACE "urn:bothy:machine:1"
#define TAG_PREFIX "bothy"

/* NULL: not said. All borrowed: from the caller when written, from the document when read. */
struct tag {
	const char *version;
	const char *project_id, *project, *directory;
	const char *owner;
	/* Of networks only. */
	const char *network;      /* its name in the project; NULL: "management" */
	const char *settings;     /* network_settings() it was made with */
	const char *subnet;       /* where libvirt knows of none */
	const char *reservations; /* where it keeps none, see reservations_text() */
	/* Of machines only. */
	const char *machine;
	const char *provider;
	const char *box, *box_digest;
	const char *hostname;
	const char *login_user;
	const char *key_id;
	const char *accel_wanted;
	const char *command; /* shell-quoted */
	const char *disk_mib;
	const char *disks;         /* how many it has; NULL: one */
	const char *seed;          /* "nocloud": has a disk for cloud-init besides */
	const char *cards, *kinds; /* see providers/card_note.h */
	const char *layer;         /* "yes": runs on layers over its disks */
	const char *rootfs;        /* directory the container's root is laid over */
	const char *folders;       /* shared with it, see core/folder_note.h; NULL: none */
	const char *forwards; /* by user-mode networking, see user_net.h; NULL: it is on networks */
	const char *complete; /* "yes" or "no" */
};

/* <bothy:machine …/>; `element` is "machine" or "network". */
void tag_write(struct xml *x, const char *element, const struct tag *tag);
/* The same as a document of its own without prefix, as virDomainSetMetadata() wants it. Caller frees. */
char *tag_document(const char *element, const struct tag *tag);
/* From <metadata> below the root of a domain or network; false if there is no tag of ours. */
bool tag_read(xmlDocPtr doc, const char *element, struct tag *out);
/* Changes one field, by the name it has in XML, of the tag in a document; NULL takes it out. */
void tag_change(xmlDocPtr doc, const char *element, const char *name, const char *value);
/* Whether a description may have such a tag at all: a cheap test before parsing it. */
bool tag_maybe(const char *xml_text);

#endif
