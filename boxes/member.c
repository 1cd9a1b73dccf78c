/* SPDX-License-Identifier: Apache-2.0 */
/* Names inside an archive. */
#include "boxes/member.h"

#include <limits.h>
#include <string.h>

#include "core/text.h"

char *member_shown(const char *name)
{
	char *shown = xstrdup(name ? name : "");

	for (char *c = shown; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return shown;
}

static int refuse(const char *name, const char *why, struct error *err)
{
	cleanup_free char *shown = member_shown(name);

	return error_set(err, ERROR_BOX, "member '%s': %s", shown, why);
}

int member_path(const char *name, char **out, struct error *err)
{
	cleanup_text struct text path = { 0 };

	if (!name)
		return error_set(err, ERROR_BOX, "a member has no readable name");
	if (name[0] == '/')
		return refuse(name, "an absolute path", err);
	for (const char *at = name; *at; at += strspn(at, "/")) {
		size_t len = strcspn(at, "/");

		if (len == 2 && !memcmp(at, "..", 2))
			return refuse(name, "leads out of the box", err);
		if (len && !(len == 1 && at[0] == '.')) {
			if (path.len)
				text_add(&path, "/");
			text_addn(&path, at, len);
		}
		at += len;
	}
	if (path.len >= PATH_MAX)
		return refuse(text_str(&path), "the name is too long", err);
	*out = text_take(&path);
	return 0;
}
