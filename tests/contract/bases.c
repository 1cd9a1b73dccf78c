/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of boxes' disks: how they come and go. */
#include "tests/contract/two_disks.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "providers/libvirt_base.h"

#define OTHER_DIGEST "00000000000000000000000000000000000000000000000000000000000000cc"

static size_t disks_in_store(void)
{
	return is_kvm() ? count_files("base-*") : count_files("*.[0-9]");
}

static void imports_what_it_is_told_late(void **state)
{
	struct image image;

	(void)state;
	assert_false(base_is_there(TWO_DIGEST));
	image = import_two();
	assert_true(base_is_there(TWO_DIGEST));
	assert_int_equal(image.disks[1].slot, 1);
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
}

static void keeps_no_disk_that_is_not_wanted(void **state)
{
	size_t before = disks_in_store();

	(void)state;
	import_two();
	assert_int_equal(disks_in_store(), before + 2);
	import_two();
	assert_int_equal(disks_in_store(), before + 2);
	assert_int_equal(count_files("*.part"), 0);
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_int_equal(disks_in_store(), before);
}

static int pour_and_fail(void *ctx, const struct image_target *target, struct image *image,
			 struct error *err)
{
	if (pour_two(ctx, target, image, err) < 0)
		return -1;
	return error_set(err, ERROR_BOX, "the checksum is wrong");
}

static int pour_nothing(void *ctx, const struct image_target *target, struct image *image,
			struct error *err)
{
	(void)ctx, (void)target, (void)err;
	*image = bench.image;
	memcpy(image->digest, OTHER_DIGEST, sizeof(image->digest));
	return 0;
}

static void keeps_nothing_of_a_failed_import(void **state)
{
	struct image_source failing = { .pour = pour_and_fail };
	struct image_source empty = { .pour = pour_nothing };
	struct image image = { .name = "a box" };
	size_t before = has_files() ? disks_in_store() : 0;

	(void)state;
	must_fail(ERROR_BOX, provider_base_import(bench.provider, &image, &failing, err));
	assert_false(base_is_there(TWO_DIGEST));
	image.name = "a box";
	must_fail(ERROR_BOX, provider_base_import(bench.provider, &image, &empty, err));
	assert_false(base_is_there(OTHER_DIGEST));
	if (has_files())
		assert_int_equal(disks_in_store(), before);
}

static void removes_a_base_that_nobody_needs(void **state)
{
	struct image image = import_two();
	cleanup_free char *id = create_from(&image);

	(void)state;
	must_fail(ERROR_BUSY, provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_true(base_is_there(TWO_DIGEST));
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_false(base_is_there(TWO_DIGEST));
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_true(base_is_there(bench.image.digest));
}

/* Tells the other process that there is half a box by now, and waits to be killed. */
static int pour_and_wait(void *ctx, const struct image_target *target, struct image *image,
			 struct error *err)
{
	const int *said = ctx;

	if (pour_two(NULL, target, image, err) < 0 || write(*said, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t import_in_another_process(void)
{
	int ends[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct image_source source = { .pour = pour_and_wait, .ctx = &ends[1] };
		struct image image = { .name = "a box" };
		struct provider *p = NULL;
		struct error err = { 0 };

		if (provider_open(bench.ops, &bench.conf, &p, &err) == 0)
			provider_base_import(p, &image, &source, &err);
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 1);
	close(ends[0]);
	return pid;
}

static size_t disks_being_poured(size_t before)
{
	return is_kvm() ? disks_in_store() - before : count_files("*.part");
}

static void sweeps_up_after_the_dead_only(void **state)
{
	size_t before = disks_in_store();
	pid_t pid = import_in_another_process();

	(void)state;
	assert_int_equal(disks_being_poured(before), 3);
	import_two();
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_int_equal(disks_being_poured(before), 3);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(disks_being_poured(before), 3);
	import_two();
	assert_int_equal(disks_in_store(), before + 2);
	assert_int_equal(count_files("*.part"), 0);
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
	assert_int_equal(disks_in_store(), before);
}

static void import_in_a_process_that_ends(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct image_source source = { .pour = pour_two };
		struct image image = { .name = "a box" };
		struct provider *p = NULL;
		struct error err = { 0 };

		_exit(provider_open(bench.ops, &bench.conf, &p, &err) < 0 ||
		      provider_base_import(p, &image, &source, &err) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void forget_mark(const char *digest)
{
	cleanup_volume_list struct volume_list list = { 0 };
	cleanup_pool virStoragePoolPtr pool = NULL;
	struct base_mark mark;
	size_t count = 0;

	must(libvirt_pool_ensure(libvirt_of(bench.provider), &pool, err));
	must(libvirt_pool_list(pool, &list, err));
	for (size_t i = 0; i < list.count; i++) {
		if (!base_mark_parse(list.at[i].name, digest, &mark))
			continue;
		assert_int_equal(virt.StorageVolDelete(list.at[i].vol, 0), 0);
		count++;
	}
	assert_int_equal(count, 1);
}

/* As after a removal that was killed when it saw that a machine had just been made from the base. */
static void sweeps_up_nothing_that_is_needed(void **state)
{
	size_t before = disks_in_store();
	cleanup_free char *id = NULL;
	struct image image;

	(void)state;
	import_in_a_process_that_ends();
	image = import_two();
	assert_int_equal(disks_in_store(), before + 2);
	id = create_from(&image);
	forget_mark(TWO_DIGEST);
	assert_false(base_is_there(TWO_DIGEST));
	import_two();
	assert_int_equal(disks_in_store(), before + 4);
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	import_two();
	assert_int_equal(disks_in_store(), before + 2);
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
}

static bool can_use_bases(void)
{
	return has_bases() && has_machines();
}

static bool can_leave_a_base(void)
{
	return is_real_kvm() && has_machines();
}

const struct contract_case base_cases[] = {
	CASE_IF(has_bases, "its images are no disks", imports_what_it_is_told_late),
	CASE_IF(has_files, "it keeps no files", keeps_no_disk_that_is_not_wanted),
	CASE_IF(has_bases, "its images are no disks", keeps_nothing_of_a_failed_import),
	CASE_IF(can_use_bases, "no machine can be made from a base",
		removes_a_base_that_nobody_needs),
	CASE_IF(can_leave_a_base, "no base can be in use without a mark",
		sweeps_up_nothing_that_is_needed),
	CASE_IF(has_files, "it keeps no files", sweeps_up_after_the_dead_only),
};
const size_t base_case_count = ARRAY_SIZE(base_cases);
