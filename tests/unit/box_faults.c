/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store when things go wrong: killed at every call that changes a file, two processes at once,
 * no more room. The functions at the top stand before libc's for all that is linked here.
 */
#include "boxes/import.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/stored_sample.h"

/* --- death at the Nth call ------------------------------------------------------------------- */

static unsigned calls, deadly_call; /* 0: none */

static void tick(void)
{
	if (deadly_call && ++calls == deadly_call)
		raise(SIGKILL);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	tick();
	return syscall(SYS_pwrite64, fd, data, len, offset);
}

int mkdir(const char *path, mode_t mode)
{
	tick();
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	tick();
	return (int)syscall(SYS_mkdirat, fd, path, mode);
}

int symlinkat(const char *target, int fd, const char *path)
{
	tick();
	return (int)syscall(SYS_symlinkat, target, fd, path);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	tick();
	return (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int fchown(int fd, uid_t owner, gid_t group)
{
	tick();
	return (int)syscall(SYS_fchown, fd, owner, group);
}

int rename(const char *from, const char *to)
{
	tick();
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	tick();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fsync(int fd)
{
	tick();
	return (int)syscall(SYS_fsync, fd);
}

int syncfs(int fd)
{
	tick();
	return (int)syscall(SYS_syncfs, fd);
}

/* --- a tree and what there is of it ---------------------------------------------------------- */

static char contents[70000];

static const struct sample_member tree[] = {
	{ "etc/", NULL, 0, AE_IFDIR, 0755 },
	{ "etc/hostname", "box\n", 4 },
	{ "usr/bin/", NULL, 0, AE_IFDIR, 0755 },
	{ "usr/bin/large", contents, sizeof(contents), 0, 0755 },
	{ "usr/bin/hard", NULL, 0, 0, 0, "usr/bin/large", true },
	{ "bin", NULL, 0, AE_IFLNK, 0777, "usr/bin" },
	{ "last", "last", 4 },
	{ 0 },
};

static bool is_whole(const char *root)
{
	static const char *const members[] = { "etc/hostname", "usr/bin/large", "usr/bin/hard",
					       "bin", "last" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		cleanup_free char *path = fs_join(root, members[i]);

		if (lstat(path, &st) < 0 || (i == 1 && st.st_size != sizeof(contents)) ||
		    (i == 4 && st.st_size != 4))
			return false;
	}
	return true;
}

static int store(struct stored *out, struct error *err)
{
	return store_file("root.tar", NULL, out, err);
}

/* The digest the tree has in the store. */
static void digest_of_tree(char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_text struct text file = { 0 };
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_read(sample_path("root.tar"), 1 << 20, &file, &err), 0);
	digest_of(file.ptr, file.len, out_hex);
}

static size_t leftovers(void)
{
	DIR *dir = opendir(sample_path("home/tmp"));
	struct dirent *e;
	size_t count = 0;

	while (dir && (e = readdir(dir)))
		count += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void store_is_right(void)
{
	cleanup_error struct error err = { 0 };
	cleanup_stored struct stored b = { 0 };

	if (store(&b, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(is_whole(b.root));
}

static bool needs_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# SKIP only root can make files of many owners\n");
	return true;
}

static int setup(void **state)
{
	for (size_t i = 0; i < sizeof(contents); i++)
		contents[i] = (char)(i * 7 >> 4);
	return samples_setup(state);
}

/* --- the tests ------------------------------------------------------------------------------- */

static void killed_anywhere(void **state)
{
	unsigned n = 0, died = 0;
	char digest[DIGEST_HEX_BYTES];
	int status;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	do {
		cleanup_error struct error err = { 0 };
		cleanup_stored struct stored b = { 0 };
		pid_t child;

		n++;
		assert_int_equal(fs_remove(sample_path("home"), &err), 0);
		child = fork();
		if (!child) {
			deadly_call = n;
			_exit(store(&b, &err) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		died += WIFSIGNALED(status);
		digest_of_tree(digest);
		b.root = rootfs_stored(sample_path("home"), digest);
		assert_true(!b.root || is_whole(b.root));
		store_is_right();
	} while (WIFSIGNALED(status));
	assert_int_equal(status, 0);
	assert_true(died > 20);
}

/* What the dead left goes away when the next one unpacks something. */
static void leftovers_are_swept(void **state)
{
	cleanup_error struct error err = { 0 };
	int status;
	pid_t child;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	child = fork();
	if (!child) {
		struct stored b = { 0 };

		deadly_call = 15;
		_exit(store(&b, &err));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(leftovers() > 0);
	store_is_right();
	assert_int_equal(leftovers(), 0);
}

/* It is there whole or not at all, and can be taken in again. */
static void killed_while_discarded(void **state)
{
	unsigned n = 0, died = 0;
	char digest[DIGEST_HEX_BYTES];
	int status;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	digest_of_tree(digest);
	do {
		cleanup_error struct error err = { 0 };
		cleanup_free char *root = NULL;
		pid_t child;

		n++;
		store_is_right();
		child = fork();
		if (!child) {
			deadly_call = n;
			_exit(rootfs_discard(sample_path("home"), digest, &err) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		died += WIFSIGNALED(status);
		root = rootfs_stored(sample_path("home"), digest);
		assert_true(!root || is_whole(root));
	} while (WIFSIGNALED(status));
	assert_int_equal(status, 0);
	assert_true(died > 2);
	store_is_right();
	assert_int_equal(leftovers(), 0);
}

/* Each unpacks it, and the first one's tree is what all of them get. */
static void together(void **state)
{
	pid_t child[4];
	int status;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	for (size_t i = 0; i < ARRAY_SIZE(child); i++) {
		child[i] = fork();
		if (!child[i]) {
			struct error err = { 0 };
			struct stored b = { 0 };
			int rc = store(&b, &err);

			_exit(rc == 0 && is_whole(b.root) ? 0 : 1);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(child); i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(leftovers(), 0);
}

static void no_more_room(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	child = fork();
	if (!child) {
		const struct rlimit limit = { 60000, 60000 };
		struct error err = { 0 };
		struct stored b = { 0 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		if (store(&b, &err) == 0)
			_exit(1);
		_exit(err.kind == ERROR_SYSTEM && strstr(err.text, "'usr/bin/large'") &&
				      leftovers() == 0 && !fs_exists(sample_path("home/rootfs")) ?
			      0 :
			      2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	store_is_right();
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(killed_anywhere), T(leftovers_are_swept), T(killed_while_discarded),
		T(together),        T(no_more_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
