/* SPDX-License-Identifier: Apache-2.0 */
/* Seed to tmpfiles.d lines to credential. */
#include "providers/tmpfiles.h"

#include <stdint.h>
#include <string.h>

#include "core/base64.h"
#include "core/text.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"

/* A word of tmpfiles.d: plain if it can be, else quoted, with C escapes, and '%' doubled, since it starts a specifier. */
static void add_path(struct text *t, const char *path)
{
	if (strspn(path, PLAIN) == strlen(path)) {
		text_add(t, path);
		return;
	}
	text_add(t, "\"");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '%')
			text_add(t, "%%");
		else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			text_addf(t, "\\x%02x", c);
		else
			text_addn(t, path, 1);
	}
	text_add(t, "\"");
}

static void add_file(struct text *t, const struct seed_file *f)
{
	cleanup_free char *content = f->content ? base64_encode(f->content, strlen(f->content)) :
						  NULL;

	text_add(t, content ? "f+~ " : "d ");
	add_path(t, f->path);
	text_addf(t, " %04o %s %s - %s\n", (unsigned)f->mode & 07777, f->user, f->user,
		  content ? content : "-");
}

char *tmpfiles_text(const struct seed *seed)
{
	struct text t = { 0 };

	for (size_t i = 0; i < seed->file_count; i++)
		add_file(&t, &seed->files[i]);
	return text_take(&t);
}

char *tmpfiles_credential(const struct seed *seed)
{
	cleanup_free char *text = tmpfiles_text(seed);
	cleanup_free char *encoded = base64_encode(text, strlen(text));

	return xasprintf("io.systemd.credential.binary:tmpfiles.extra=%s", encoded);
}
