/* SPDX-License-Identifier: Apache-2.0 */
/* Directories as boxes: told apart, packed the same twice, and nothing of a failure. */
#include "boxes/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/fs.h"
#include "core/text.h"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bothy-directory.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(folder, &err);
}

static const char *in(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	char *out = path[turn++ % ARRAY_SIZE(path)];

	snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
	return out;
}

static void say(const char *name, const char *content, mode_t mode)
{
	cleanup_error struct error err = { 0 };

	if (fs_write(in(name), content, strlen(content), mode, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void make_box(void)
{
	mkdir(in("box"), 0700);
	mkdir(in("box/include"), 0777);
	say("box/Vagrantfile", "# hello\n", 0600);
	say("box/box_1.img", "one", 0444);
	say("box/metadata.json", "{\"provider\":\"libvirt\"}\n", 0640);
	say("box/include/more", "x", 0755);
}

static int pack(const char *from, const char *to, struct error *err)
{
	const struct directory_spec spec = { .path = in(from), .out = in(to) };

	return directory_pack(&spec, err);
}

/* "name mode uid mtime" of each member, one a line. Caller frees. */
static char *list(const char *name)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct text out = { 0 };
	int rc;

	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_filename(a, in(name), 65536), ARCHIVE_OK);
	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK)
		text_addf(&out, "%s %o %d %d\n", archive_entry_pathname(e), archive_entry_mode(e),
			  (int)archive_entry_uid(e), (int)archive_entry_mtime(e));
	assert_int_equal(rc, ARCHIVE_EOF);
	archive_read_free(a);
	return text_take(&out);
}

static void assert_same(const char *a, const char *b)
{
	const char *names[] = { a, b };
	char hex[2][DIGEST_HEX_BYTES];

	for (size_t i = 0; i < 2; i++) {
		struct digest *d = digest_new();
		cleanup_error struct error err = { 0 };

		assert_int_equal(digest_add_file(d, in(names[i]), &err), 0);
		digest_finish(d, hex[i]);
		digest_free(&d);
	}
	assert_string_equal(hex[0], hex[1]);
}

static void what_is_no_box_is_refused(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	mkdir(in("root"), 0755);
	assert_int_equal(pack("root", "root.tar", &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "root' is no box"));
	assert_non_null(strstr(err.hint, "metadata.json"));
	error_clear(&err);
	mkdir(in("root/etc"), 0755);
	assert_int_equal(pack("root", "root.tar", &err), -1);
	error_clear(&err);
	assert_int_equal(symlink("usr/bin", in("root/bin")), 0);
	assert_int_equal(pack("root", "root.tar", &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	mkdir(in("root/usr"), 0755);
	assert_int_equal(pack("root", "root.tar", &err), 0);
}

static void a_box_is_packed(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *listed = NULL;

	(void)state;
	make_box();
	assert_int_equal(pack("box", "a.box", &err), 0);
	listed = list("a.box");
	assert_string_equal(listed, "metadata.json 100644 0 0\n"
				    "Vagrantfile 100644 0 0\n"
				    "box_1.img 100644 0 0\n"
				    "include/ 40755 0 0\n"
				    "include/more 100644 0 0\n");
	/* Who unpacked it and when makes no difference. */
	assert_int_equal(rename(in("box"), in("other")), 0);
	make_box();
	chmod(in("box/box_1.img"), 0600);
	assert_int_equal(pack("box", "b.box", &err), 0);
	assert_same("a.box", "b.box");
}

/* "box pack . package.box" inside the directory. */
static void a_box_does_not_hold_itself(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *listed = NULL;

	(void)state;
	make_box();
	assert_int_equal(pack("box", "a.box", &err), 0);
	assert_int_equal(pack("box", "box/a.box", &err), 0);
	listed = list("box/a.box");
	assert_null(strstr(listed, "a.box"));
	assert_same("a.box", "box/a.box");
}

static void a_root_is_packed(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *listed = NULL;

	(void)state;
	mkdir(in("root"), 0755);
	mkdir(in("root/etc"), 0700);
	mkdir(in("root/usr"), 0755);
	say("root/usr/program", "x", 04755);
	assert_int_equal(symlink("usr", in("root/bin")), 0);
	assert_int_equal(pack("root", "root.tar.zst", &err), 0);
	listed = list("root.tar.zst");
	assert_int_equal(strncmp(listed, "./ 40755 ", 9), 0);
	assert_non_null(strstr(listed, "\nbin 120777 "));
	assert_non_null(strstr(listed, "\netc/ 40700 "));
	assert_non_null(strstr(listed, "\nusr/program 104755 "));
}

static void failures_leave_nothing(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	make_box();
	say("there.box", "mine", 0644);
	assert_int_equal(pack("box", "there.box", &err), -1);
	assert_int_equal(err.kind, ERROR_DECLINED);
	error_clear(&err);
	assert_int_equal(pack("none", "a.box", &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	assert_int_equal(symlink("/etc/shadow", in("box/zzz.img")), 0);
	assert_int_equal(pack("box", "a.box", &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "'zzz.img' is not a plain file"));
	assert_int_equal(access(in("a.box"), F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_no_box_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_box_is_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_box_does_not_hold_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(a_root_is_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_leave_nothing, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
