/* SPDX-License-Identifier: Apache-2.0 */
/* Archives that mean harm, as root filesystems. Only root unpacks those. */
#include "tests/unit/hostile.h"

static void metadata(struct text *t, const char *json)
{
	tar_file(t, "metadata.json", json, strlen(json));
}

/* The beginning of a good root filesystem. */
static void tree(struct text *t)
{
	tar_folder(t, "etc/");
	tar_folder(t, "usr/");
	tar_file(t, "etc/hostname", "box\n", 4);
}

static void root_absolute(struct text *t)
{
	tree(t);
	evil(t, outside("evil"));
}

static void root_dots(struct text *t)
{
	tree(t);
	evil(t, "../evil");
}

static void root_inner_dots(struct text *t)
{
	tree(t);
	evil(t, "usr/../../../outside/evil");
}

static void root_through_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "usr/lib", '2', outside(""));
	evil(t, "usr/lib/evil");
}

static void root_over_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "usr/file", '2', sample_path("canary"));
	evil(t, "usr/file");
}

static void root_etc_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "var", '2', "/etc");
	evil(t, "var/bothy-evil");
}

static void root_folder_over_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "var", '2', outside(""));
	tar_folder(t, "var/");
	evil(t, "var/evil");
}

static void root_hard_link(struct text *t)
{
	tree(t);
	tar_special(t, "usr/link", '1', sample_path("canary"));
}

static void root_hard_link_dots(struct text *t)
{
	tree(t);
	tar_special(t, "usr/link", '1', "../../../../canary");
}

static void root_hard_link_through_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "usr/out", '2', sample_dir);
	tar_special(t, "usr/link", '1', "usr/out/canary");
}

static void root_hard_link_to_symlink(struct text *t)
{
	tree(t);
	tar_special(t, "usr/out", '2', sample_path("canary"));
	tar_special(t, "usr/link", '1', "usr/out");
	evil(t, "usr/link");
}

static void root_device(struct text *t)
{
	tree(t);
	tar_special(t, "usr/sda", '4', NULL);
}

static void root_device_near_dev(struct text *t)
{
	tree(t);
	tar_special(t, "device", '3', NULL);
}

static void root_twice(struct text *t)
{
	tree(t);
	evil(t, "etc/hostname");
}

static void root_pax_path(struct text *t)
{
	tree(t);
	tar_pax(t, "path", "usr/../../evil");
	evil(t, "usr/harmless");
}

static void root_pax_link(struct text *t)
{
	tree(t);
	tar_pax(t, "linkpath", sample_path("canary"));
	tar_special(t, "usr/link", '1', "etc/hostname");
}

static void root_gnu_name(struct text *t)
{
	static const char name[] = "usr/\033[31m/../../../outside/evil";

	tree(t);
	tar_gnu_name(t, name, sizeof(name));
	evil(t, "usr/harmless");
}

static void root_overlay(struct text *t)
{
	tree(t);
	tar_pax(t, "SCHILY.xattr.trusted.overlay.redirect", "/etc");
	tar_folder(t, "usr/share/");
}

static void root_user_overlay(struct text *t)
{
	tree(t);
	tar_pax(t, "SCHILY.xattr.user.overlay.opaque", "y");
	tar_folder(t, "usr/share/");
}

static void root_no_folder(struct text *t)
{
	tree(t);
	tar_special(t, ".", '2', outside(""));
}

static void root_second_archive(struct text *t)
{
	tree(t);
	tar_end(t);
	evil(t, "usr/added");
}

static void root_mixed(struct text *t)
{
	tree(t);
	evil(t, "box.img");
}

static void root_bomb(struct text *t)
{
	static const char zeroes[1 << 20];

	tree(t);
	tar_file(t, "usr/bomb", zeroes, sizeof(zeroes));
}

static void root_many(struct text *t)
{
	tree(t);
	for (int i = 0; i < 100; i++) {
		cleanup_free char *name = xasprintf("usr/%d", i);

		tar_folder(t, name);
	}
}

static void unified_dots(struct text *t)
{
	tar_file(t, "metadata.yaml", "x", 1);
	tar_folder(t, "rootfs/");
	evil(t, "rootfs/../../evil");
}

