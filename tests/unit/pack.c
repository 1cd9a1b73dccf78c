/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes of disks written: what is read back is what was put in, the same twice, and nothing half. */
#include "boxes/pack.h"

#include "tests/unit/pack_members.h"

#include <dirent.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static void pour(struct image_sink *sink, char byte, size_t len)
{
	cleanup_error struct error err = { 0 };
	char chunk[1000];

	memset(chunk, byte, sizeof(chunk));
	for (size_t n; len; len -= n) {
		n = len < sizeof(chunk) ? len : sizeof(chunk);
		succeed(sink->write(sink->ctx, chunk, n, &err), &err);
	}
}

/* Data, a hole, data, a hole at the end. */
static void pour_holes(struct image_sink *sink, char byte)
{
	cleanup_error struct error err = { 0 };

	pour(sink, byte, CHUNK);
	succeed(sink->hole(sink->ctx, 10 * CHUNK, &err), &err);
	pour(sink, byte, CHUNK);
	succeed(sink->hole(sink->ctx, 4 * CHUNK, &err), &err);
}

static void write_v1(const char *name, const char *compression)
{
	const struct pack_spec spec = { .path = in(name),
					.format = PACK_V1,
					.compression = compression,
					.architecture = "amd64",
					.user = "dev",
					.first_boot = FIRST_BOOT_CREDENTIALS |
						      FIRST_BOOT_KNOWN_KEY };
	cleanup_error struct error err = { 0 };
	cleanup_pack struct pack *p = open_pack(&spec);
	struct image_sink sink;

	succeed(pack_disk(p, 16 * CHUNK, (3ull << 30) + 1, &sink, &err), &err);
	pour_holes(&sink, 'x');
	succeed(pack_commit(p, &err), &err);
}

static void check_plain(const struct member *m)
{
	assert_int_equal(m->mode, S_IFREG | 0644);
	assert_int_equal(m->uid, 0);
	assert_int_equal(m->gid, 0);
	assert_int_equal(m->mtime, 0);
	assert_string_equal(archive_entry_uname(m->entry) ? archive_entry_uname(m->entry) : "", "");
}

static void check_holes(const struct member *m, char byte)
{
	assert_int_equal(m->len, 16 * CHUNK);
	assert_int_equal(m->data_len, 2 * CHUNK);
	for (size_t i = 0; i < m->len; i++) {
		bool data = i < CHUNK || (i >= 11 * CHUNK && i < 12 * CHUNK);

		assert_int_equal(m->content[i], data ? byte : 0);
	}
}

static void writes_version_1(void **state)
{
	cleanup_members struct members all;
	json_t *json;

	(void)state;
	write_v1("a.box", NULL);
	read_box("a.box", &all);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.filter, ARCHIVE_FILTER_ZSTD);
	assert_string_equal(all.at[0].name, "metadata.json");
	assert_string_equal(all.at[1].name, "Vagrantfile");
	assert_string_equal(all.at[2].name, "box.img");
	for (size_t i = 0; i < all.count; i++)
		check_plain(&all.at[i]);
	check_holes(&all.at[2], 'x');
	assert_non_null(strstr(all.at[1].content, "Vagrant.configure"));
	json = json_loads(all.at[0].content, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json, "virtual_size")), 4);
	assert_string_equal(json_string_value(json_object_get(json, "provider")), "libvirt");
	assert_string_equal(json_string_value(json_object_get(json, "format")), "qcow2");
	assert_string_equal(json_string_value(json_object_get(json, "architecture")), "amd64");
	json_t *ours = json_object_get(json, "bothy");
	assert_string_equal(json_string_value(json_object_get(ours, "user")), "dev");
	json_t *words = json_object_get(ours, "first_boot");
	assert_int_equal(json_array_size(words), 2);
	assert_string_equal(json_string_value(json_array_get(words, 0)), "credentials");
	assert_string_equal(json_string_value(json_array_get(words, 1)), "known_key");
	json_decref(json);
}

