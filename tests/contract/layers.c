/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of what packaging a machine needs of its disks: layers over them, and copies. */
#include "tests/contract/two_disks.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"

#define RUN_MS 300000

struct copy { /* what an export wrote, as files */
	char *paths[IMAGE_MAX_DISKS];
	size_t count;
	uint64_t told_bytes; /* of the last one */
	uint64_t bytes, holes;
	int fd;
};

static int copy_write(void *ctx, const void *data, size_t len, struct error *err)
{
	struct copy *c = ctx;

	c->bytes += len;
	if (fs_write_all(c->fd, data, len) < 0)
		return error_errno(err, errno, "cannot write the copy");
	return 0;
}

static int copy_hole(void *ctx, uint64_t len, struct error *err)
{
	struct copy *c = ctx;

	c->bytes += len;
	c->holes += len;
	if (lseek(c->fd, (off_t)len, SEEK_CUR) < 0)
		return error_errno(err, errno, "cannot write the copy");
	return 0;
}

static void copy_finish(struct copy *c)
{
	if (c->fd < 0)
		return;
	assert_int_equal(c->bytes, c->told_bytes);
	assert_int_equal(ftruncate(c->fd, (off_t)c->bytes), 0);
	mem_close_fd(&c->fd);
}

static int copy_begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		      struct error *err)
{
	struct copy *c = ctx;

	copy_finish(c);
	assert_string_equal(format, "qcow2");
	assert_true(file_bytes > 0 && c->count < IMAGE_MAX_DISKS);
	c->paths[c->count] = xasprintf("%s/copy.%zu", bench.directory, c->count);
	c->fd = open(c->paths[c->count++], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	c->told_bytes = file_bytes;
	c->bytes = 0;
	if (c->fd < 0)
		return error_errno(err, errno, "cannot write the copy");
	*out = (struct image_sink){ .write = copy_write, .hole = copy_hole, .ctx = c };
	return 0;
}

static struct copy export_to_files(const char *id)
{
	struct copy c = { .fd = -1 };
	const struct image_target target = { .begin = copy_begin, .ctx = &c };

	must(provider_machine_export(bench.provider, id, &target, err));
	copy_finish(&c);
	return c;
}

static void copy_clear(struct copy *c)
{
	mem_close_fd(&c->fd);
	for (size_t i = 0; i < c->count; i++) {
		unlink(c->paths[i]);
		free(c->paths[i]);
	}
}

#define cleanup_copy cleanup(copy_clear)

static void run(const char *const argv[])
{
	cleanup_proc struct proc_result result = { 0 };

	must(proc_run(argv, clock_ms() + RUN_MS, &result, err));
	if (result.status != 0)
		fail_msg("%s %s: %s", argv[0], argv[1], text_str(&result.output));
}

/* It is whole, and stands on nothing else. */
static void check_image(const char *path)
{
	const char *check[] = { "qemu-img", "check", "-f", "qcow2", path, NULL };
	const char *info[] = { "qemu-img", "info", "-f", "qcow2", path, NULL };
	cleanup_proc struct proc_result result = { 0 };

	run(check);
	must(proc_run(info, clock_ms() + RUN_MS, &result, err));
	assert_int_equal(result.status, 0);
	assert_null(strstr(text_str(&result.output), "backing file"));
}

static bool has_pattern(const char *path, const char *pattern)
{
	cleanup_free char *command = xasprintf("read -v -P %s", pattern);
	const char *argv[] = { "qemu-io", "-r", "-f", "qcow2", "-c", command, path, NULL };
	cleanup_proc struct proc_result result = { 0 };

	must(proc_run(argv, clock_ms() + RUN_MS, &result, err));
	return result.status == 0 && !strstr(text_str(&result.output), "ailed");
}

static bool can_check_images(void)
{
	return has_layers() && !bench.test_driver && access("/usr/bin/qemu-img", X_OK) == 0 &&
	       access("/usr/bin/qemu-io", X_OK) == 0;
}

static void exports_every_disk(void **state)
{
	struct image image = import_two();
	cleanup_free char *id = create_from(&image);
	cleanup_copy struct copy c = export_to_files(id);

	(void)state;
	assert_int_equal(c.count, 2);
	for (size_t i = 0; i < c.count && can_check_images(); i++)
		check_image(c.paths[i]);
	if (is_real_kvm()) {
		assert_true(has_pattern(c.paths[1], "0x64 0 1")); /* 'd' of "data" */
		assert_true(has_pattern(c.paths[1], "0 65536 1M"));
		assert_int_equal(count_files("*.export.*"), 0);
	}
	must(provider_machine_remove(bench.provider, id, err));
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
}

static int refuse_begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
			struct error *err)
{
	(void)ctx, (void)format, (void)file_bytes, (void)out;
	return error_set(err, ERROR_SYSTEM, "no space left on device");
}

static int refuse_write(void *ctx, const void *data, size_t len, struct error *err)
{
	(void)ctx, (void)data, (void)len;
	return error_set(err, ERROR_SYSTEM, "no space left on device");
}

static int begin_refusal(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
			 struct error *err)
{
	(void)ctx, (void)format, (void)file_bytes, (void)err;
	*out = (struct image_sink){ .write = refuse_write };
	return 0;
}

