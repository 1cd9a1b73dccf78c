/* SPDX-License-Identifier: Apache-2.0 */
/* The script that mounts folders, run by sh. */
#include "tests/unit/guest_mount_root.h"

#define NEW "bothy-ea0135bc /project virtiofs rw,nofail 0 0\n"

static const struct folder project = { .said = ".", .to = "/project", .kind = FOLDER_VIRTIOFS };
static const char *noatime[] = { "noatime" };

static void they_are_mounted_now_and_later(void **state)
{
	const struct folder folders[] = {
		project,
		{ .to = "/c", .kind = FOLDER_COPY },
		{ .to = "/it's a\\b",
		  .kind = FOLDER_9P,
		  .read_only = true,
		  .mount_options = { noatime, 1 } },
	};
	cleanup_free char *fstab = fs_join(root, "etc/fstab");
	struct stat st;

	(void)state;
	assert_runs(folders, 3);
	assert_file("log", "mount -t virtiofs -o rw bothy-ea0135bc /project\n"
			   "mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,noatime "
			   "bothy-0703b393 /it's a\\b\n");
	assert_file("etc/fstab",
		    "/dev/vda / ext4 rw 0 1\n# a word about bothy-ea0135bc\n" NEW
		    "bothy-0703b393 /it's\\040a\\134b 9p "
		    "ro,trans=virtio,version=9p2000.L,msize=262144,noatime,nofail 0 0\n");
	assert_int_equal(stat(fstab, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void what_is_mounted_stays(void **state)
{
	(void)state;
	put("etc/fstab", NEW, 0644);
	put("proc/mounts", "bothy-ea0135bc /project virtiofs rw 0 0\n", 0644);
	assert_runs(&project, 1);
	assert_file("log", "");
	assert_file("etc/fstab", NEW);
}

static void what_is_not_wanted_goes(void **state)
{
	(void)state;
	put("etc/fstab", "bothy-00000000 /old virtiofs rw,nofail 0 0\n/dev/vda / ext4 rw 0 1\n",
	    0644);
	put("proc/mounts",
	    "bothy-00000000 /busy virtiofs rw 0 0\nbothy-00000001 /a\\040b virtiofs rw 0 0\n",
	    0644);
	assert_runs(&project, 1);
	assert_file("log", "umount /a b\numount /busy\numount -l /busy\n"
			   "mount -t virtiofs -o rw bothy-ea0135bc /project\n");
	assert_file("etc/fstab", "/dev/vda / ext4 rw 0 1\n" NEW);
}

static void a_guest_without_fstab_gets_one(void **state)
{
	cleanup_free char *fstab = fs_join(root, "etc/fstab");

	(void)state;
	unlink(fstab);
	assert_runs(&project, 1);
	assert_file("etc/fstab", NEW);
}

static void the_reason_names_the_folder(void **state)
{
	const struct folder broken[] = { project, { .to = "/broken", .kind = FOLDER_VIRTIOFS } };
	cleanup_text struct text said = { 0 }, unknown = { 0 };

	(void)state;
	assert_int_equal(run(broken, 2, &said), 1);
	assert_string_equal(text_str(&said), "1:no such device\n");
	put("proc/filesystems", "nodev sysfs\n", 0644);
	assert_int_equal(run(&project, 1, &unknown), 1);
	assert_string_equal(text_str(&unknown), "0:unknown\n");
}

static void nothing_is_done_for_others(void **state)
{
	const struct folder folders[] = { { .to = "/a", .kind = FOLDER_BIND },
					  { .to = "/b", .kind = FOLDER_RSYNC } };

	(void)state;
	assert_null(mount_script(folders, 2, root));
	assert_null(mount_script(NULL, 0, root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(they_are_mounted_now_and_later), CASE(what_is_mounted_stays),
		CASE(what_is_not_wanted_goes),        CASE(a_guest_without_fstab_gets_one),
		CASE(the_reason_names_the_folder),    CASE(nothing_is_done_for_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guest_mount", tests, NULL, NULL);
}
