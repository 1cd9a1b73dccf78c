/* SPDX-License-Identifier: Apache-2.0 */
/* Root filesystems: they arrive as they were packed, and no archive writes outside its tree. */
#include "boxes/rootfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "tests/unit/stored_sample.h"

#define ETC                                     \
	{                                       \
		"etc/", NULL, 0, AE_IFDIR, 0755 \
	}
#define USR                                     \
	{                                       \
		"usr/", NULL, 0, AE_IFDIR, 0755 \
	}

static void stores(const char *name, struct stored *b)
{
	cleanup_error struct error err = { 0 };

	if (store_file(name, NULL, b, &err) < 0)
		fail_msg("%s: %s", name, err.text);
}

static size_t entries_of(const char *folder)
{
	DIR *dir = opendir(sample_path(folder));
	struct dirent *e;
	size_t count = 0;

	while (dir && (e = readdir(dir)))
		count += e->d_name[0] != '.' && !text_has_suffix(e->d_name, ".lock");
	if (dir)
		closedir(dir);
	return count;
}

static struct stat look(const struct stored *b, const char *path)
{
	cleanup_free char *full = fs_join(b->root, path);
	struct stat st;

	if (lstat(full, &st) < 0)
		fail_msg("there is no '%s'", path);
	return st;
}

static bool has(const struct stored *b, const char *path)
{
	cleanup_free char *full = fs_join(b->root, path);
	struct stat st;

	return lstat(full, &st) == 0;
}

static bool needs_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# SKIP only root can make files of many owners\n");
	return true;
}

/* --- what arrives ---------------------------------------------------------------------------- */

static const struct sample_member tree[] = {
	{ "./", NULL, 0, AE_IFDIR, 0751 },
	{ "./etc/", NULL, 0, AE_IFDIR, 0755 },
	{ "./etc/hostname", "box\n", 4 },
	{ "./usr/", NULL, 0, AE_IFDIR, 0755 },
	{ "./usr/bin/", NULL, 0, AE_IFDIR, 0555 },
	{ "./usr/bin/sudo", "suid", 4, 0, 04755 },
	{ "./usr/bin/sudoedit", NULL, 0, 0, 0, "./usr/bin/sudo", true },
	{ "./bin", NULL, 0, AE_IFLNK, 0777, "usr/bin" },
	{ "./usr/abs", NULL, 0, AE_IFLNK, 0777, "/etc/passwd" },
	{ "./usr/up", NULL, 0, AE_IFLNK, 0777, "../../../.." },
	{ "./usr/F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny", "x", 1 },
	{ "./var/without/parents", "x", 1 },
	{ "./tmp/", NULL, 0, AE_IFDIR, 01777 },
	{ "./run/fifo", NULL, 0, AE_IFIFO, 0620 },
	{ "./dev/", NULL, 0, AE_IFDIR, 0755 },
	{ "./dev/null", NULL, 0, AE_IFCHR, 0666 },
	{ "./dev/sub/sda", NULL, 0, AE_IFBLK, 0660 },
	{ "./empty", NULL, 0 },
	{ 0 },
};

static void check_tree(const struct stored *b)
{
	struct stat root = look(b, ".");

	assert_int_equal(root.st_mode, S_IFDIR | 0751);
	assert_int_equal(root.st_mtime, 1000000000);
	assert_int_equal(look(b, "usr/bin").st_mode, S_IFDIR | 0555);
	assert_int_equal(look(b, "usr/bin").st_mtime, 1000000000);
	assert_int_equal(look(b, "usr/bin/sudo").st_mode, S_IFREG | 04755);
	assert_int_equal(look(b, "usr/bin/sudo").st_nlink, 2);
	assert_int_equal(look(b, "usr/bin/sudo").st_ino, look(b, "usr/bin/sudoedit").st_ino);
	assert_int_equal(look(b, "etc/hostname").st_mtime, 1000000000);
	assert_true(S_ISLNK(look(b, "bin").st_mode));
	assert_true(S_ISLNK(look(b, "usr/up").st_mode));
	assert_true(has(b, "usr/F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny"));
	assert_int_equal(look(b, "var/without").st_mode, S_IFDIR | 0755);
	assert_int_equal(look(b, "tmp").st_mode, S_IFDIR | 01777);
	assert_int_equal(look(b, "run/fifo").st_mode, S_IFIFO | 0620);
	assert_false(has(b, "dev/null"));
	assert_false(has(b, "dev/sub"));
	assert_int_equal(look(b, "empty").st_size, 0);
}

