/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fake provider keeps of boxes and gives out of machines: the bytes that were poured, whole
 * or not at all, whatever goes wrong; layers, and images that can be read.
 */
#include "tests/unit/fake_world.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"

#define BASES "fake-bases"

static char *base_path(const char *name)
{
	return xasprintf("%s/" BASES "/%s", directory, name);
}

/* How many files are where bases are, of whatever name. */
static size_t files(void)
{
	cleanup_free char *path = base_path("");
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static bool has_base(struct provider *p)
{
	cleanup_error struct error err = { 0 };
	bool exists = false;

	assert_int_equal(provider_base_exists(p, image.digest, &exists, &err), 0);
	return exists;
}

static void check_base(void)
{
	cleanup_free char *path = base_path("aa.0");
	cleanup_text struct text content = { 0 };
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_read(path, 1000, &content, &err), 0);
	assert_int_equal(content.len, 4);
	assert_memory_equal(content.ptr, "disk", 4);
	assert_int_equal(files(), 1);
}

static void keeps_what_was_poured(void **state)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	check_base();
	assert_int_equal(import_base(p, &err), 0);
	check_base();
	assert_int_equal(provider_base_remove(p, image.digest, &err), 0);
	assert_false(has_base(p));
	assert_int_equal(files(), 0);
	provider_close(&p);
}

static int die(void *ctx, const struct image_target *target, struct image *out, struct error *err)
{
	if (pour(ctx, target, out, err) == 0)
		raise(SIGKILL);
	return -1;
}

/* In a process of its own, with those faults or, without any, killed while it pours. */
static void import_and_die(const char *faults)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct image_source source = { .pour = faults ? pour : die };
		struct image got = { .name = "b" };
		struct error err = { 0 };
		struct provider *p = connect_with(faults, &err);

		_exit(p && provider_base_import(p, &got, &source, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void shows_no_half_base_after_a_kill(void **state)
{
	static const char *const faults[] = { NULL, "kill=1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		cleanup_error struct error err = { 0 };
		struct provider *p;

		import_and_die(faults[i]);
		p = connect_told(NULL);
		assert_false(has_base(p));
		assert_int_equal(files(), 1);
		assert_int_equal(import_base(p, &err), 0);
		check_base();
		assert_int_equal(provider_base_remove(p, image.digest, &err), 0);
		provider_close(&p);
	}
}

static void removes_a_base_wholly_in_the_end(void **state)
{
	struct provider *p = connect_told("half=2");
	cleanup_error struct error err = { 0 }, half = { 0 };

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(provider_base_remove(p, image.digest, &half), -1);
	assert_int_equal(half.kind, ERROR_PROVIDER);
	assert_false(has_base(p));
	assert_int_equal(provider_base_remove(p, image.digest, &err), 0);
	assert_int_equal(files(), 0);
	provider_close(&p);
}

static void tells_who_needs_a_base(void **state)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 }, busy = { 0 };
	cleanup_free char *id = NULL;

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(bring(p, &id, &err), 0);
	assert_int_equal(provider_base_remove(p, image.digest, &busy), -1);
	assert_int_equal(busy.kind, ERROR_BUSY);
	assert_non_null(strstr(busy.text, "machine 'web' of project 'demo'"));
	provider_close(&p);
}

struct sum {
	uint64_t told_bytes, bytes;
	size_t disks;
};

static int sum_write(void *ctx, const void *data, size_t len, struct error *err)
{
	struct sum *sum = ctx;

	(void)data, (void)err;
	sum->bytes += len;
	return 0;
}

/* A sink without holes, as an archive's is. */
static int sum_begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		     struct error *err)
{
	struct sum *sum = ctx;

	(void)err;
	assert_string_equal(format, "qcow2");
	sum->told_bytes += file_bytes;
	sum->disks++;
	*out = (struct image_sink){ .write = sum_write, .ctx = sum };
	return 0;
}

static void exports_without_holes(void **state)
{
	struct sum sum = { 0 };
	const struct image_target target = { .begin = sum_begin, .ctx = &sum };
	struct provider *p = connect_told("half=4");
	cleanup_error struct error err = { 0 }, half = { 0 };
	cleanup_free char *id = NULL;

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(bring(p, &id, &err), 0);
	assert_int_equal(provider_machine_export(p, id, &target, &err), 0);
	assert_int_equal(sum.disks, 1);
	assert_int_equal(sum.bytes, sum.told_bytes);
	assert_int_equal(provider_machine_export(p, id, &target, &half), -1);
	assert_int_equal(half.kind, ERROR_PROVIDER);
	provider_close(&p);
}

static void keeps_a_layer_that_was_cut_off(void **state)
{
	struct provider *p = connect_told("half=3");
	cleanup_error struct error err = { 0 }, half = { 0 };
	cleanup_observed struct observed o = { 0 };
	cleanup_free char *id = NULL;

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(bring(p, &id, &err), 0);
	assert_int_equal(provider_machine_layer(p, id, true, &half), -1);
	assert_int_equal(provider_observe(p, NULL, &o, &err), 0);
	assert_true(o.machines[0].layered);
	assert_int_equal(provider_machine_layer(p, id, false, &err), 0);
	provider_close(&p);
}

static void remembers_the_seed_disk(void **state)
{
	static const unsigned char disk[100] = "disk";
	struct provider *p = connect_told(NULL);
	struct provider_creation what = creation_of(0);
	struct seed with = { .hostname = "web", .disk = disk, .disk_bytes = sizeof(disk) };
	struct image cloud = image;
	cleanup_error struct error err = { 0 };
	cleanup_free char *id = NULL;
	json_t *root;

	(void)state;
	cloud.first_boot = FIRST_BOOT_NOCLOUD;
	what.image = &cloud;
	what.seed = &with;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(provider_machine_create(p, &what, &id, &err), 0);
	provider_close(&p);
	root = read_state();
	assert_int_equal(json_integer_value(
				 json_object_get(fake_state_machine(root, id), "seed_disk_bytes")),
			 sizeof(disk));
	json_decref(root);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(keeps_what_was_poured),
		CASE(shows_no_half_base_after_a_kill),
		CASE(removes_a_base_wholly_in_the_end),
		CASE(tells_who_needs_a_base),
		CASE(exports_without_holes),
		CASE(keeps_a_layer_that_was_cut_off),
		CASE(remembers_the_seed_disk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fake_base", tests, NULL, NULL);
}
