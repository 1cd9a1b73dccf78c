/* SPDX-License-Identifier: Apache-2.0 */
/* Opening within bounds: by the kernel, and in steps where a filter of system calls keeps openat2(2) away. */
#include "core/opening.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"

static char base[64];
static int root_fd;

struct expectation {
	const char *path;
	enum open_bounds bounds;
	int flags;
	const char *meets; /* what is in the file; NULL: a directory */
	int errnum;        /* 0: it opens */
};

static const struct expectation expectations[] = {
	{ "file", OPEN_WITHOUT_LINKS, O_RDONLY, "in", 0 },
	{ "a/b/deep", OPEN_WITHOUT_LINKS, O_RDONLY, "deep", 0 },
	{ "./a//b/./deep", OPEN_WITHOUT_LINKS, O_RDONLY, "deep", 0 },
	{ "a/b/../../file", OPEN_WITHOUT_LINKS, O_RDONLY, "in", 0 },
	{ ".", OPEN_WITHOUT_LINKS, O_PATH | O_DIRECTORY, NULL, 0 },
	{ "a/b/", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, 0 },
	{ "a/..", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, 0 },
	{ "a/b", OPEN_WITHOUT_LINKS, O_RDONLY | O_DIRECTORY, NULL, 0 },
	{ "file", OPEN_WITHOUT_LINKS, O_RDONLY | O_DIRECTORY, NULL, ENOTDIR },
	{ "file/", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ENOTDIR },
	{ "file/x", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ENOTDIR },
	{ "missing", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ENOENT },
	{ "missing/x", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ENOENT },
	{ "", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ENOENT },
	{ "near", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ELOOP },
	{ "near", OPEN_WITHOUT_LINKS, O_PATH, NULL, ELOOP },
	{ "way/b/deep", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, ELOOP },
	{ "way/", OPEN_WITHOUT_LINKS, O_RDONLY | O_DIRECTORY, NULL, ELOOP },
	{ "..", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, EXDEV },
	{ "a/../../outside", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, EXDEV },
	{ "/etc/passwd", OPEN_WITHOUT_LINKS, O_RDONLY, NULL, EXDEV },

	{ "near", OPEN_BENEATH, O_RDONLY, "in", 0 },
	{ "way/b/deep", OPEN_BENEATH, O_RDONLY, "deep", 0 },
	{ "a/b/up", OPEN_BENEATH, O_RDONLY, "in", 0 },
	{ "a/b/chain", OPEN_BENEATH, O_RDONLY, "in", 0 },
	{ "way/../file", OPEN_BENEATH, O_RDONLY, "in", 0 },
	{ "way", OPEN_BENEATH, O_RDONLY, NULL, 0 },
	{ "near", OPEN_BENEATH, O_RDONLY | O_NOFOLLOW, NULL, ELOOP },
	{ "way/b", OPEN_BENEATH, O_RDONLY | O_NOFOLLOW, NULL, 0 },
	{ "near/", OPEN_BENEATH, O_RDONLY, NULL, ENOTDIR },
	{ "nowhere", OPEN_BENEATH, O_RDONLY, NULL, ENOENT },
	{ "round", OPEN_BENEATH, O_RDONLY, NULL, ELOOP },
	{ "out", OPEN_BENEATH, O_RDONLY, NULL, EXDEV },
	{ "a/out/x", OPEN_BENEATH, O_RDONLY, NULL, EXDEV },
	{ "absolute", OPEN_BENEATH, O_RDONLY, NULL, EXDEV },
	{ "/file", OPEN_BENEATH, O_RDONLY, NULL, EXDEV },

	{ "/file", OPEN_IN_ROOT, O_RDONLY, "in", 0 },
	{ "absolute", OPEN_IN_ROOT, O_RDONLY, "in", 0 },
	{ "a/b/home/file", OPEN_IN_ROOT, O_RDONLY, "in", 0 },
	{ "../../file", OPEN_IN_ROOT, O_RDONLY, "in", 0 },
	{ "/", OPEN_IN_ROOT, O_RDONLY | O_DIRECTORY, NULL, 0 },
	{ "a/b/home", OPEN_IN_ROOT, O_RDONLY | O_DIRECTORY, NULL, 0 },
	{ "out", OPEN_IN_ROOT, O_RDONLY, NULL, ENOENT },
};

static void put(const char *name, const char *content)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(name, content, strlen(content), 0644, NULL, &err), 0);
}