static void unpacks(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
				       ARCHIVE_FILTER_ZSTD };

	(void)state;
	if (needs_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		cleanup_stored struct stored b = { 0 }, again = { 0 };
		cleanup_free char *above = NULL;
		struct stat st;

		sample_tar("root.tar", filters[i], tree);
		stores("root.tar", &b);
		check_tree(&b);
		/* Nobody else may reach the setuid programs in there. */
		above = fs_join(b.root, "..");
		assert_int_equal(stat(above, &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
		stores("root.tar", &again);
		assert_string_equal(b.root, again.root);
		assert_int_equal(entries_of("home/tmp"), 0);
		assert_int_equal(entries_of("home/rootfs"), i + 1);
	}
}

static struct archive_entry *rich_entry(const char *name, mode_t type)
{
	const struct sample_member m = { name, NULL, 0, type, 0750 };
	struct archive_entry *e = sample_entry(&m);

	archive_entry_set_uid(e, 1234);
	archive_entry_set_gid(e, 70000);
	archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_READ,
				    ARCHIVE_ENTRY_ACL_GROUP, 4, "");
	archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_READ,
				    ARCHIVE_ENTRY_ACL_USER, 7, "");
	archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_READ,
				    ARCHIVE_ENTRY_ACL_MASK, -1, "");
	return e;
}

static void write_rich(const char *name)
{
	static const unsigned char net_bind[20] = { 1, 0, 0, 2, 0, 4 };
	const char *const names[] = { "etc/", "usr/", "usr/file" };
	cleanup_free char *zeroes = xcalloc(1, 3 << 20);
	struct archive *a = archive_write_new();

	archive_write_set_format_pax(a);
	assert_int_equal(archive_write_open_filename(a, sample_path(name)), ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct archive_entry *e = rich_entry(names[i], i < 2 ? AE_IFDIR : AE_IFREG);

		if (i == 2) {
			archive_entry_xattr_add_entry(e, "security.capability", net_bind,
						      sizeof(net_bind));
			archive_entry_xattr_add_entry(e, "security.selinux", "x", 1);
			archive_entry_set_size(e, 3 << 20);
			archive_entry_sparse_add_entry(e, 1 << 20, 4);
		}
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		if (i == 2)
			archive_write_data(a, zeroes, 3 << 20);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void keeps_owners_and_attributes(void **state)
{
	cleanup_stored struct stored b = { 0 };
	cleanup_free char *file = NULL;
	char value[128];
	struct stat st;

	(void)state;
	if (needs_root())
		skip();
	write_rich("rich.tar");
	stores("rich.tar", &b);
	st = look(&b, "usr/file");
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 70000);
	assert_int_equal(st.st_size, 3 << 20);
	assert_true(st.st_blocks * 512 < 1 << 20);
	file = fs_join(b.root, "usr/file");
	assert_int_equal(getxattr(file, "security.capability", value, sizeof(value)), 20);
	assert_int_equal(getxattr(file, "system.posix_acl_access", value, sizeof(value)),
			 4 + 6 * 8);
	assert_true(getxattr(file, "security.selinux", value, sizeof(value)) <= 0);
}

/* --- what is refused ------------------------------------------------------------------------- */

/* Refused by a message with `why`, and neither the store nor its surroundings have anything of it. */
static void refused(const char *name, const char *why)
{
	cleanup_error struct error err = { 0 };
	cleanup_stored struct stored b = { 0 };

	if (store_file(name, NULL, &b, &err) == 0)
		fail_msg("taken, but should be refused: %s", why);
	if (err.kind != ERROR_BOX || !strstr(err.text, why))
		fail_msg("wanted '%s', got %d '%s'", why, err.kind, err.text);
	assert_null(b.root);
	assert_int_equal(entries_of("home/rootfs"), 0);
	assert_int_equal(entries_of("home/tmp"), 0);
	assert_int_equal(entries_of("outside"), 0);
}

static void refuses_hostile(void **state)
{
	const char *const outside = sample_path("outside");
	const struct sample_member link_out = { "lib", NULL, 0, AE_IFLNK, 0777, outside };
	const struct sample_member link_in = { "lib", NULL, 0, AE_IFLNK, 0777, "usr" };
	const struct sample_member file = { "usr/f", "x", 1 };
	const struct {
		const char *why;
		struct sample_member members[6];
	} table[] = {
		{ "'../evil'", { ETC, USR, { "../evil", "x", 1 } } },
		{ "'usr/../../evil'", { ETC, USR, { "usr/../../evil", "x", 1 } } },
		{ "'usr/../'", { ETC, USR, { "usr/..", NULL, 0, AE_IFDIR } } },
		{ "'/tmp/bothy-evil'", { ETC, USR, { "/tmp/bothy-evil", "x", 1 } } },
		{ "'lib/evil'", { ETC, USR, link_out, { "lib/evil", "x", 1 } } },
		{ "'lib/evil'", { ETC, USR, link_in, { "lib/evil", "x", 1 } } },
		{ "'lib/a/b'", { ETC, USR, link_out, { "lib/a/b", "x", 1 } } },
		{ "'lib'", { ETC, USR, link_out, { "lib", "x", 1 } } },
		{ "'lib'", { ETC, USR, link_out, { "lib/", NULL, 0, AE_IFDIR } } },
		{ "'usr/f'", { ETC, USR, file, file } },
		{ "'usr/f'", { ETC, USR, file, { "usr/f/", NULL, 0, AE_IFDIR } } },
		{ "'usr/f/below'", { ETC, USR, file, { "usr/f/below", "x", 1 } } },
		{ "'l'", { ETC, USR, { "l", NULL, 0, 0, 0, "/etc/passwd", true } } },
		{ "'l'", { ETC, USR, { "l", NULL, 0, 0, 0, "../../../x", true } } },
		{ "'l'", { ETC, USR, link_out, { "l", NULL, 0, 0, 0, "lib/x", true } } },
		{ "'l'", { ETC, USR, { "l", NULL, 0, 0, 0, "later", true } } },
		{ "'l'", { ETC, USR, { "l", NULL, 0, 0, 0, "usr", true } } },
		{ "'usr/mem'", { ETC, USR, { "usr/mem", NULL, 0, AE_IFCHR, 0666 } } },
		{ "'sda'", { ETC, USR, { "sda", NULL, 0, AE_IFBLK, 0666 } } },
		{ "'dev'", { ETC, USR, { "dev", NULL, 0, AE_IFCHR, 0666 } } },
		{ "'devil/x'", { ETC, USR, { "devil/x", NULL, 0, AE_IFCHR, 0666 } } },
		{ "root is not a directory", { ETC, USR, { ".", "x", 1 } } },
		{ "'a?[2J'", { ETC, USR, { "a\033[2J", NULL, 0, AE_IFBLK } } },
	};

	(void)state;
	if (needs_root())
		skip();
	assert_int_equal(mkdir(sample_path("outside"), 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sample_tar("h.tar", ARCHIVE_FILTER_GZIP, table[i].members);
		refused("h.tar", table[i].why);
	}
}

static void refuses_overlay_attributes(void **state)
{
	struct archive *a = archive_write_new();
	const struct sample_member members[] = { ETC, USR };

	(void)state;
	if (needs_root())
		skip();
	archive_write_set_format_pax(a);
	archive_write_open_filename(a, sample_path("o.tar"));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		struct archive_entry *e = sample_entry(&members[i]);

		archive_entry_xattr_add_entry(e, "trusted.overlay.redirect", "/etc", 4);
		archive_write_header(a, e);
		archive_entry_free(e);
	}
	archive_write_free(a);
	refused("o.tar", "overlayfs");
}

static void refuses_bombs(void **state)
{
	static const char data[1000];
	const struct sample_member members[] = {
		ETC, USR, { "a", data, sizeof(data) }, { "b", data, sizeof(data) }, { 0 }
	};
	const struct rootfs_limits limits[] = { { 1999, 100 }, { 5000, 3 }, { 2000, 4 } };

	(void)state;
	if (needs_root())
		skip();
	sample_tar("bomb.tar", ARCHIVE_FILTER_ZSTD, members);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_stored struct stored b = { 0 };

		assert_int_equal(store_file("bomb.tar", &limits[i], &b, &err), i == 2 ? 0 : -1);
		assert_int_equal(err.kind, i == 2 ? ERROR_NONE : ERROR_BOX);
		if (i < 2)
			assert_non_null(strstr(err.text, "member 'b'"));
	}
}