static void unified_link(struct text *t)
{
	tar_file(t, "metadata.yaml", "x", 1);
	tar_folder(t, "rootfs/usr/");
	tar_special(t, "rootfs/usr/link", '1', "metadata.yaml");
}

static void unified_mixed(struct text *t)
{
	tar_file(t, "metadata.yaml", "x", 1);
	tree(t);
}

static void nested(struct text *t, void (*add)(struct text *t))
{
	cleanup_text struct text inner = { 0 };

	add(&inner);
	tar_end(&inner);
	metadata(t, "{\"provider\":\"lxc\"}");
	tar_file(t, "rootfs.tar", inner.ptr, inner.len);
}

static void nested_dots(struct text *t)
{
	nested(t, root_dots);
}

static void nested_symlink(struct text *t)
{
	nested(t, root_through_symlink);
}

static void nested_is_symlink(struct text *t)
{
	metadata(t, "{\"provider\":\"lxc\"}");
	tar_special(t, "rootfs.tar.gz", '2', "/etc/passwd");
}

static void nested_twice(struct text *t)
{
	nested(t, tree);
	tar_file(t, "rootfs.tar.xz", "x", 1);
}

static const struct hostile trees[] = {
	HOSTILE(root_absolute, "outside/evil': an absolute path"),
	HOSTILE(root_dots, "'../evil': leads out"),
	HOSTILE(root_inner_dots, "'usr/../../../outside/evil': leads out"),
	HOSTILE(root_through_symlink, "'usr/lib/evil'"),
	HOSTILE(root_over_symlink, "'usr/file': it is in the archive twice"),
	HOSTILE(root_etc_symlink, "'var/bothy-evil'"),
	HOSTILE(root_folder_over_symlink, "'var'"),
	HOSTILE(root_hard_link, "'usr/link': its hard link"),
	HOSTILE(root_hard_link_dots, "'usr/link': its hard link"),
	HOSTILE(root_hard_link_through_symlink, "'usr/link': its hard link"),
	HOSTILE(root_hard_link_to_symlink, "'usr/link': it is in the archive twice"),
	HOSTILE(root_device, "'usr/sda': it is a device"),
	HOSTILE(root_device_near_dev, "'device': it is a device"),
	HOSTILE(root_twice, "'etc/hostname': it is in the archive twice"),
	HOSTILE(root_pax_path, "'usr/../../evil': leads out"),
	HOSTILE(root_pax_link, "'usr/link': its hard link"),
	HOSTILE(root_gnu_name, "'usr/?[31m/../../../outside/evil': leads out"),
	HOSTILE(root_overlay, "'usr/share': it has an attribute of overlayfs"),
	HOSTILE(root_user_overlay, "'usr/share': it has an attribute of overlayfs"),
	HOSTILE(root_no_folder, "the root is not a directory"),
	HOSTILE(root_second_archive, "something follows the end of the archive"),
	HOSTILE(root_mixed, "'box.img' is of a Vagrant box"),
	HOSTILE(root_bomb, "'usr/bomb': the archive holds more data than allowed"),
	HOSTILE(root_many, "the archive has more members than allowed"),
	HOSTILE(unified_dots, "'rootfs/../../evil': leads out"),
	HOSTILE(unified_link, "'rootfs/usr/link': it is a hard link out of"),
	HOSTILE(unified_mixed, "'etc' is of a root filesystem"),
	HOSTILE(nested_dots, "'rootfs.tar': member '../evil': leads out"),
	HOSTILE(nested_symlink, "'rootfs.tar': member 'usr/lib/evil'"),
	HOSTILE(nested_is_symlink, "'rootfs.tar.gz' is not a plain file"),
	HOSTILE(nested_twice, "'rootfs.tar.xz' is a second root filesystem"),
};

static void refuses_them(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	none_gets_in(trees, ARRAY_SIZE(trees), true);
}

static void takes_harmless_one(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	gets_in(tree, true);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, hostile_setup, samples_teardown)
	const struct CMUnitTest tests[] = { T(refuses_them), T(takes_harmless_one) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
