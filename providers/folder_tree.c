/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is put together in mount namespaces of a child, so that whatever happens nothing stays on this host. What is
 * in the first is copied into a second one, that of a user namespace of its own: that is what locks it.
 */
#include "providers/folder_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/opening.h"

#define OWN_FOLDER ".bothy"

/* What the child is told, so that it needs no memory of its own: other threads may hold the allocator's locks. */
struct order {
	const char *from;
	const char *hidden; /* below from, without a slash before it; NULL: nothing */
	struct mount_attr attributes;
};

/* What it answers: a descriptor of its own, or where it failed. */
struct answer {
	int fd; /* -1: failed */
	int code;
	int stage;
};

enum { STAGE_APART, STAGE_OPEN, STAGE_OPTIONS, STAGE_HIDE, STAGE_LOCK, STAGES };

static const char *const stages[STAGES] = {
	[STAGE_APART] = "cannot make a mount namespace",
	[STAGE_OPEN] = "cannot open it",
	[STAGE_OPTIONS] = "cannot set its mount options",
	[STAGE_HIDE] = "cannot keep " OWN_FOLDER " from the machine",
	[STAGE_LOCK] = "cannot lock it in a user namespace",
};

static void take_attributes(const struct folder *f, struct mount_attr *out)
{
	static const struct {
		const char *name;
		uint64_t set, clear;
	} rows[] = {
		{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
		{ "relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
		{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
		{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
		{ "nodev", MOUNT_ATTR_NODEV, 0 },
		{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
		{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
		{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
	};

	out->attr_set = f->read_only ? MOUNT_ATTR_RDONLY : 0;
	for (size_t i = 0; f->kind == FOLDER_BIND && i < f->mount_options.count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
			if (strcmp(rows[k].name, f->mount_options.at[i]) == 0) {
				out->attr_set |= rows[k].set;
				out->attr_clr |= rows[k].clear;
			}
}

/* The path had no links when it was chosen: a machine that has a directory on the way may have put one there since. */
static int open_directory(int root, const char *path)
{
	return open_bounded(root, path, OPEN_WITHOUT_LINKS, O_PATH | O_DIRECTORY);
}

static int hide(int tree, const char *name)
{
	int dir = open_directory(tree, name);
	int fs = dir < 0 ? -1 : fsopen("tmpfs", FSOPEN_CLOEXEC), cover;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "size", "4k", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	cover = fsmount(fs, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	return cover < 0 ? -1 :
			   move_mount(cover, "", dir, "",
				      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Only calls of the kernel from here on; what is open goes with the child. */
static int put_together(const struct order *o, int *stage)
{
	struct mount_attr attributes = o->attributes;
	int place, tree;

	*stage = STAGE_APART;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	*stage = STAGE_OPEN;
	place = open_directory(AT_FDCWD, o->from);
	tree = place < 0 ? -1 :
			   open_tree(place, "",
				     AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					     AT_RECURSIVE);
	if (tree < 0 ||
	    move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
		    0 ||
	    fchdir(tree) < 0)
		return -1;
	*stage = STAGE_OPTIONS;
	if ((attributes.attr_set || attributes.attr_clr) &&
	    mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) <
		    0)
		return -1;
	*stage = STAGE_HIDE;
	if (o->hidden && hide(tree, o->hidden) < 0)
		return -1;
	*stage = STAGE_LOCK;
	if ((o->hidden || attributes.attr_set) && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	/* Without the rights of root of this host there may be no way to the path, but we stand there. */
	return open_tree(AT_FDCWD, "",
			 AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static void __attribute__((noreturn)) child(const struct order *o, int answers, pid_t parent)
{
	struct answer a = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.fd = getppid() == parent ? put_together(o, &a.stage) : -1;
	a.code = errno;
	/* It has to live until its descriptor was taken over, and is killed then. */
	if (write(answers, &a, sizeof(a)) == (ssize_t)sizeof(a) && a.fd >= 0)
		for (;;)
			pause();
	_exit(0);
}

static int take_over(pid_t pid, int fd)
{
	cleanup_close int process = pidfd_open(pid, 0);

	return process < 0 ? -1 : pidfd_getfd(process, fd, 0);
}

static ssize_t read_answer(int fd, struct answer *out)
{
	ssize_t n;

	do
		n = read(fd, out, sizeof(*out));
	while (n < 0 && errno == EINTR);
	return n;
}

static int explain(const struct folder *f, const struct answer *a, struct error *err)
{
	error_errno(err, a->code, "cannot share folder '%s': %s", f->said, stages[a->stage]);
	if (a->stage == STAGE_LOCK)
		return error_hint(err, "sudo sysctl user.max_user_namespaces=1000, or choose "
				       "kind = \"copy\"");
	if (a->stage == STAGE_OPEN && a->code == ENOENT) {
		err->kind = ERROR_NOT_FOUND;
		return error_hint(err, "make '%s', or say create = true", f->from);
	}
	if (a->code == ELOOP)
		return error_hint(err,
				  "there is a link on the way to '%s' that was not there "
				  "before; 'bothy plan' says where it leads",
				  f->from);
	return -1;
}

static int run_child(const struct folder *f, const struct order *o, int *out_fd, struct error *err)
{
	struct answer a = { .fd = -1, .code = EPIPE };
	pid_t pid, self = getpid();
	int answers[2], fd = -1;

	if (pipe2(answers, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot share folder '%s'", f->said);
	pid = fork();
	if (pid < 0)
		a.code = errno;
	if (pid == 0)
		child(o, answers[1], self);
	close(answers[1]);
	if (pid > 0 && read_answer(answers[0], &a) == (ssize_t)sizeof(a) && a.fd >= 0) {
		fd = take_over(pid, a.fd);
		a.code = errno;
	}
	close(answers[0]);
	if (pid > 0)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (fd < 0)
		return explain(f, &a, err);
	*out_fd = fd;
	return 0;
}

static int make_own(const char *project, struct error *err)
{
	cleanup_free char *own = fs_join(project, OWN_FOLDER);
	const struct owner owner = fs_owner_of(project);

	return fs_make_dirs(own, 0755, &owner, err);
}

int folder_tree_open(const struct folder *f, const char *project, int *out_fd, struct error *err)
{
	size_t len = strcmp(f->from, "/") == 0 ? 0 : strlen(f->from);
	struct order o = { .from = f->from };
	cleanup_free char *hidden = NULL;

	take_attributes(f, &o.attributes);
	if (strncmp(project, f->from, len) == 0 && (!project[len] || project[len] == '/')) {
		const char *way = folder_way_down(f->from, project);

		if (make_own(project, err) < 0)
			return error_wrap(err, "cannot share folder '%s'", f->said);
		hidden = xasprintf("%s%s" OWN_FOLDER, *way ? way + 1 : "", *way ? "/" : "");
		o.hidden = hidden;
	}
	return run_child(f, &o, out_fd, err);
}

int folder_tree_create(const struct folder *folders, size_t count, const char *project,
		       struct error *err)
{
	const struct owner owner = fs_owner_of(project);

	for (size_t i = 0; i < count; i++)
		if (folders[i].create && folder_is_shared(folders[i].kind) &&
		    fs_make_dirs_without_links(folders[i].from, 0755, &owner, err) < 0)
			return error_wrap(err, "cannot make folder '%s'", folders[i].said);
	return 0;
}