static void leaves_nothing_of_a_failed_export(void **state)
{
	const struct image_target refusing = { .begin = refuse_begin };
	const struct image_target breaking = { .begin = begin_refusal };
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	must_fail(ERROR_SYSTEM, provider_machine_export(bench.provider, id, &refusing, err));
	must_fail(ERROR_SYSTEM, provider_machine_export(bench.provider, id, &breaking, err));
	if (has_files())
		assert_int_equal(count_files("*.export.*"), 0);
	start(id);
	must_fail(ERROR_PROVIDER, provider_machine_export(bench.provider, id, &refusing, err));
}

static void puts_a_layer_on_and_takes_it_off(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	const struct observed_machine *m;

	(void)state;
	must(provider_machine_layer(bench.provider, id, false, err));
	must(provider_machine_layer(bench.provider, id, true, err));
	m = see(&bench.world, 0);
	assert_true(m->layered && m->complete);
	assert_string_equal(m->key_id, "key-1");
	assert_string_equal(m->box_digest, bench.image.digest);
	assert_int_equal(m->state, MACHINE_STOPPED);
	start(id);
	assert_int_equal(state_of(id), MACHINE_RUNNING);
	must_fail(ERROR_PROVIDER, provider_machine_layer(bench.provider, id, false, err));
	must_fail(ERROR_PROVIDER, provider_machine_layer(bench.provider, id, true, err));
	stop(id, PROVIDER_STOP_FORCE, 0);
	must(provider_machine_layer(bench.provider, id, true, err));
	must(provider_machine_layer(bench.provider, id, false, err));
	must(provider_machine_layer(bench.provider, id, false, err));
	assert_false(see(&bench.world, 0)->layered);
	assert_true(see(&bench.world, 0)->complete);
	if (has_files())
		assert_int_equal(count_files("*.layer.*"), 0);
	start(id);
	must_fail(ERROR_NOT_FOUND, provider_machine_layer(bench.provider, UNKNOWN_ID, true, err));
}

static void takes_the_layer_away_by_an_update(void **state)
{
	struct provider_creation what = creation_of(&bench.world, 0);
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	must(provider_machine_layer(bench.provider, id, true, err));
	what.image = NULL;
	must(provider_machine_update(bench.provider, id, &what, err));
	assert_false(see(&bench.world, 0)->layered);
	must(provider_machine_layer(bench.provider, id, true, err));
	must(provider_machine_remove(bench.provider, id, err));
	if (has_files())
		assert_int_equal(count_files("*.layer.*"), 0);
}

/* As a guest would, were it fast enough for this test. */
static void write_into(const char *suffix, const char *command)
{
	cleanup_free char *pattern = xasprintf("/var/lib/libvirt/images/bothy/%s", suffix);
	glob_t found = { 0 };

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	run((const char *[]){ "qemu-io", "-f", "qcow2", "-c", command, found.gl_pathv[0], NULL });
	globfree(&found);
}

static struct copy copy_then_clear(const char *id, const char *pattern, bool *out)
{
	struct copy c = export_to_files(id);

	check_image(c.paths[1]);
	*out = has_pattern(c.paths[1], pattern);
	copy_clear(&c);
	return c;
}

static void keeps_what_the_layer_took_apart(void **state)
{
	struct image image = import_two();
	cleanup_free char *id = create_from(&image);
	bool found = false;

	(void)state;
	write_into("*-1.qcow2", "write -P 1 1M 64k");
	must(provider_machine_layer(bench.provider, id, true, err));
	write_into("*-1.layer.qcow2", "write -P 2 1M 64k");
	copy_then_clear(id, "2 1M 64k", &found);
	assert_true(found);
	start(id);
	stop(id, PROVIDER_STOP_FORCE, 0);
	copy_then_clear(id, "2 1M 64k", &found);
	assert_true(found);
	must(provider_machine_layer(bench.provider, id, false, err));
	copy_then_clear(id, "1 1M 64k", &found);
	assert_true(found);
	start(id);
	assert_int_equal(state_of(id), MACHINE_RUNNING);
	must(provider_machine_remove(bench.provider, id, err));
	assert_int_equal(count_files("*-1.*"), 0);
	must(provider_base_remove(bench.provider, TWO_DIGEST, err));
}

static bool lacks_layers(void)
{
	return !has_layers();
}

static void says_that_it_has_no_layers(void **state)
{
	const struct image_target target = { .begin = refuse_begin };
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	must_fail(ERROR_PROVIDER, provider_machine_layer(bench.provider, id, true, err));
	must_fail(ERROR_PROVIDER, provider_machine_export(bench.provider, id, &target, err));
}

const struct contract_case layer_cases[] = {
	CASE_IF(has_layers, "its machines have no disks", exports_every_disk),
	CASE_IF(has_layers, "its machines have no disks", leaves_nothing_of_a_failed_export),
	CASE_IF(has_layers, "its machines have no disks", puts_a_layer_on_and_takes_it_off),
	CASE_IF(has_layers, "its machines have no disks", takes_the_layer_away_by_an_update),
	CASE_IF(is_real_kvm, "its disks hold nothing", keeps_what_the_layer_took_apart),
	CASE_IF(lacks_layers, "its machines have disks", says_that_it_has_no_layers),
};
const size_t layer_case_count = ARRAY_SIZE(layer_cases);
