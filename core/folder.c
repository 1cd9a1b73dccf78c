/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of kinds of folders. */
#include "core/folder.h"

#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "core/mem.h"
#include "core/text.h"

const char *folder_kind_name(enum folder_kind kind)
{
	static const char *const names[FOLDER_KINDS] = {
		[FOLDER_AUTO] = "auto", [FOLDER_BIND] = "bind",   [FOLDER_VIRTIOFS] = "virtiofs",
		[FOLDER_9P] = "9p",     [FOLDER_RSYNC] = "rsync", [FOLDER_COPY] = "copy",
	};

	return names[kind];
}

bool folder_is_shared(enum folder_kind kind)
{
	return kind == FOLDER_BIND || folder_is_mounted(kind);
}

bool folder_is_mounted(enum folder_kind kind)
{
	return kind == FOLDER_VIRTIOFS || kind == FOLDER_9P;
}

bool folder_is_bind_option(const char *option)
{
	static const char *const options[] = { "noatime", "relatime", "strictatime", "nodiratime",
					       "nodev",   "nosuid",   "noexec",      "nosymfollow" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i], option) == 0)
			return true;
	return false;
}

void folder_tag(const char *to, char out[static FOLDER_TAG_BYTES])
{
	char hex[DIGEST_HEX_BYTES];

	digest_of(to, strlen(to), hex);
	snprintf(out, FOLDER_TAG_BYTES, "bothy-%.8s", hex);
}

const char *folder_way_down(const char *from, const char *directory)
{
	return strcmp(from, "/") == 0 ? directory : directory + strlen(from);
}

/* As a pattern that stands for this path alone. */
static const char *pattern_of(const char *way, struct arena *arena)
{
	cleanup_text struct text t = { 0 };

	for (; *way; way++)
		text_addf(&t, "%s%c", strchr("\\*?[ ", *way) ? "\\" : "", *way);
	return arena_strdup(arena, text_str(&t));
}

void folders_find_inner(struct folder *folders, size_t count, struct arena *arena)
{
	for (size_t i = 0; i < count; i++) {
		struct folder *f = &folders[i];
		size_t len = strlen(f->to);

		f->inner =
			(struct strings){ .at = arena_alloc(arena, count * sizeof(*f->inner.at)) };
		for (size_t k = 0; k < count; k++)
			if (text_has_prefix(folders[k].to, f->to) && folders[k].to[len] == '/')
				f->inner.at[f->inner.count++] =
					pattern_of(folders[k].to + len, arena);
	}
}

static bool is_same_list(const struct strings *a, const struct strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!text_equal(a->at[i], b->at[i]))
			return false;
	}
	return true;
}

bool folder_brings_same(const struct folder *a, const struct folder *b)
{
	return text_equal(a->from, b->from) && is_same_list(&a->exclude, &b->exclude) &&
	       is_same_list(&a->inner, &b->inner);
}
