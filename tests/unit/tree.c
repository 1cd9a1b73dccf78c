/* SPDX-License-Identifier: Apache-2.0 */
/* Root filesystems packed: all that files have, and nothing of what is mounted or changes meanwhile. */
#include "boxes/pack.h"

#include "tests/unit/pack_members.h"

#include <fcntl.h>
#include <linux/posix_acl_xattr.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("# SKIP needs root\n");
	return false;
}

static void pack_root(const char *out, enum pack_fate (*fate)(const char *path, mode_t mode))
{
	const struct pack_spec spec = { .path = in(out), .format = PACK_ROOTFS };
	cleanup_error struct error err = { 0 };
	cleanup_pack struct pack *p = open_pack(&spec);
	cleanup_close int fd = open(in("root"), O_RDONLY | O_DIRECTORY);

	succeed(pack_tree(p, fd, fate, &err), &err);
	succeed(pack_commit(p, &err), &err);
}

static void make_tree(void)
{
	const struct timespec times[2] = { { 1000000000, 5 }, { 1000000000, 5 } };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	assert_int_equal(mkdir(in("root"), 0755), 0);
	mkdir(in("root/etc"), 0750);
	mkdir(in("root/usr"), 0755);
	mkdir(in("root/a"), 0755);
	say("root/etc/hostname", "web\n");
	say("root/a.b", "1");
	say("root/a/z", "2");
	say("root/usr/\xc5\x91", "3");
	chmod(in("root/a.b"), 04711);
	assert_int_equal(link(in("root/a/z"), in("root/usr/again")), 0);
	assert_int_equal(symlink("/etc/shadow", in("root/link")), 0);
	assert_int_equal(symlink("usr", in("root/folder")), 0);
	assert_int_equal(mkfifo(in("root/fifo"), 0600), 0);
	chmod(in("root/fifo"), 0620);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", in("root/socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	close(fd);
	fd = open(in("root/sparse"), O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, 64 * CHUNK), 0);
	assert_int_equal(pwrite(fd, "end", 3, 32 * CHUNK), 3);
	futimens(fd, times);
	close(fd);
}

static void keeps_a_tree(void **state)
{
	static const char *const order[] = { "./",          "a/",           "a/z",  "a.b",
					     "etc/",        "etc/hostname", "fifo", "folder",
					     "link",        "sparse",       "usr/", "usr/again",
					     "usr/\xc5\x91" };
	cleanup_members struct members all;
	const struct member *m;

	(void)state;
	make_tree();
	pack_root("root.tar.zst", NULL);
	read_box("root.tar.zst", &all);
	for (size_t i = 0; i < all.count && i < ARRAY_SIZE(order); i++)
		if (strcmp(order[i], all.at[i].name) != 0 && i != ARRAY_SIZE(order) - 1)
			fail_msg("member %zu is '%s'", i, all.at[i].name);
	assert_int_equal(all.count, ARRAY_SIZE(order));
	assert_int_equal(must(&all, "etc")->mode, S_IFDIR | 0750);
	assert_int_equal(must(&all, "a.b")->mode, S_IFREG | 04711);
	assert_string_equal(must(&all, "etc/hostname")->content, "web\n");
	assert_string_equal(must(&all, "usr/again")->hard, "a/z");
	assert_null(must(&all, "a/z")->hard);
	assert_string_equal(must(&all, "link")->link, "/etc/shadow");
	assert_string_equal(must(&all, "folder")->link, "usr");
	assert_int_equal(must(&all, "fifo")->mode, S_IFIFO | 0620);
	m = must(&all, "sparse");
	assert_int_equal(m->len, 64 * CHUNK);
	assert_true(m->data_len < CHUNK);
	assert_memory_equal(m->content + 32 * CHUNK, "end", 4);
	assert_int_equal(m->mtime, 1000000000);
	assert_int_equal(m->uid, geteuid());
}

static void a_tree_is_the_same_twice(void **state)
{
	cleanup_text struct text read = { 0 };
	cleanup_error struct error err = { 0 };
	const struct timespec times[2] = { { 1000000000, 5 }, { 1000000000, 5 } };
	const time_t began = time(NULL);

	(void)state;
	make_tree();
	utimensat(AT_FDCWD, in("root"), times, 0);
	pack_root("x", NULL);
	while (time(NULL) == began)
		continue;
	/* Another time of reading, and another order of the names in their directory. */
	succeed(fs_read(in("root/a.b"), 10, &read, &err), &err);
	rename(in("root/a"), in("root/q"));
	rename(in("root/q"), in("root/a"));
	utimensat(AT_FDCWD, in("root"), times, 0);
	pack_root("y", NULL);
	assert_same("x", "y");
}

static enum pack_fate some(const char *path, mode_t mode)
{
	if (text_equal(path, "etc/hostname") || text_equal(path, "a") || text_equal(path, "link"))
		return PACK_EMPTY;
	return text_equal(path, "usr") && S_ISDIR(mode) ? PACK_LEAVE_OUT : PACK_KEEP;
}

static void fates_are_obeyed(void **state)
{
	cleanup_members struct members all;

	(void)state;
	make_tree();
	pack_root("root.tar", some);
	read_box("root.tar", &all);
	assert_int_equal(must(&all, "etc/hostname")->len, 0);
	assert_int_equal(must(&all, "a")->mode, S_IFDIR | 0755);
	assert_null(find(&all, "a/z"));
	assert_null(find(&all, "usr"));
	assert_null(find(&all, "usr/again"));
	assert_string_equal(must(&all, "link")->link, "/etc/shadow");
	assert_string_equal(must(&all, "a.b")->content, "1");
}