static void writes_version_2(void **state)
{
	struct pack_spec spec = { .path = in("b.box"), .format = PACK_V2, .disk_count = 2 };
	cleanup_error struct error err = { 0 };
	cleanup_pack struct pack *p = NULL;
	cleanup_members struct members all;
	struct image_sink sink;
	json_t *json, *disks;

	(void)state;
	say("File", "# mine\n");
	spec.vagrantfile = in("File");
	p = open_pack(&spec);
	succeed(pack_disk(p, 16 * CHUNK, 1 << 30, &sink, &err), &err);
	pour_holes(&sink, 'a');
	succeed(pack_disk(p, 3 * CHUNK, 1 << 30, &sink, &err), &err);
	succeed(sink.hole(sink.ctx, 3 * CHUNK, &err), &err);
	succeed(pack_commit(p, &err), &err);
	read_box("b.box", &all);
	assert_int_equal(all.count, 4);
	assert_string_equal(all.at[1].content, "# mine\n");
	assert_string_equal(all.at[2].name, "box_1.img");
	check_holes(&all.at[2], 'a');
	assert_string_equal(all.at[3].name, "box_2.img");
	assert_int_equal(all.at[3].len, 3 * CHUNK);
	assert_int_equal(all.at[3].data_len, 0);
	json = json_loads(all.at[0].content, 0, NULL);
	assert_null(json_object_get(json, "bothy"));
	assert_null(json_object_get(json, "virtual_size"));
	disks = json_object_get(json, "disks");
	assert_int_equal(json_array_size(disks), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(disks, 1), "path")),
			    "box_2.img");
	json_decref(json);
}

static void is_the_same_twice(void **state)
{
	static const char *const compressions[] = { "zstd", "gzip", "none" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		const time_t began = time(NULL);
		cpu_set_t before, one;

		write_v1("x", compressions[i]);
		while (time(NULL) == began)
			continue;
		/* As on a machine with one processor. */
		sched_getaffinity(0, sizeof(before), &before);
		CPU_ZERO(&one);
		CPU_SET(0, &one);
		sched_setaffinity(0, sizeof(one), &one);
		write_v1("y", compressions[i]);
		sched_setaffinity(0, sizeof(before), &before);
		assert_same("x", "y");
		unlink(in("x"));
		unlink(in("y"));
	}
}

