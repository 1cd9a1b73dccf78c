/* SPDX-License-Identifier: Apache-2.0 */
/* Archives that mean harm, as boxes for libvirt. */
#include "tests/unit/hostile.h"

static void metadata(struct text *t, const char *json)
{
	tar_file(t, "metadata.json", json, strlen(json));
}

static void named_disk(struct text *t, const char *name)
{
	unsigned char image[SAMPLE_BYTES];

	sample_qcow2(image);
	tar_file(t, name, image, sizeof(image));
}

static void disk(struct text *t)
{
	named_disk(t, "box.img");
}

/* The beginning of a good box for libvirt. */
static void vm(struct text *t)
{
	metadata(t, V1_METADATA);
}

static void vm_absolute(struct text *t)
{
	vm(t);
	disk(t);
	evil(t, outside("evil"));
}

static void vm_dots(struct text *t)
{
	vm(t);
	disk(t);
	evil(t, "../evil");
}

static void vm_inner_dots(struct text *t)
{
	vm(t);
	disk(t);
	evil(t, "include/../../outside/evil");
}

static void vm_device(struct text *t)
{
	vm(t);
	tar_special(t, "sda", '4', NULL);
	disk(t);
}

static void vm_char_device(struct text *t)
{
	vm(t);
	disk(t);
	tar_special(t, "box.img.mem", '3', NULL);
}

static void vm_setuid(struct text *t)
{
	vm(t);
	disk(t);
	tar_add(t, &(const struct tar_entry){
			   .name = "helper", .data = "evil", .len = 4, .mode = 04755 });
}

static void vm_fifo(struct text *t)
{
	vm(t);
	tar_special(t, "box.img", '6', NULL);
}

static void vm_disk_symlink(struct text *t)
{
	vm(t);
	tar_special(t, "box.img", '2', "/etc/passwd");
}

static void vm_disk_hard_link(struct text *t)
{
	vm(t);
	tar_special(t, "box.img", '1', sample_path("canary"));
}

static void vm_symlink(struct text *t)
{
	vm(t);
	disk(t);
	tar_special(t, "include", '2', outside(""));
	evil(t, "include/evil");
}

static void vm_disk_twice(struct text *t)
{
	vm(t);
	disk(t);
	disk(t);
}

static void vm_metadata_twice(struct text *t)
{
	vm(t);
	disk(t);
	metadata(t, "{\"provider\":\"libvirt\",\"disks\":[{\"path\":\"other.img\"}]}");
}

static void vm_metadata_folder(struct text *t)
{
	disk(t);
	tar_folder(t, "metadata.json/");
}

static void vm_metadata_symlink(struct text *t)
{
	disk(t);
	tar_special(t, "metadata.json", '2', "/etc/passwd");
}

static void vm_path_dots(struct text *t)
{
	metadata(t, "{\"provider\":\"libvirt\",\"disks\":[{\"path\":\"../../etc/shadow\"}]}");
	disk(t);
}

static void vm_path_absolute(struct text *t)
{
	disk(t);
	metadata(t, "{\"provider\":\"libvirt\",\"disks\":[{\"path\":\"/etc/shadow\"}]}");
}

static void vm_size_overflow(struct text *t)
{
	vm(t);
	tar_add(t,
		&(const struct tar_entry){
			.name = "box.img", .data = "x", .len = 1, .claimed = UINT64_C(1) << 62 });
}

static void vm_size_negative(struct text *t)
{
	vm(t);
	tar_add(t, &(const struct tar_entry){
			   .name = "box.img", .data = "x", .len = 1, .claimed = UINT64_MAX });
}

static void vm_pax_path(struct text *t)
{
	vm(t);
	disk(t);
	tar_pax(t, "path", outside("evil"));
	evil(t, "harmless");
}

static void vm_pax_size(struct text *t)
{
	vm(t);
	tar_pax(t, "size", "18446744073709551615");
	disk(t);
}

static void vm_escape_codes(struct text *t)
{
	static const char name[] = "\033[2J\033]0;evil\007\nerror: all is well\n";

	vm(t);
	disk(t);
	tar_gnu_name(t, name, sizeof(name));
	evil(t, "harmless");
}