/* The first name of a file is emptied: the second one has its content all the same. */
static enum pack_fate empty_first(const char *path, mode_t mode)
{
	(void)mode;
	return text_equal(path, "a/z") ? PACK_EMPTY : PACK_KEEP;
}

static void a_link_to_what_is_emptied(void **state)
{
	cleanup_members struct members all;

	(void)state;
	make_tree();
	pack_root("root.tar", empty_first);
	read_box("root.tar", &all);
	assert_int_equal(must(&all, "a/z")->len, 0);
	assert_null(must(&all, "usr/again")->hard);
	assert_string_equal(must(&all, "usr/again")->content, "2");
}

/* u::rwx,u:7:r,g::r-x,m::r-x,o::- as the kernel keeps it. */
static int set_list(const char *name, const char *attribute)
{
	struct {
		uint32_t version;
		struct posix_acl_xattr_entry at[5];
	} list = { POSIX_ACL_XATTR_VERSION,
		   { { 0x01, 7, UINT32_MAX },
		     { 0x02, 4, 7 },
		     { 0x04, 5, UINT32_MAX },
		     { 0x10, 5, UINT32_MAX },
		     { 0x20, 0, UINT32_MAX } } };

	return setxattr(in(name), attribute, &list, sizeof(list), 0);
}

static void keeps_capabilities_and_lists(void **state)
{
	static const unsigned char net_bind[20] = { 1, 0, 0, 2, 0, 4 };
	cleanup_members struct members all;
	const void *value;
	const char *name;
	bool found = false;
	size_t len;

	(void)state;
	if (!is_root())
		skip();
	make_tree();
	assert_int_equal(chown(in("root/a"), 1234, 70000), 0);
	if (setxattr(in("root/a.b"), "security.capability", net_bind, sizeof(net_bind), 0) < 0)
		skip();
	setxattr(in("root/a.b"), "user.mine", "yes", 3, 0);
	setxattr(in("root/a.b"), "trusted.overlay.opaque", "y", 1, 0);
	assert_int_equal(set_list("root/etc", "system.posix_acl_access"), 0);
	assert_int_equal(set_list("root/etc", "system.posix_acl_default"), 0);
	pack_root("root.tar.gz", NULL);
	read_box("root.tar.gz", &all);
	assert_int_equal(must(&all, "a")->uid, 1234);
	assert_int_equal(must(&all, "a")->gid, 70000);
	for (archive_entry_xattr_reset(must(&all, "a.b")->entry);
	     archive_entry_xattr_next(must(&all, "a.b")->entry, &name, &value, &len) == 0;) {
		if (!text_equal(name, "security.capability")) {
			assert_string_equal(name, "user.mine");
			continue;
		}
		assert_int_equal(len, sizeof(net_bind));
		assert_memory_equal(value, net_bind, len);
		found = true;
	}
	assert_true(found);
	assert_int_equal(archive_entry_acl_types(must(&all, "etc")->entry),
			 ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
}

/* In a mount namespace of its own: a directory with a mount is packed empty, a device not at all. */
static void mounts_and_devices_stay_behind(void **state)
{
	cleanup_members struct members all;
	int status = -1;
	pid_t pid;

	(void)state;
	if (!is_root())
		skip();
	make_tree();
	mknod(in("root/disk"), S_IFBLK | 0600, 0x0801);
	say("other", "x");
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", in("root/etc"), "tmpfs", 0, NULL) < 0 ||
		    mount(in("root/a"), in("root/usr"), NULL, MS_BIND, NULL) < 0 ||
		    mount(in("other"), in("root/a.b"), NULL, MS_BIND, NULL) < 0)
			_exit(77);
		say("root/etc/mounted", "no");
		pack_root("root.tar", NULL);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	read_box("root.tar", &all);
	must(&all, "etc");
	assert_null(find(&all, "etc/mounted"));
	assert_null(find(&all, "etc/hostname"));
	must(&all, "usr");
	assert_null(find(&all, "usr/z"));
	assert_null(find(&all, "a.b"));
	assert_null(find(&all, "disk"));
	assert_null(find(&all, "socket"));
}

/* Somebody writes into the tree between the look at a file and its end. */
static void grow(void *ctx, const struct event *ev)
{
	(void)ctx;
	(void)ev;
	say("root/sparse", "other");
}

static void grow_in_place(void *ctx, const struct event *ev)
{
	int fd = open(in("root/sparse"), O_WRONLY);

	(void)ctx;
	(void)ev;
	assert_int_equal(ftruncate(fd, 1), 0);
	close(fd);
}

static void changes_are_found(void **state)
{
	static void (*const ways[])(void *ctx, const struct event *ev) = { grow, grow_in_place };

	(void)state;
	make_tree();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct watcher watch = { .emit = ways[i] };
		const struct pack_spec spec = { .path = in("a.tar"),
						.format = PACK_ROOTFS,
						.watch = &watch };
		cleanup_error struct error err = { 0 };
		cleanup_close int fd = open(in("root"), O_RDONLY | O_DIRECTORY);
		struct pack *p = open_pack(&spec);

		assert_int_equal(pack_tree(p, fd, NULL, &err), -1);
		assert_int_equal(err.kind, ERROR_BUSY);
		assert_non_null(strstr(err.text, "'sparse'"));
		pack_free(&p);
		assert_int_equal(access(in("a.tar"), F_OK), -1);
		assert_int_equal(unlink(in("root/sparse")), 0);
		fd = open(in("root/sparse"), O_RDWR | O_CREAT, 0600);
		assert_int_equal(pwrite(fd, "end", 3, 32 * CHUNK), 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_a_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tree_is_the_same_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(fates_are_obeyed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_link_to_what_is_emptied, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_capabilities_and_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(mounts_and_devices_stay_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_are_found, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
