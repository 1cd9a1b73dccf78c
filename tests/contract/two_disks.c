/* SPDX-License-Identifier: Apache-2.0 */
/* A box with two disks. */
#include "tests/contract/two_disks.h"

#include <glob.h>
#include <string.h>

#define DATA_DISK_BYTES ((uint64_t)4 << 20)

static int pour_small(const struct image_target *target, const char *text, uint64_t bytes,
		      struct error *err)
{
	struct image_sink sink;
	size_t len = strlen(text);

	if (target->begin(target->ctx, "raw", 0, &sink, err) < 0 ||
	    sink.write(sink.ctx, text, len, err) < 0)
		return -1;
	if (sink.hole)
		return sink.hole(sink.ctx, bytes - len, err);
	return error_set(err, ERROR_SYSTEM, "the sink takes no holes");
}

int pour_two(void *ctx, const struct image_target *target, struct image *image, struct error *err)
{
	struct image_sink sink;

	(void)ctx;
	if (pour_small(target, "unwanted", 65536, err) < 0 ||
	    pour_small(target, "data", DATA_DISK_BYTES, err) < 0 ||
	    target->begin(target->ctx, bench.image.disks[0].format, 0, &sink, err) < 0 ||
	    pour_bench_disk(&sink, err) < 0)
		return -1;
	*image = bench.image;
	memcpy(image->digest, TWO_DIGEST, sizeof(image->digest));
	image->disk_count = 2;
	image->disks[0].slot = 2;
	image->disks[1] = (struct image_disk){ .format = "raw",
					       .file_bytes = DATA_DISK_BYTES,
					       .disk_bytes = DATA_DISK_BYTES,
					       .slot = 1 };
	return 0;
}

struct image import_two(void)
{
	struct image_source source = { .pour = pour_two };
	struct image image = { .name = bench.image.name };

	must(provider_base_import(bench.provider, &image, &source, err));
	assert_string_equal(image.digest, TWO_DIGEST);
	assert_int_equal(image.disk_count, 2);
	return image;
}

char *create_from(const struct image *image)
{
	struct provider_creation what = creation_of(&bench.world, 0);
	char *id = NULL;

	what.image = image;
	must(provider_machine_create(bench.provider, &what, &id, err));
	return id;
}

bool base_is_there(const char *digest)
{
	bool exists = false;

	must(provider_base_exists(bench.provider, digest, &exists, err));
	return exists;
}

/* How many files match below the directory where the provider keeps disks. */
size_t count_files(const char *pattern)
{
	cleanup_free char *path = NULL;
	glob_t found = { 0 };
	size_t count;

	if (strcmp(bench.ops->name, "fake") == 0)
		path = xasprintf("%s/fake-bases/%s", bench.directory, pattern);
	else if (bench.session)
		path = xasprintf("%s/pool/%s", bench.directory, pattern);
	else
		path = xasprintf("/var/lib/libvirt/images/bothy/%s", pattern);
	count = glob(path, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return count;
}

bool has_files(void)
{
	return has_bases() && !bench.test_driver;
}

bool is_kvm(void)
{
	return strcmp(bench.ops->name, "kvm") == 0;
}

bool is_real_kvm(void)
{
	return is_kvm() && !bench.test_driver;
}

bool has_layers(void)
{
	return bench.ops->machine_layer != NULL;
}
