/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting a container's root, and writing into it. */
#include "providers/container_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/text.h"
#include "providers/rooted.h"

void container_root_init(struct container_root *r, const char *directory)
{
	r->directory = xstrdup(directory);
	r->upper = fs_join(directory, "upper");
	r->work = fs_join(directory, "work");
	r->mount_point = fs_join(directory, "root");
}

void container_root_clear(struct container_root *r)
{
	free(r->directory);
	free(r->upper);
	free(r->work);
	free(r->mount_point);
	*r = (struct container_root){ 0 };
}

static bool is_mounted(const struct container_root *r)
{
	struct statx stx;

	return statx(AT_FDCWD, r->mount_point, AT_SYMLINK_NOFOLLOW, 0, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* overlayfs takes ':' and ',' in a path for separators unless they are escaped. */
static void add_option(struct text *t, const char *name, const char *path)
{
	text_addf(t, "%s%s=", t->len ? "," : "", name);
	for (; *path; path++) {
		if (strchr("\\:,", *path))
			text_add(t, "\\");
		text_addn(t, path, 1);
	}
}

/* The root of an overlay looks like its upper directory, which therefore has to look like the box. */
static int make_upper(const struct container_root *r, const char *lower, struct error *err)
{
	struct stat st;

	if (stat(lower, &st) < 0)
		return error_errno(err, errno, "cannot find the box's files '%s'", lower);
	if (fs_exists(r->upper))
		return 0;
	if (fs_make_dirs(r->upper, 0700, NULL, err) < 0)
		return -1;
	if (chown(r->upper, st.st_uid, st.st_gid) < 0 || chmod(r->upper, st.st_mode & 07777) < 0)
		return error_errno(err, errno, "cannot prepare '%s'", r->upper);
	return 0;
}

int container_root_mount(const struct container_root *r, const char *lower, struct error *err)
{
	cleanup_text struct text options = { 0 };

	if (is_mounted(r))
		return 0;
	/* Nobody but root may pass: set-uid programs in there are the container's, not this host's. */
	if (fs_make_dirs(r->directory, 0700, NULL, err) < 0 || make_upper(r, lower, err) < 0 ||
	    fs_make_dirs(r->work, 0700, NULL, err) < 0 ||
	    fs_make_dirs(r->mount_point, 0700, NULL, err) < 0)
		return -1;
	add_option(&options, "lowerdir", lower);
	add_option(&options, "upperdir", r->upper);
	add_option(&options, "workdir", r->work);
	if (mount("overlay", r->mount_point, "overlay", 0, text_str(&options)) == 0)
		return 0;
	error_errno(err, errno, "cannot mount the container's root '%s'", r->mount_point);
	if (errno == ENODEV)
		return error_hint(err, "sudo modprobe overlay");
	return -1;
}

int container_root_unmount(const struct container_root *r, struct error *err)
{
	while (is_mounted(r)) {
		if (umount2(r->mount_point, UMOUNT_NOFOLLOW) == 0)
			continue;
		/* Someone who looks into it must not keep the machine from ending. */
		if (errno == EBUSY && umount2(r->mount_point, UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
			continue;
		return error_errno(err, errno, "cannot unmount '%s'", r->mount_point);
	}
	return 0;
}

static int open_clone(const struct container_root *r, int *out_fd, struct error *err)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_close int tree =
		open_tree(AT_FDCWD, r->mount_point, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int fd = -1;

	if (tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) == 0)
		fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "cannot open the container's root '%s'",
				   r->mount_point);
	*out_fd = fd;
	return 0;
}

/* An overlay's directories must not be in two overlays at once, but one overlay may be mounted twice. */
int container_root_open(const struct container_root *r, const char *lower, int *out_fd,
			struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	bool was_mounted = is_mounted(r);
	cleanup_close int fd = -1;
	int ret;

	if (container_root_mount(r, lower, err) < 0)
		return -1;
	ret = open_clone(r, &fd, err);
	if (!was_mounted && container_root_unmount(r, ret < 0 ? &ignored : err) < 0)
		return -1;
	if (ret == 0)
		*out_fd = take_fd(fd);
	return ret;
}

int container_root_remove(const struct container_root *r, struct error *err)
{
	cleanup_free char *parent = NULL;
	char *last;

	if (container_root_unmount(r, err) < 0 || fs_remove(r->directory, err) < 0)
		return -1;
	/* The directory of all containers goes with the last of them: rmdir refuses while there are others. */
	parent = xstrdup(r->directory);
	last = strrchr(parent, '/');
	*last = '\0';
	rmdir(parent);
	return 0;
}

static int open_root(const struct container_root *r, struct error *err)
{
	int fd = open(r->mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		error_errno(err, errno, "cannot open the container's root '%s'", r->mount_point);
	return fd;
}

/* Also where it is a link to what some service of the box would write. */
static int write_resolv_conf(int root, const struct container_names *names, struct error *err)
{
	struct seed_file f = { "/etc/resolv.conf", "root", 0644, NULL };
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < names->servers.count; i++)
		text_addf(&t, "nameserver %s\n", names->servers.at[i]);
	for (size_t i = 0; i < names->domains.count; i++)
		text_addf(&t, "%s%s", i ? " " : "search ", names->domains.at[i]);
	if (names->domains.count)
		text_add(&t, "\n");
	f.content = text_str(&t);
	return t.len ? rooted_write(root, &f, err) : 0;
}

static int write_hosts(int root, const struct container_names *names, struct error *err)
{
	cleanup_free char *content = xasprintf("127.0.0.1\tlocalhost\n127.0.1.1\t%s\n"
					       "::1\tlocalhost ip6-localhost ip6-loopback\n",
					       names->hostname);
	const struct seed_file f = { "/etc/hosts", "root", 0644, content };

	return rooted_has(root, f.path) ? 0 : rooted_write(root, &f, err);
}

int container_root_fill(const struct container_root *r, const struct seed *seed,
			const struct container_names *names, struct error *err)
{
	cleanup_close int root = open_root(r, err);

	if (root < 0 || write_resolv_conf(root, names, err) < 0 ||
	    write_hosts(root, names, err) < 0)
		return -1;
	for (size_t i = 0; seed && i < seed->file_count; i++)
		if (rooted_write(root, &seed->files[i], err) < 0)
			return -1;
	return 0;
}

int container_root_forget_id(const struct container_root *r, struct error *err)
{
	cleanup_close int root = open_root(r, err);
	const struct seed_file f = { "/etc/machine-id", "root", 0444, "" };

	return root < 0 ? -1 : rooted_write(root, &f, err);
}

bool container_root_has(const struct container_root *r, const char *path)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_close int root = open_root(r, &ignored);

	return root >= 0 && rooted_has(root, path);
}
