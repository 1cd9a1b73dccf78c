/* SPDX-License-Identifier: Apache-2.0 */
/* One try to take the file that is offered into the store: opened or downloaded, looked into, and handed to a provider. */
#ifndef CLI_TAKE_H
#define CLI_TAKE_H

#include "boxes/content.h"
#include "boxes/download.h"
#include "boxes/import.h"
#include "boxes/staging.h"
#include "cli/bring.h"

struct take { /* set bring and offer, borrowed; but for staging, the rest is zero before */
	const struct bring *bring;
	const struct offer *offer;
	const char *provider; /* who has it now: as the bring says, or by the box's kind */
	const char *url;      /* of the offer's, the one that it came from; borrowed */
	struct content content;
	char written[DIGEST_HEX_BYTES]; /* the digest of the content that was written down; else "" */
	bool known;                     /* that was in the store before */
	bool named;                     /* the error tells which box it is about */

	const char **urls;         /* those of the web */
	struct download *download; /* of a file on the web; else NULL */
	struct growing *file;      /* borrowed from download, or own */
	struct growing *own;
	char *path; /* of a file of this host that is taken as it is, owned; else NULL */
	struct import *import;
	struct staging staging; /* of a directory that is packed first; lock_fd -1: none */
};

/* Who is to hold a box of that kind: whoever was asked for, else whom such boxes are for. */
const char *take_provider(const struct bring *b, enum image_kind kind);
/*
 * Content and disks are in the store then, without a name. After an error, growing_is_abandoned(t->file)
 * tells that the file became another one at its source: try again. The download stays for the next time until
 * download_discard().
 */
int take_in(struct take *t, struct error *err);
void take_clear(struct take *t);
#define cleanup_take cleanup(take_clear)

#endif
