/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of what a machine has attached: its disks, the one for cloud-init, a container's files. */
#include "tests/contract/two_disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "providers/libvirt_domain.h"

/* The definition's <disk> with that target, or NULL. */
static xmlNodePtr find_target(xmlDocPtr doc, const char *target)
{
	xmlNodePtr disk = xml_find(xml_root(doc), "devices/disk");

	while (disk && strcmp(xml_get(xml_find(disk, "target"), "dev"), target) != 0)
		disk = xml_next(disk);
	return disk;
}

static xmlDocPtr describe(const char *id)
{
	struct libvirt_provider *p = libvirt_of(bench.provider);
	cleanup_domain virDomainPtr dom = NULL;
	xmlDocPtr doc = NULL;
	struct tag tag;

	must(libvirt_get(p, id, &dom, err));
	must(libvirt_describe(dom, &doc, &tag, err));
	return doc;
}

static void check_seed(const char *id, const struct seed *seed)
{
	cleanup_xml_doc xmlDocPtr doc = describe(id);
	cleanup_text struct text content = { 0 };
	xmlNodePtr disk = find_target(doc, "vdz");
	const char *path;

	assert_non_null(disk);
	assert_non_null(xml_find(disk, "readonly"));
	assert_string_equal(xml_get(xml_find(disk, "driver"), "type"), "raw");
	path = xml_get(xml_find(disk, "source"), "file");
	if (bench.test_driver)
		return;
	must(fs_read(path, (size_t)1 << 20, &content, err));
	assert_int_equal(content.len, seed->disk_bytes);
	assert_memory_equal(content.ptr, seed->disk, seed->disk_bytes);
}

static void attaches_the_seed_disk(void **state)
{
	static const unsigned char first[4096] = "first", second[6144] = "second";
	struct provider_creation what = creation_of(&bench.world, 0);
	struct image image = bench.image;
	struct seed seed = *what.seed;
	cleanup_free char *id = NULL;

	(void)state;
	image.first_boot = FIRST_BOOT_CREDENTIALS | FIRST_BOOT_NOCLOUD;
	seed.disk = first;
	seed.disk_bytes = sizeof(first);
	what.image = &image;
	what.seed = &seed;
	must(provider_machine_create(bench.provider, &what, &id, err));
	check_seed(id, &seed);
	start(id);
	stop(id, PROVIDER_STOP_FORCE, 0);
	what.image = NULL;
	seed.disk = NULL;
	must(provider_machine_update(bench.provider, id, &what, err));
	seed.disk = first;
	check_seed(id, &seed);
	seed.disk = second;
	seed.disk_bytes = sizeof(second);
	must(provider_machine_update(bench.provider, id, &what, err));
	check_seed(id, &seed);
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	if (has_files())
		assert_int_equal(count_files("*-seed.iso"), 0);
}

static void attaches_no_seed_disk_unasked(void **state)
{
	static const unsigned char disk[4096] = "disk";
	struct provider_creation what = creation_of(&bench.world, 0);
	struct seed seed = *what.seed;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_free char *id = NULL;

	(void)state;
	seed.disk = disk;
	seed.disk_bytes = sizeof(disk);
	what.seed = &seed;
	must(provider_machine_create(bench.provider, &what, &id, err));
	what.image = NULL;
	must(provider_machine_update(bench.provider, id, &what, err));
	doc = describe(id);
	assert_null(find_target(doc, "vdz"));
	if (has_files())
		assert_int_equal(count_files("*-seed.iso"), 0);
}

static void attaches_every_disk(void **state)
{
	struct image image = import_two();
	cleanup_free char *id = create_from(&image);
	cleanup_xml_doc xmlDocPtr doc = describe(id);

	(void)state;
	assert_non_null(find_target(doc, "vda"));
	assert_non_null(find_target(doc, "vdb"));
	assert_null(find_target(doc, "vdc"));
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
}

static bool has_tree(void)
{
	return bench.ops->machine_tree != NULL;
}

static void check_tree(const char *id)
{
	struct stat st;
	int fd = -1, inside;

	must(provider_machine_tree(bench.provider, id, &fd, err));
	assert_int_equal(fstatat(fd, "bin/sleep", &st, 0), 0);
	inside = openat(fd, "etc/bothy-contract", O_RDONLY | O_CLOEXEC);
	assert_true(inside >= 0);
	close(inside);
	assert_int_equal(openat(fd, "etc/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644), -1);
	assert_int_equal(errno, EROFS);
	close(fd);
}

static void opens_the_tree_of_a_stopped_machine(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	int fd = -1;

	(void)state;
	check_tree(id);
	start(id);
	must_fail(ERROR_PROVIDER, provider_machine_tree(bench.provider, id, &fd, err));
	assert_int_equal(fd, -1);
	stop(id, PROVIDER_STOP_FORCE, 0);
	check_tree(id);
	check_tree(id);
	start(id);
	must_fail(ERROR_NOT_FOUND, provider_machine_tree(bench.provider, UNKNOWN_ID, &fd, err));
}

static bool lacks_tree(void)
{
	return !has_tree();
}

static void says_that_it_has_no_tree(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	int fd = -1;

	(void)state;
	must_fail(ERROR_PROVIDER, provider_machine_tree(bench.provider, id, &fd, err));
}

const struct contract_case disk_cases[] = {
	CASE_IF(is_kvm, "it has no domains with disks", attaches_every_disk),
	CASE_IF(is_kvm, "it has no domains with disks", attaches_the_seed_disk),
	CASE_IF(is_kvm, "it has no domains with disks", attaches_no_seed_disk_unasked),
	CASE_IF(has_tree, "its machines are no trees", opens_the_tree_of_a_stopped_machine),
	CASE_IF(lacks_tree, "its machines are trees", says_that_it_has_no_tree),
};
const size_t disk_case_count = ARRAY_SIZE(disk_cases);
