/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of archives. */
#include "boxes/layout.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/member.h"
#include "boxes/metadata.h"
#include "core/text.h"

#define UNIFIED_ROOT "rootfs"

static const char *const kind_names[] = { "", "a Vagrant box", "an LXD image",
					  "a root filesystem" };

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

static bool is_below_any(const char *path, const char *const *tops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_below(path, tops[i]))
			return true;
	return false;
}

static bool is_vagrant(const char *path)
{
	if (strchr(path, '/'))
		return false;
	return text_equal(path, METADATA_MEMBER) || text_equal(path, "Vagrantfile") ||
	       text_equal(path, "info.json") || text_equal(path, "lxc-config") ||
	       (text_has_prefix(path, "box") && text_has_suffix(path, ".img")) ||
	       layout_is_nested_rootfs(path);
}

static enum layout_kind kind_of(const char *path)
{
	static const char *const tops[] = { "bin",   "boot",  "dev",    "etc",   "home", "lib",
					    "lib32", "lib64", "libx32", "media", "mnt",  "opt",
					    "proc",  "root",  "run",    "sbin",  "srv",  "sys",
					    "tmp",   "usr",   "var" };

	if (is_vagrant(path))
		return LAYOUT_VAGRANT;
	if (is_below(path, "metadata.yaml") || is_below(path, UNIFIED_ROOT))
		return LAYOUT_UNIFIED;
	return is_below_any(path, tops, ARRAY_SIZE(tops)) ? LAYOUT_ROOTFS : LAYOUT_UNKNOWN;
}

/* What boxes of other providers are made of. */
static int refuse_foreign(const char *path, struct error *err)
{
	static const struct {
		const char *suffix, *provider;
	} table[] = { { ".ovf", "VirtualBox" },
		      { ".ova", "VirtualBox" },
		      { ".vbox", "VirtualBox" },
		      { ".vmx", "VMware" },
		      { ".vmdk", "VirtualBox or VMware" },
		      { ".vhd", "Hyper-V" },
		      { ".vhdx", "Hyper-V" },
		      { ".hds", "Parallels" },
		      { "oci-layout", "Docker" },
		      { "Dockerfile", "Docker" } };
	cleanup_free char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!text_has_suffix(path, table[i].suffix))
			continue;
		shown = member_shown(path);
		error_set(err, ERROR_BOX,
			  "member '%s' is of a box for %s, which cannot be used here", shown,
			  table[i].provider);
		return error_hint(err, "look for the same box for libvirt");
	}
	return 0;
}

static int add(struct layout *l, const char *path, enum layout_kind kind, struct error *err)
{
	cleanup_free char *shown = NULL, *first = NULL;

	if (kind == LAYOUT_UNKNOWN || kind == l->kind)
		return 0;
	if (l->kind == LAYOUT_UNKNOWN) {
		l->kind = kind;
		l->first = xstrdup(path);
		return 0;
	}
	shown = member_shown(path);
	first = member_shown(l->first);
	return error_set(err, ERROR_BOX, "member '%s' is of %s, but member '%s' is of %s", shown,
			 kind_names[kind], first, kind_names[l->kind]);
}

int layout_add(struct layout *l, const char *path, struct error *err)
{
	bool may_be_foreign = l->kind == LAYOUT_UNKNOWN || l->kind == LAYOUT_VAGRANT;
	enum layout_kind kind = kind_of(path);

	if (kind == LAYOUT_UNKNOWN && may_be_foreign && refuse_foreign(path, err) < 0)
		return -1;
	return add(l, path, kind, err);
}

int layout_add_disk(struct layout *l, const char *path, struct error *err)
{
	return add(l, path, LAYOUT_VAGRANT, err);
}

static void note(struct layout *l, const char *place)
{
	static const char *const programs[] = { "usr", "bin" };

	if (is_below(place, "etc"))
		l->has_etc = true;
	else if (is_below_any(place, programs, ARRAY_SIZE(programs)))
		l->has_programs = true;
}

int layout_place(struct layout *l, const char *path, const char **out, struct error *err)
{
	const char *place = path;

	if (add(l, path, kind_of(path), err) < 0)
		return -1;
	if (l->kind == LAYOUT_UNKNOWN) {
		l->loose = l->loose || *path;
	} else if (l->kind == LAYOUT_UNIFIED) {
		if (l->loose)
			return error_set(err, ERROR_BOX,
					 "it is of an LXD image, but members before it are not");
		if (!is_below(path, UNIFIED_ROOT))
			return 0;
		place += strlen(UNIFIED_ROOT);
		place += *place == '/';
	} else if (l->kind == LAYOUT_VAGRANT) {
		return error_set(err, ERROR_BOX, "it is of a Vagrant box");
	}
	note(l, place);
	*out = place;
	return 1;
}

int layout_finish_rootfs(const struct layout *l, struct error *err)
{
	if (l->has_etc && l->has_programs)
		return 0;
	if (l->kind == LAYOUT_UNKNOWN)
		return layout_unknown(err);
	return error_set(err, ERROR_BOX, "the root filesystem has no '%s'",
			 l->has_etc ? "usr" : "etc");
}

bool layout_is_nested_rootfs(const char *path)
{
	return is_below(path, "rootfs.tar") || text_has_prefix(path, "rootfs.tar.");
}

int layout_unknown(struct error *err)
{
	error_set(err, ERROR_BOX, "not a box that is understood");
	return error_hint(err, "a box is a Vagrant box for libvirt, a qcow2 or raw disk image, or "
			       "a tarball of a root filesystem");
}

void layout_clear(struct layout *l)
{
	free(l->first);
	*l = (struct layout){ 0 };
}
