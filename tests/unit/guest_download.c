/* SPDX-License-Identifier: Apache-2.0 */
/* Files and directories out of a machine, also out of one that sends what nobody asked for. */
#include "guest/download.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>

#include "guest/untar.h"
#include "tests/guest/session.h"

static char place[] = "/tmp/bothy-download.XXXXXX";

static char *at(const char *name)
{
	return fs_join(place, name);
}

static char *content(const char *name)
{
	cleanup_free char *path = at(name);
	struct text t = { 0 };
	struct error err = { 0 };

	session_check(fs_read(path, 1 << 20, &t, &err), &err);
	return text_take(&t);
}

static void holds(const char *name, const char *wanted)
{
	cleanup_free char *is = content(name);

	assert_string_equal(is, wanted);
}

static bool there(const char *name)
{
	cleanup_free char *path = at(name);
	struct stat st;

	return lstat(path, &st) == 0;
}

static unsigned mode_of(const char *name)
{
	cleanup_free char *path = at(name);
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static int setup(void **state)
{
	umask(022);
	return sshd_setup(state) < 0 || !mkdtemp(place) ? -1 : 0;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	return fs_remove(place, &err) | session_teardown(state);
}

static void make(struct guest *g, const char *script)
{
	struct session_output o = { 0 };

	assert_int_equal(session_run(g, script, &o), 0);
	session_clear(&o);
}

static void fails(struct guest *g, struct download *d, const char *wanted)
{
	struct error err = { 0 };

	assert_int_equal(guest_download(g, d, 0, &err), -1);
	if (!strstr(err.text, wanted))
		print_message("# %s\n", err.text);
	assert_non_null(strstr(err.text, wanted));
	error_clear(&err);
}

static void test_file(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *to = at("copy"), *missing = at("missing"),
			  *further = at("missing/further/");
	cleanup_free char *fifo = at("fifo");
	struct download d = { .from = "it's here", .to = to },
			into = { .from = "run", .to = place };
	struct error err = { 0 };

	make(g, "cd; printf 'one\\ntwo' >\"it's here\"; echo x >run; chmod 755 run");
	session_check(guest_download(g, &d, 0, &err), &err);
	holds("copy", "one\ntwo");
	assert_int_equal(mode_of("copy"), 0644);
	session_check(guest_download(g, &into, 0, &err), &err);
	holds("run", "x\n");
	assert_int_equal(mode_of("run"), 0755);
	/* What is there is replaced as a whole, or not at all. */
	d.from = "~/run";
	session_check(guest_download(g, &d, 0, &err), &err);
	holds("copy", "x\n");
	d.from = "missing";
	fails(g, &d, "cannot download 'missing' from 'web': there is no such file");
	holds("copy", "x\n");
	d.to = further;
	fails(g, &d, "there is no such file");
	assert_int_equal(access(missing, F_OK), -1);
	d.from = "run";
	session_check(guest_download(g, &d, 0, &err), &err);
	holds("missing/further/run", "x\n");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	d.to = fifo;
	fails(g, &d, "it is no file");
	d.from = "/dev/null";
	fails(g, &d, "neither a file nor a directory");
	guest_close(&g);
}

static void test_secret(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *to = at("secret");
	struct download d = { .from = "key", .to = to };
	struct error err = { 0 };

	make(g, "cd; echo x >key; chmod 600 key; ln -sf key key-link");
	session_check(guest_download(g, &d, 0, &err), &err);
	assert_int_equal(mode_of("secret"), 0600);
	make(g, "cd; chmod 500 key");
	d.from = "key-link";
	session_check(guest_download(g, &d, 0, &err), &err);
	assert_int_equal(mode_of("secret"), 0700);
	make(g, "cd; chmod 644 key");
	umask(027);
	session_check(guest_download(g, &d, 0, &err), &err);
	assert_int_equal(mode_of("secret"), 0640);
	umask(022);
	guest_close(&g);
}

static void test_directory(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *to = at("deep/tree"), *link = at("deep/tree/link");
	struct download d = { .from = "tree", .to = to };
	struct error err = { 0 };
	char target[64] = { 0 };

	make(g, "cd; mkdir -p tree/sub/empty; echo a >tree/sub/a; ln -s sub/a tree/link; "
		"ln tree/sub/a tree/hard; chmod 4755 tree/sub/a; mkfifo tree/fifo");
	session_check(guest_download(g, &d, 0, &err), &err);
	holds("deep/tree/sub/a", "a\n");
	holds("deep/tree/hard", "a\n");
	assert_int_equal(mode_of("deep/tree/sub/a"), 0755);
	assert_true(there("deep/tree/sub/empty"));
	assert_true(readlink(link, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "sub/a");
	assert_int_equal(d.left_out, 1);
	make(g, "cd; echo b >tree/sub/b; rm tree/link; echo c >tree/link");
	session_check(guest_download(g, &d, 0, &err), &err);
	holds("deep/tree/sub/b", "b\n");
	holds("deep/tree/link", "c\n");
	holds("deep/tree/sub/a", "a\n");
	guest_close(&g);
}

/* Neither half a file nor a temporary one stays. */
static void test_interrupted(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *to = at("lost/x");
	cleanup_free char *directory = at("lost");
	struct download d = { .from = "endless", .to = to };
	struct error err = { 0 };

	assert_int_equal(mkdir(directory, 0755), 0);
	make(g, "cd; truncate -s 20G endless");
	assert_int_equal(guest_download(g, &d, clock_ms() + 200, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	error_clear(&err);
	assert_int_equal(rmdir(directory), 0);
	guest_close(&g);
}

/* --- archives that no tar would make -------------------------------------------------------- */

struct member {
	const char *path;
	mode_t type;
	const char *link, *content;
};

static int archive_of(const struct member *members, size_t count)
{
	cleanup_free char *path = at("archive");
	struct archive *a = archive_write_new();

	archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		struct archive_entry *e = archive_entry_new();
		const struct member *m = &members[i];
		size_t len = m->content ? strlen(m->content) : 0;

		archive_entry_set_pathname(e, m->path);
		archive_entry_set_perm(e, 0666);
		archive_entry_set_size(e, (int64_t)len);
		if (m->type)
			archive_entry_set_filetype(e, m->type);
		else
			archive_entry_set_hardlink(e, m->link);
		if (m->type == S_IFLNK)
			archive_entry_set_symlink(e, m->link);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		if (len)
			archive_write_data(a, m->content, len);
		archive_entry_free(e);
	}
	archive_write_free(a);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void refused(const struct member *members, size_t count, const char *wanted)
{
	cleanup_free char *path = at("into"), *outside = at("outside");
	cleanup_close int fd = archive_of(members, count), directory = -1;
	size_t left_out;
	struct error err = { 0 };

	session_check(fs_remove(path, &err) | fs_make_dirs(path, 0755, NULL, &err), &err);
	sshd_write(outside, "untouched", 0600);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(untar(fd, directory, NULL, &left_out, &err), -1);
	if (!strstr(err.text, wanted))
		print_message("# %s\n", err.text);
	assert_non_null(strstr(err.text, wanted));
	error_clear(&err);
	holds("outside", "untouched");
	assert_int_equal(mode_of("outside"), 0600);
}

#define REFUSED(wanted, ...)                            \
	refused((const struct member[]){ __VA_ARGS__ }, \
		sizeof((const struct member[]){ __VA_ARGS__ }) / sizeof(struct member), wanted)

static void test_hostile(void **state)
{
	const struct member link = { "a", S_IFLNK, "..", NULL };

	(void)state;
	REFUSED("leads out", { "../outside", S_IFREG, NULL, "evil" });
	REFUSED("leads out", { "x/../../outside", S_IFREG, NULL, "evil" });
	REFUSED("leads out", { "/tmp/outside", S_IFREG, NULL, "evil" });
	REFUSED("through a link", link, { "a/outside", S_IFREG, NULL, "evil" });
	REFUSED("through a link", link, { "a/made", S_IFDIR, NULL, NULL });
	REFUSED("something else", link, { "a", S_IFDIR, NULL, NULL });
	REFUSED("leads out", { "b", 0, "../outside", NULL });
	REFUSED("through a link", link, { "b", 0, "a/outside", NULL });
	REFUSED("cannot link", { "a", S_IFLNK, "../outside", NULL }, { "b", 0, "a", NULL },
		{ "b", S_IFREG, NULL, "evil" });
	assert_false(there("made"));
}

/* A link in the way of a file is replaced, not followed. */
static void test_link_in_the_way(void **state)
{
	static const struct member members[] = { { "a", S_IFLNK, "../outside", NULL },
						 { "a", S_IFREG, NULL, "mine" },
						 { "null", S_IFCHR, NULL, NULL } };
	cleanup_free char *path = at("into");
	cleanup_close int fd = archive_of(members, ARRAY_SIZE(members)), directory = -1;
	size_t left_out = 0;
	struct error err = { 0 };

	(void)state;
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	session_check(untar(fd, directory, NULL, &left_out, &err), &err);
	holds("outside", "untouched");
	holds("into/a", "mine");
	assert_int_equal(left_out, 1);
	assert_false(there("into/null"));
}

/* As bsdtar writes them. */
static void test_names_in_pax_headers(void **state)
{
	static const struct member text[] = { { "gr\303\274n", S_IFREG, NULL, "leaves" } };
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	cleanup_close int fd = archive_of(text, 1);
	cleanup_close int directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };
	size_t left_out;

	(void)state;
	uselocale(before);
	freelocale(utf8);
	session_check(untar(fd, directory, NULL, &left_out, &err), &err);
	holds("gr\303\274n", "leaves");
}

static void belongs(const char *name, const struct owner *owner)
{
	cleanup_free char *path = at(name);
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, owner->uid);
	assert_int_equal(st.st_gid, owner->gid);
}

/* All that is made, and nothing that was there. */
static void test_owner(void **state)
{
	static const struct owner somebody = { .set = true, .uid = 12345, .gid = 23456 };
	const struct owner me = { .uid = geteuid(), .gid = getegid() };
	struct guest *g = session_of(state);
	cleanup_free char *file = at("given/file"), *tree = at("given/tree");
	struct download d = { .from = "one", .to = file, .owner = &somebody };
	struct error err = { 0 };

	if (geteuid() != 0)
		skip();
	make(g,
	     "cd; echo x >one; mkdir -p tree/sub; echo y >tree/sub/file; ln -s file tree/sub/link");
	session_check(guest_download(g, &d, 0, &err), &err);
	d.from = "tree";
	d.to = tree;
	session_check(guest_download(g, &d, 0, &err), &err);
	belongs("given", &somebody);
	belongs("given/file", &somebody);
	belongs("given/tree", &somebody);
	belongs("given/tree/sub", &somebody);
	belongs("given/tree/sub/file", &somebody);
	belongs("given/tree/sub/link", &somebody);
	assert_int_equal(mode_of("given/tree/sub/file"), 0644);
	d.to = place;
	session_check(guest_download(g, &d, 0, &err), &err);
	belongs("sub", &somebody);
	belongs("", &me);
	guest_close(&g);
}

static void test_damaged(void **state)
{
	cleanup_free char *path = at("archive");
	cleanup_close int fd = -1, directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t left_out;
	struct error err = { 0 };

	(void)state;
	sshd_write(path, "this is no archive of any kind, but it is long enough to look like one",
		   0600);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(untar(fd, directory, NULL, &left_out, &err), -1);
	assert_non_null(strstr(err.text, "no whole archive"));
	error_clear(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_link_in_the_way),
		cmocka_unit_test(test_names_in_pax_headers),
		cmocka_unit_test(test_damaged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
