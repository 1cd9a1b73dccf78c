/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that a machine shares with this host, against those that it should. */
#include "core/drift.h"

#include "core/folder_note.h"
#include "core/text.h"

static bool has(const struct folders *list, const struct folder *f)
{
	for (size_t i = 0; i < list->count; i++)
		if (folder_note_same(&list->at[i], f))
			return true;
	return false;
}

/* Those of one list that the other has not; "none" if there are none. */
static const char *list_only(const struct folders *of, const struct folders *not_in,
			     struct arena *arena)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < of->count; i++)
		if (folder_is_shared(of->at[i].kind) && !has(not_in, &of->at[i]))
			text_addf(&t, "%s%s", t.len ? ", " : "",
				  folder_note_shown(&of->at[i], arena));
	return t.len ? arena_strdup(arena, text_str(&t)) : "none";
}

const char *drift_folders(const struct machine *want, const struct observed_machine *have,
			  struct arena *arena)
{
	const struct folders wanted = { want->folders, want->folder_count };
	struct folders had = { 0 };
	const char *old, *new;

	if (!folder_note_read(have->folders, arena, &had))
		return arena_strdup(arena, "its folders are not known");
	old = list_only(&had, &wanted, arena);
	new = list_only(&wanted, &had, arena);
	if (text_equal(old, "none") && text_equal(new, "none"))
		return NULL;
	return arena_printf(arena, "folders %s → %s", old, new);
}