/* Also between two members, which no tar format can tell but by the zeroes at its end. */
static void refuses_truncated(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
				       ARCHIVE_FILTER_ZSTD };

	(void)state;
	if (needs_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };
		size_t end, step;

		sample_tar("cut.tar", filters[i], tree);
		assert_int_equal(fs_read(sample_path("cut.tar"), 1 << 20, &whole, &err), 0);
		for (end = whole.len; !i && !whole.ptr[end - 1];)
			end--;
		step = i ? end / 50 + 1 : 256;
		for (size_t len = step; len < end; len += step) {
			sample_write("cut.tar", whole.ptr, len);
			refused("cut.tar", "");
		}
	}
}

/* What is not what was promised is unpacked before that is known, and does not stay. */
static void refuses_wrong_checksum(void **state)
{
	cleanup_growing struct growing *file = NULL;
	cleanup_error struct error err = { 0 };
	struct import_spec spec = { .name = "root.tar" };
	struct content c = { 0 };

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_GZIP, tree);
	assert_int_equal(growing_open(sample_path("root.tar"), &file, &err), 0);
	spec.file = file;
	memset(spec.checksum.hex, '0', DIGEST_HEX_BYTES - 1);
	assert_int_equal(take_any(&spec, NULL, &c, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "wrong checksum"));
	assert_int_equal(entries_of("home/rootfs"), 0);
	assert_int_equal(entries_of("home/tmp"), 0);
}

static void needs_root_and_says_so(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (needs_root())
		skip();
	sample_tar("root.tar", ARCHIVE_FILTER_NONE, tree);
	assert_int_equal(chmod(sample_dir, 0777), 0);
	child = fork();
	if (!child) {
		struct error err = { 0 };
		struct stored b = { 0 };

		if (setgid(65534) || setuid(65534) || store_file("root.tar", NULL, &b, &err) == 0)
			_exit(1);
		_exit(err.kind == ERROR_DENIED && err.hint && strstr(err.hint, "sudo") ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, samples_setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(unpacks),
		T(keeps_owners_and_attributes),
		T(refuses_hostile),
		T(refuses_overlay_attributes),
		T(refuses_bombs),
		T(refuses_truncated),
		T(refuses_wrong_checksum),
		T(needs_root_and_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
