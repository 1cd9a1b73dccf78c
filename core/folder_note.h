/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of a machine as a text that its engine keeps, so that a start needs no file of ours, drift is seen, and
 * a kind is chosen once: a JSON list, in the order of mounting, of
 *
 *   {"said": "./src", "from": "/home/me/demo/src", "to": "/srv/app", "kind": "bind", "chosen": true, "read_only": true,
 *    "options": […]}
 *
 * without the last three where there is nothing to say.
 */
#ifndef CORE_FOLDER_NOTE_H
#define CORE_FOLDER_NOTE_H

#include "core/folder.h"
#include "core/mem.h"

struct folders {
	struct folder *at;
	size_t count;
};

/* NULL if there are none. Caller frees. */
char *folder_note_text(const struct folder *folders, size_t count);
/* Lives in arena. False if the text is none of these; NULL is an empty list. */
bool folder_note_read(const char *text, struct arena *arena, struct folders *out);
/* "./src at /srv/app (bind, read-only)". Lives in arena. */
const char *folder_note_shown(const struct folder *f, struct arena *arena);
/* Whether any of them is shared. */
bool folder_note_shares(const struct folders *list);
/* Whether both are the same for the machine, whatever the file calls them. */
bool folder_note_same(const struct folder *a, const struct folder *b);

#endif