static void is_compressed_by_name(void **state)
{
	static const struct {
		const char *name, *compression;
		int filter;
	} rows[] = {
		{ "a.box", NULL, ARCHIVE_FILTER_ZSTD },   { "a.tar.gz", NULL, ARCHIVE_FILTER_GZIP },
		{ "a.tgz", NULL, ARCHIVE_FILTER_GZIP },   { "a.tar", NULL, ARCHIVE_FILTER_NONE },
		{ "b.box", "gzip", ARCHIVE_FILTER_GZIP }, { "b.gz", "none", ARCHIVE_FILTER_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_members struct members all;

		write_v1(rows[i].name, rows[i].compression);
		read_box(rows[i].name, &all);
		assert_int_equal(all.filter, rows[i].filter);
		check_holes(must(&all, "box.img"), 'x');
	}
}

/* Other programs that read boxes make the holes again. */
static void other_programs_keep_holes(void **state)
{
	static const char *const programs[] = { "tar", "bsdtar" };

	(void)state;
	write_v1("a.box", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		cleanup_free char *command = xasprintf("cd %s && command -v %s >/dev/null && "
						       "%s -x -S -f a.box",
						       folder, programs[i], programs[i]);
		struct stat st;

		unlink(in("box.img"));
		if (system(command) != 0) {
			print_message("# SKIP there is no %s that reads it\n", programs[i]);
			continue;
		}
		assert_int_equal(stat(in("box.img"), &st), 0);
		assert_int_equal(st.st_size, 16 * CHUNK);
		assert_true((size_t)st.st_blocks * 512 < 8 * CHUNK);
	}
}

/* --- failures -------------------------------------------------------------------------------- */

static size_t count_files(void)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	size_t count = 0;

	while (dir && (d = readdir(dir)))
		count += d->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void assert_says(int rc, struct error *err, const char *what)
{
	assert_int_equal(rc, -1);
	if (!strstr(err->text, what))
		fail_msg("'%s' says nothing of '%s'", err->text, what);
	error_clear(err);
}

static void an_existing_file_stays(void **state)
{
	struct pack_spec spec = { .path = in("a.box"), .format = PACK_V1 };
	cleanup_error struct error err = { 0 };
	cleanup_text struct text there = { 0 };
	struct pack *p = NULL;
	struct image_sink sink;

	(void)state;
	say("a.box", "mine");
	assert_int_equal(pack_open(&spec, &p, &err), -1);
	assert_int_equal(err.kind, ERROR_DECLINED);
	assert_says(-1, &err, "a.box' exists");
	unlink(in("a.box"));
	/* Also one that comes in the meantime. */
	p = open_pack(&spec);
	succeed(pack_disk(p, 0, 1, &sink, &err), &err);
	say("a.box", "mine");
	assert_int_equal(pack_commit(p, &err), -1);
	assert_int_equal(err.kind, ERROR_DECLINED);
	pack_free(&p);
	succeed(fs_read(in("a.box"), 100, &there, &err), &err);
	assert_string_equal(there.ptr, "mine");
	assert_int_equal(count_files(), 1);
}

static void wrong_lengths_are_found(void **state)
{
	struct pack_spec spec = { .path = in("a.box"), .format = PACK_V1 };
	cleanup_error struct error err = { 0 };
	struct pack *p = open_pack(&spec);
	struct image_sink sink;

	(void)state;
	succeed(pack_disk(p, 10, 10, &sink, &err), &err);
	assert_says(sink.write(sink.ctx, "12345678901", 11, &err), &err,
		    "longer than the 10 bytes");
	assert_says(sink.hole(sink.ctx, UINT64_MAX, &err), &err, "longer than");
	succeed(sink.write(sink.ctx, "123", 3, &err), &err);
	assert_says(pack_commit(p, &err), &err, "3 bytes instead of the 10");
	pack_free(&p);
	assert_int_equal(count_files(), 0);
}

static void what_is_missing_is_found(void **state)
{
	struct pack_spec spec = { .path = in("a.box"), .format = PACK_V2, .disk_count = 1 };
	cleanup_error struct error err = { 0 };
	struct pack *p = open_pack(&spec);
	struct image_sink sink;

	(void)state;
	assert_says(pack_commit(p, &err), &err, "not complete");
	succeed(pack_disk(p, 0, 1, &sink, &err), &err);
	assert_says(pack_disk(p, 0, 1, &sink, &err), &err, "no place for another disk");
	pack_free(&p);
	spec.format = PACK_ROOTFS;
	p = open_pack(&spec);
	assert_says(pack_commit(p, &err), &err, "not complete");
	pack_free(&p);
	spec.compression = "lzma";
	assert_says(pack_open(&spec, &p, &err), &err, "'lzma' is no compression");
	spec.compression = NULL;
	spec.vagrantfile = in("none");
	assert_says(pack_open(&spec, &p, &err), &err, "cannot open");
	spec.vagrantfile = NULL;
	spec.path = in("no/where.box");
	assert_says(pack_open(&spec, &p, &err), &err, "cannot write");
	assert_null(p);
	assert_int_equal(count_files(), 0);
}

/* A limit on the size of files fails as a full disk does. */
static void a_failed_write_leaves_nothing(void **state)
{
	const struct pack_spec spec = { .path = in("a.tar"), .format = PACK_V1 };
	const struct rlimit small = { 4 * CHUNK, RLIM_INFINITY };
	cleanup_error struct error err = { 0 };
	struct rlimit before;
	struct pack *p = open_pack(&spec);
	struct image_sink sink;
	char *data = xcalloc(1, 8 * CHUNK);
	int rc;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &before);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	succeed(pack_disk(p, 8 * CHUNK, 1, &sink, &err), &err);
	setrlimit(RLIMIT_FSIZE, &small);
	rc = sink.write(sink.ctx, data, 8 * CHUNK, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_says(rc, &err, "cannot keep the disk beside the box: file too large");
	pack_free(&p);

	p = open_pack(&spec);
	succeed(pack_disk(p, 8 * CHUNK, 1, &sink, &err), &err);
	succeed(sink.write(sink.ctx, data, 8 * CHUNK, &err), &err);
	setrlimit(RLIMIT_FSIZE, &small);
	rc = pack_commit(p, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_says(rc, &err, "a.tar': file too large");
	pack_free(&p);
	assert_int_equal(count_files(), 0);
	free(data);
}

static void obeys_an_interruption(void **state)
{
	const struct pack_spec spec = { .path = in("a.box"), .format = PACK_V1 };
	cleanup_error struct error err = { 0 };
	struct pack *p = open_pack(&spec);
	struct image_sink sink;

	(void)state;
	succeed(pack_disk(p, CHUNK, 1, &sink, &err), &err);
	pour(&sink, 'x', CHUNK);
	stop_set(true);
	assert_int_equal(pack_commit(p, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	pack_free(&p);
	assert_int_equal(count_files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_version_1, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_version_2, setup, teardown),
		cmocka_unit_test_setup_teardown(is_the_same_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(is_compressed_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(other_programs_keep_holes, setup, teardown),
		cmocka_unit_test_setup_teardown(an_existing_file_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_lengths_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_missing_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_write_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(obeys_an_interruption, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
