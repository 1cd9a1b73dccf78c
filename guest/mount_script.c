/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of ours in /etc/fstab begin with the tag of a folder: by them the guest mounts everything itself when it boots
 * the next time, whatever its init is, and goes on without what is not there. Where they differ from what is wanted, all
 * that is mounted by such tags is mounted anew.
 */
#include "guest/mount_script.h"

#include "core/mem.h"
#include "core/text.h"

static const char script_start[] =
	"PATH=$PATH:/usr/sbin:/sbin\n"
	"set -f\n"
	"known() { grep -qw \"$1\" \"$r/proc/filesystems\"; }\n"
	"mounted() { while read -r tag rest; do [ \"$tag\" != \"$1\" ] || return 0; done <\"$r/proc/mounts\"\n"
	"return 1; }\n"
	"fail() { echo \"$n:\"$1 >&2; exit 1; }\n"
	"one() {\n"
	"n=$1\n"
	"! mounted \"$2\" || return 0\n"
	"known \"$4\" || modprobe \"$4\" 2>/dev/null\n"
	"known \"$4\" || fail unknown\n"
	"[ \"$4\" != 9p ] || modprobe 9pnet_virtio 2>/dev/null\n"
	"said=$(mkdir -p \"$r$3\" 2>&1) || fail \"$said\"\n"
	"said=$(mount -t \"$4\" -o \"$5\" \"$2\" \"$r$3\" 2>&1) || fail \"$said\"\n"
	"}\n"
	"fstab=$r/etc/fstab points=\n"
	"if [ \"$(grep '" MOUNT_LINES "' \"$fstab\" 2>/dev/null)\" != \"$lines\" ]; then\n"
	/* What is mounted last goes first. */
	"while read -r tag point rest; do\n"
	"case $tag in bothy-?*) points=\"$point $points\" ;; esac\n"
	"done <\"$r/proc/mounts\"\n"
	"for point in $points; do\n"
	"point=$(printf %b \"$point\")\n"
	"umount \"$point\" 2>/dev/null || umount -l \"$point\"\n"
	"done\n"
	/* In place of the old file at once: it decides what the guest boots with. */
	"{ [ ! -e \"$fstab\" ] || cp -p \"$fstab\" \"$fstab.bothy\"; } &&\n"
	"{ grep -v '" MOUNT_LINES
	"' \"$fstab\"; printf '%s\\n' \"$lines\"; } >\"$fstab.bothy\" &&\n"
	"mv \"$fstab.bothy\" \"$fstab\"\n"
	"fi 2>/dev/null\n";

static void add_options(struct text *t, const struct folder *f)
{
	text_add(t, f->read_only ? "ro" : "rw");
	if (f->kind == FOLDER_9P)
		text_add(t, ",trans=virtio,version=9p2000.L,msize=262144");
	for (size_t i = 0; i < f->mount_options.count; i++)
		text_addf(t, ",%s", f->mount_options.at[i]);
}

/* As fstab(5) wants it. */
static void add_escaped(struct text *t, const char *path)
{
	for (; *path; path++) {
		if (*path == ' ' || *path == '\t' || *path == '\\' || *path == '#')
			text_addf(t, "\\%03o", (unsigned)*path);
		else
			text_addn(t, path, 1);
	}
}

static void add_line(struct text *t, const struct folder *f)
{
	char tag[FOLDER_TAG_BYTES];

	folder_tag(f->to, tag);
	text_addf(t, "%s%s ", t->len ? "\n" : "", tag);
	add_escaped(t, f->to);
	text_addf(t, " %s ", folder_kind_name(f->kind));
	add_options(t, f);
	text_add(t, ",nofail 0 0");
}

static void add_call(struct text *t, const struct folder *f, size_t number)
{
	cleanup_text struct text options = { 0 };
	char tag[FOLDER_TAG_BYTES];

	folder_tag(f->to, tag);
	add_options(&options, f);
	text_addf(t, "one %zu %s ", number, tag);
	text_add_shell_quoted(t, f->to);
	text_addf(t, " %s ", folder_kind_name(f->kind));
	text_add_shell_quoted(t, text_str(&options));
	text_add(t, "\n");
}

char *mount_script(const struct folder *folders, size_t count, const char *root)
{
	cleanup_text struct text lines = { 0 }, calls = { 0 };
	struct text t = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!folder_is_mounted(folders[i].kind))
			continue;
		add_line(&lines, &folders[i]);
		add_call(&calls, &folders[i], i);
	}
	if (!lines.len)
		return NULL;
	text_add(&t, "r=");
	text_add_shell_quoted(&t, root);
	text_add(&t, " lines=");
	text_add_shell_quoted(&t, text_str(&lines));
	text_addf(&t, "\n%s%s", script_start, text_str(&calls));
	return text_take(&t);
}