static int setup(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	snprintf(base, sizeof(base), "/tmp/bothy-opening-XXXXXX");
	assert_non_null(mkdtemp(base));
	assert_int_equal(chdir(base), 0);
	assert_int_equal(fs_make_dirs("root/a/b", 0755, NULL, &err), 0);
	put("outside", "out");
	put("root/file", "in");
	put("root/a/b/deep", "deep");
	assert_int_equal(
		symlink("file", "root/near") | symlink("a", "root/way") |
			symlink("../../file", "root/a/b/up") |
			symlink("../../way/b/up", "root/a/b/chain") |
			symlink("nothing", "root/nowhere") | symlink("round", "root/round") |
			symlink("../outside", "root/out") | symlink("../..", "root/a/out") |
			symlink("/file", "root/absolute") | symlink("/", "root/a/b/home"),
		0);
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	close(root_fd);
	return chdir("/") < 0 ? -1 : fs_remove(base, &err);
}

/* NULL: as expected. */
static const char *meet(const struct expectation *e, char *content, size_t size)
{
	cleanup_close int fd = open_bounded(root_fd, e->path, e->bounds, e->flags);
	int errnum = fd < 0 ? errno : 0;
	struct stat st;

	if (errnum != e->errnum)
		return strerror(errnum);
	if (errnum)
		return NULL;
	if (fstat(fd, &st) < 0 || !!S_ISDIR(st.st_mode) != !e->meets)
		return "another kind of thing";
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		return "open for children";
	if (e->meets && read(fd, content, size - 1) < 0)
		return "unreadable";
	return e->meets && strcmp(content, e->meets) != 0 ? content : NULL;
}

static int meet_all(void)
{
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(expectations); i++) {
		const struct expectation *e = &expectations[i];
		char content[16] = "";
		const char *what = meet(e, content, sizeof(content));

		if (what)
			fprintf(stderr, "'%s' (bounds %d, flags %x): %s\n", e->path, (int)e->bounds,
				(unsigned)e->flags, what);
		wrong += what != NULL;
	}
	return wrong;
}

/* As containers and sandboxes have them that were made before the call was. */
static int without_the_call(unsigned answer)
{
	const struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(rules),
					    (struct sock_filter *)(uintptr_t)rules };
	const struct open_how how = { .flags = O_RDONLY };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -1;
	return syscall(SYS_openat2, root_fd, "file", &how, sizeof(how)) < 0 &&
			       errno == (int)answer ?
		       0 :
		       -1;
}

static int in_child(unsigned answer, int (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(without_the_call(answer) < 0 ? 250 : run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void by_the_kernel(void **state)
{
	(void)state;
	assert_int_equal(meet_all(), 0);
}

static void in_steps(void **state)
{
	(void)state;
	assert_int_equal(in_child(ENOSYS, meet_all), 0);
	assert_int_equal(in_child(EPERM, meet_all), 0);
}

/* Returns 0 if all is as it should be, else the number of the line. */
static int absolute_paths(void)
{
	cleanup_free char *file = xasprintf("%s/root/a/../file", base);
	cleanup_free char *linked = xasprintf("%s/root/way/b/deep", base);
	int fd = open_bounded(AT_FDCWD, file, OPEN_WITHOUT_LINKS, O_RDONLY);

	if (fd < 0)
		return 1;
	close(fd);
	if (open_bounded(AT_FDCWD, linked, OPEN_WITHOUT_LINKS, O_RDONLY) >= 0 || errno != ELOOP)
		return 2;
	if (open_bounded(AT_FDCWD, "root/file", OPEN_WITHOUT_LINKS, O_RDONLY) >= 0 ||
	    errno != EINVAL)
		return 3;
	return open_bounded(AT_FDCWD, file, OPEN_BENEATH, O_RDONLY) >= 0 || errno != EINVAL ? 4 : 0;
}

static void absolute_paths_pass_no_link(void **state)
{
	(void)state;
	assert_int_equal(absolute_paths(), 0);
	assert_int_equal(in_child(ENOSYS, absolute_paths), 0);
}

/* Longer than what the kernel takes is refused, not cut. */
static int long_paths(void)
{
	char path[PATH_MAX + 64], name[NAME_MAX + 2];

	memset(path, '/', sizeof(path));
	memcpy(path + sizeof(path) - 5, "file", 5);
	path[0] = '.';
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	if (open_bounded(root_fd, path, OPEN_BENEATH, O_RDONLY) >= 0 || errno != ENAMETOOLONG)
		return 1;
	return open_bounded(root_fd, name, OPEN_BENEATH, O_RDONLY) >= 0 || errno != ENAMETOOLONG;
}

static void what_is_too_long_is_refused(void **state)
{
	(void)state;
	assert_int_equal(long_paths(), 0);
	assert_int_equal(in_child(ENOSYS, long_paths), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_kernel),
		cmocka_unit_test(in_steps),
		cmocka_unit_test(absolute_paths_pass_no_link),
		cmocka_unit_test(what_is_too_long_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
