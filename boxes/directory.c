/* SPDX-License-Identifier: Apache-2.0 */
/* A directory packed as a box. */
#include "boxes/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/metadata.h"
#include "boxes/tree.h"
#include "core/fs.h"

enum kind {
	KIND_BOX,    /* metadata.json, with disks beside it */
	KIND_ROOTFS, /* etc, and usr or bin */
};

static bool has(int fd, const char *name, mode_t type)
{
	struct stat st;

	/* Where /bin is a link to usr/bin, there is a /usr. */
	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

static int kind_of(int fd, const char *path, enum kind *out, struct error *err)
{
	if (has(fd, METADATA_MEMBER, S_IFREG))
		*out = KIND_BOX;
	else if (has(fd, "etc", S_IFDIR) && (has(fd, "usr", S_IFDIR) || has(fd, "bin", S_IFDIR)))
		*out = KIND_ROOTFS;
	else {
		error_set(err, ERROR_BOX, "the directory '%s' is no box", path);
		return error_hint(err, "it has neither metadata.json, as an unpacked box has, nor "
				       "etc and usr, as a root filesystem has");
	}
	return 0;
}

static int open_directory(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_errno(err, errno, "cannot open '%s'", path) : fd;
}

static enum pack_fate without_metadata(const char *path, mode_t mode)
{
	(void)mode;
	return strcmp(path, METADATA_MEMBER) == 0 ? PACK_LEAVE_OUT : PACK_KEEP;
}

static int pack_box(struct tarball *t, int fd, const char *path, struct error *err)
{
	static const struct tree_rules rules = { .fate = without_metadata, .plain = true };
	cleanup_free char *metadata = fs_join(path, METADATA_MEMBER);
	cleanup_text struct text content = { 0 };

	if (fs_read(metadata, METADATA_MAX_BYTES, &content, err) < 0)
		return -1;
	if (tarball_add_bytes(t, METADATA_MEMBER, text_str(&content), content.len, err) < 0)
		return -1;
	return tree_pack(t, fd, &rules, err);
}

int directory_pack(const struct directory_spec *spec, struct error *err)
{
	const struct tarball_spec file = { spec->out, spec->compression, spec->watch };
	static const struct tree_rules all = { 0 };
	cleanup_close int fd = open_directory(spec->path, err);
	cleanup_tarball struct tarball *t = NULL;
	enum kind kind = KIND_BOX;
	int rc;

	if (fd < 0 || kind_of(fd, spec->path, &kind, err) < 0 || tarball_open(&file, &t, err) < 0)
		return -1;
	rc = kind == KIND_BOX ? pack_box(t, fd, spec->path, err) : tree_pack(t, fd, &all, err);
	if (rc < 0)
		return error_wrap(err, "cannot pack '%s'", spec->path);
	return tarball_commit(t, err);
}