static void vm_nul_in_name(struct text *t)
{
	static const char name[] = "box.img\0/../../evil";

	vm(t);
	disk(t);
	tar_gnu_name(t, name, sizeof(name));
	evil(t, "harmless");
}

static void vm_mixed(struct text *t)
{
	vm(t);
	disk(t);
	tar_folder(t, "etc/");
}

static void vm_second_archive(struct text *t)
{
	vm(t);
	disk(t);
	tar_end(t);
	evil(t, "added");
}

static void vm_huge_metadata(struct text *t)
{
	cleanup_free char *blanks = xmalloc(2 << 20);

	memset(blanks, ' ', 2 << 20);
	tar_file(t, "metadata.json", blanks, 2 << 20);
	disk(t);
}

static void vm_many_disks(struct text *t)
{
	for (int i = 0; i < 17; i++) {
		cleanup_free char *name = xasprintf("box_%d.img", i);

		named_disk(t, name);
	}
	vm(t);
}

static void vm_many_members(struct text *t)
{
	vm(t);
	for (int i = 0; i < 5000; i++) {
		cleanup_free char *name = xasprintf("include/%d", i);

		evil(t, name);
	}
	disk(t);
}

static const struct hostile boxes[] = {
	HOSTILE(vm_absolute, "outside/evil': an absolute path"),
	HOSTILE(vm_dots, "'../evil': leads out"),
	HOSTILE(vm_inner_dots, "'include/../../outside/evil': leads out"),
	HOSTILE(vm_device, "'sda' is not a plain file"),
	HOSTILE(vm_char_device, "'box.img.mem' is not a plain file"),
	HOSTILE(vm_setuid, "'helper' is setuid"),
	HOSTILE(vm_fifo, "'box.img' is not a plain file"),
	HOSTILE(vm_disk_symlink, "'box.img' is not a plain file"),
	HOSTILE(vm_disk_hard_link, "'box.img' is not a plain file"),
	HOSTILE(vm_symlink, "'include' is not a plain file"),
	HOSTILE(vm_disk_twice, "'box.img' is in it twice"),
	HOSTILE(vm_metadata_twice, "'metadata.json' is in it twice"),
	HOSTILE(vm_metadata_folder, "'metadata.json' is not a plain file"),
	HOSTILE(vm_metadata_symlink, "'metadata.json' is not a plain file"),
	HOSTILE(vm_path_dots, "'disks[0].path': member '../../etc/shadow': leads out"),
	HOSTILE(vm_path_absolute, "'disks[0].path': member '/etc/shadow': an absolute path"),
	HOSTILE(vm_size_overflow, "'box.img': the image has 4611686018427387904 bytes"),
	HOSTILE(vm_size_negative, "damaged"),
	HOSTILE(vm_pax_path, "outside/evil': an absolute path"),
	HOSTILE(vm_pax_size, "behind member 'metadata.json': damaged"),
	HOSTILE(vm_escape_codes, "'?[2J?]0;evil??error: all is well?' has control characters"),
	HOSTILE(vm_nul_in_name, "'box.img' is in it twice"),
	HOSTILE(vm_mixed, "'etc' is of a root filesystem"),
	HOSTILE(vm_second_archive, "something follows the end of the archive"),
	HOSTILE(vm_huge_metadata, "'metadata.json' is too large"),
	HOSTILE(vm_many_disks, "'box_16.img' is one disk more"),
	HOSTILE(vm_many_members, "is one more than a Vagrant box may have"),
};

static void refuses_them(void **state)
{
	(void)state;
	none_gets_in(boxes, ARRAY_SIZE(boxes), true);
}

static void harmless(struct text *t)
{
	vm(t);
	disk(t);
}

static void takes_harmless_one(void **state)
{
	(void)state;
	gets_in(harmless, true);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, hostile_setup, samples_teardown)
	const struct CMUnitTest tests[] = { T(refuses_them), T(takes_harmless_one) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
