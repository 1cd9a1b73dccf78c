/* SPDX-License-Identifier: Apache-2.0 */
/* What the store knows of a digest: through its file, from damaged files, and when it was used. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "boxes/content.h"
#include "core/fs.h"

static char home[64];

static int setup(void **state)
{
	(void)state;
	snprintf(home, sizeof(home), "/tmp/bothy-content-XXXXXX");
	return mkdtemp(home) ? 0 : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(home, &err);
}

static struct content disk(char letter)
{
	struct content c = { .kind = IMAGE_DISK,
			     .size_bytes = 340787200,
			     .disk_count = 2,
			     .disks = { { "qcow2", 500000, 10737418240, 0 },
					{ "raw", 1048576, 1048576, 3 } },
			     .first_boot = FIRST_BOOT_NOCLOUD | FIRST_BOOT_KNOWN_KEY };

	c.user = xstrdup("debian");
	c.architecture = xstrdup("amd64");
	digest_of(&letter, 1, c.digest);
	return c;
}

static void save(const struct content *c)
{
	cleanup_error struct error err = { 0 };

	if (content_save(home, c, &err) < 0)
		fail_msg("%s", err.text);
}

static char *file_of(const struct content *c)
{
	return xasprintf("%s/boxes/%s.json", home, c->digest);
}

static void put_file(const struct content *c, const char *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *path = file_of(c);

	assert_int_equal(fs_write(path, data, len, 0644, NULL, &err), 0);
}

static void assert_loads(const struct content *expected)
{
	cleanup_content struct content c = { 0 };
	cleanup_error struct error err = { 0 };

	if (content_load(home, expected->digest, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(c.digest, expected->digest);
	assert_int_equal(c.kind, expected->kind);
	assert_int_equal(c.size_bytes, expected->size_bytes);
	assert_int_equal(c.disk_count, expected->disk_count);
	for (size_t i = 0; i < c.disk_count; i++) {
		assert_string_equal(c.disks[i].format, expected->disks[i].format);
		assert_int_equal(c.disks[i].file_bytes, expected->disks[i].file_bytes);
		assert_int_equal(c.disks[i].disk_bytes, expected->disks[i].disk_bytes);
		assert_int_equal(c.disks[i].slot, expected->disks[i].slot);
	}
	assert_true(text_equal(c.user, expected->user));
	assert_true(text_equal(c.architecture, expected->architecture));
	assert_int_equal(c.first_boot, expected->first_boot);
}

static void assert_none(const char *digest)
{
	cleanup_error struct error err = { 0 };
	struct content c = { .size_bytes = 7 };

	assert_int_equal(content_load(home, digest, &c, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(c.size_bytes, 7);
	assert_null(c.user);
}

static void survives_the_file(void **state)
{
	cleanup_content struct content vm = disk('a'), rootfs = { .kind = IMAGE_ROOTFS };

	(void)state;
	digest_of("b", 1, rootfs.digest);
	assert_none(vm.digest);
	save(&vm);
	save(&rootfs);
	assert_loads(&vm);
	assert_loads(&rootfs);
	vm.disk_count = 1;
	vm.first_boot = FIRST_BOOT_CREDENTIALS;
	save(&vm);
	assert_loads(&vm);
}

static void odd_users_survive(void **state)
{
	static const char *const users[] = { "", "käse", "\xff\xfe", "a\nb\"\\", "\xc3" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		cleanup_content struct content c = disk('a');

		free(c.user);
		c.user = xstrdup(users[i]);
		save(&c);
		assert_loads(&c);
	}
}

static void truncated_files_are_none(void **state)
{
	cleanup_content struct content c = disk('a');
	cleanup_error struct error err = { 0 };
	cleanup_text struct text whole = { 0 };
	cleanup_free char *path = file_of(&c);

	(void)state;
	save(&c);
	assert_int_equal(fs_read(path, 1 << 20, &whole, &err), 0);
	/* The last byte is a newline. */
	for (size_t len = 0; len < whole.len - 1; len++) {
		put_file(&c, whole.ptr, len);
		assert_none(c.digest);
	}
	put_file(&c, whole.ptr, whole.len - 1);
	assert_loads(&c);
}

/* The saved file with the member at `path` ("disks/0/slot") set to that JSON text, or gone for NULL. */
static void put_changed(const struct content *c, const json_t *good, const char *path,
			const char *value)
{
	json_t *root = json_deep_copy(good), *at = root;
	cleanup_free char *copy = xstrdup(path), *dump = NULL;
	char *key = copy, *slash;

	for (; (slash = strchr(key, '/')); key = slash + 1) {
		*slash = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) :
					 json_object_get(at, key);
	}
	if (value)
		json_object_set_new(at, key, json_loads(value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(at, key);
	dump = json_dumps(root, 0);
	json_decref(root);
	put_file(c, dump, strlen(dump));
}

static void wrong_types_are_none(void **state)
{
	static const struct {
		const char *path, *values[12];
	} cases[] = {
		{ "version", { "null", "0", "2", "\"1\"", "1.0", "[]" } },
		{ "sha256", { "null", "7", "\"\"", "\"abc\"", "[]" } },
		{ "kind", { "null", "0", "\"Disk\"", "\"\"", "\"rootfs\"", "[]" } },
		{ "size", { "null", "-1", "1.5", "\"7\"", "[]", "1e300" } },
		{ "user",
		  { "7", "true", "[]", "{}", "{\"hex\":7}", "{\"hex\":\"0\"}", "{\"hex\":\"00\"}",
		    "{\"hex\":\"zz\"}", "{\"hex\":\"41\",\"x\":1}" } },
		{ "architecture", { "7", "[]", "{}", "false" } },
		{ "first_boot", { "null", "7", "{}", "\"nocloud\"", "[\"other\"]", "[7]" } },
		{ "disks", { "null", "[]", "{}", "7", "[7]", "[{}]", "[null,null]" } },
		{ "disks/0/format", { "null", "\"vmdk\"", "7" } },
		{ "disks/0/file_bytes", { "null", "0", "-1", "\"7\"" } },
		{ "disks/1/disk_bytes", { "null", "0", "-1", "1.5" } },
		{ "disks/1/slot", { "null", "-1", "8", "\"0\"" } },
	};
	cleanup_content struct content c = disk('a');
	cleanup_free char *path = file_of(&c);
	json_t *good;

	(void)state;
	save(&c);
	good = json_load_file(path, 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (const char *const *value = cases[i].values; *value; value++) {
			put_changed(&c, good, cases[i].path, *value);
			assert_none(c.digest);
		}
		if (strcmp(cases[i].path, "user") == 0 ||
		    strcmp(cases[i].path, "architecture") == 0)
			continue;
		put_changed(&c, good, cases[i].path, NULL);
		assert_none(c.digest);
	}
	put_changed(&c, good, "later", "[]");
	assert_loads(&c);
	json_decref(good);
}

static void too_many_disks_are_none(void **state)
{
	cleanup_content struct content c = disk('a');
	cleanup_free char *path = file_of(&c), *dump = NULL;
	json_t *root, *disks;

	(void)state;
	c.disk_count = 1;
	save(&c);
	root = json_load_file(path, 0, NULL);
	disks = json_object_get(root, "disks");
	while (json_array_size(disks) <= IMAGE_MAX_DISKS)
		json_array_append(disks, json_array_get(disks, 0));
	dump = json_dumps(root, 0);
	put_file(&c, dump, strlen(dump));
	json_decref(root);
	assert_none(c.digest);
}

static void other_things_in_its_place_are_none(void **state)
{
	cleanup_content struct content c = disk('a'), other = disk('b');
	cleanup_error struct error err = { 0 };
	cleanup_free char *path = file_of(&c), *from = file_of(&other);
	cleanup_free char *big = xcalloc(1, 300000);

	(void)state;
	save(&other);
	/* The file of another digest. */
	assert_int_equal(link(from, path), 0);
	assert_none(c.digest);
	memset(big, ' ', 300000);
	put_file(&c, big, 300000);
	assert_none(c.digest);
	assert_int_equal(fs_remove(path, &err), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_none(c.digest);
}

static void only_digests_are_names(void **state)
{
	static const char *const names[] = { "", "..", "../names/x", "abc" };
	cleanup_error struct error err = { 0 };
	cleanup_content struct content c = disk('a');

	(void)state;
	save(&c);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_none(names[i]);
		assert_int_equal(content_used_at(home, names[i]), 0);
		content_touch(home, names[i]);
		assert_int_equal(content_remove(home, names[i], &err), 0);
	}
	assert_loads(&c);
}

static void removing_twice_is_fine(void **state)
{
	cleanup_content struct content c = disk('a');
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(content_remove(home, c.digest, &err), 0);
	save(&c);
	assert_int_equal(content_remove(home, c.digest, &err), 0);
	assert_none(c.digest);
	assert_int_equal(content_used_at(home, c.digest), 0);
	assert_int_equal(content_remove(home, c.digest, &err), 0);
}

static void remembers_its_last_use(void **state)
{
	const struct timespec long_ago[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };
	cleanup_content struct content c = disk('a');
	cleanup_free char *path = file_of(&c);
	int64_t now = time(NULL);

	(void)state;
	assert_int_equal(content_used_at(home, c.digest), 0);
	content_touch(home, c.digest);
	assert_int_equal(content_used_at(home, c.digest), 0);
	save(&c);
	assert_true(content_used_at(home, c.digest) >= now - 1);
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	assert_int_equal(content_used_at(home, c.digest), 1000000);
	content_touch(home, c.digest);
	assert_true(content_used_at(home, c.digest) >= now - 1);
	assert_loads(&c);
}

static void lists_all_digests(void **state)
{
	cleanup_content struct content a = disk('a'), b = disk('b');
	cleanup_error struct error err = { 0 };
	cleanup_free char *stray = xasprintf("%s/boxes/%s.json.Ab12Cd", home, a.digest);
	cleanup_free char *note = xasprintf("%s/boxes/README.json", home);
	char **list;
	size_t count;

	(void)state;
	assert_int_equal(content_list(home, &list, &count, &err), 0);
	assert_int_equal(count, 0);
	free(list);
	save(&a);
	save(&b);
	put_file(&b, "{", 1);
	assert_int_equal(fs_write(stray, "", 0, 0644, NULL, &err), 0);
	assert_int_equal(fs_write(note, "", 0, 0644, NULL, &err), 0);
	assert_int_equal(content_list(home, &list, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_true(strcmp(list[0], list[1]) < 0);
	for (size_t i = 0; i < count; i++) {
		assert_true(strcmp(list[i], a.digest) == 0 || strcmp(list[i], b.digest) == 0);
		free(list[i]);
	}
	free(list);
}

static void trouble_with_the_folder_is_an_error(void **state)
{
	cleanup_content struct content c = disk('a');
	cleanup_error struct error err = { 0 };
	cleanup_free char *folder = fs_join(home, "boxes");
	char **list;
	size_t count;

	(void)state;
	assert_int_equal(fs_write(folder, "", 0, 0644, NULL, &err), 0);
	assert_int_equal(content_list(home, &list, &count, &err), -1);
	assert_non_null(strstr(err.text, folder));
	assert_int_equal(content_save(home, &c, &err), -1);
	assert_non_null(strstr(err.text, folder));
	assert_none(c.digest);
	assert_int_equal(content_remove(home, c.digest, &err), 0);
}

static void makes_an_image(void **state)
{
	cleanup_content struct content vm = disk('a'), rootfs = { .kind = IMAGE_ROOTFS };
	struct image image;

	(void)state;
	content_image(&vm, "debian/12", &image);
	assert_int_equal(image.kind, IMAGE_DISK);
	assert_string_equal(image.digest, vm.digest);
	assert_string_equal(image.name, "debian/12");
	assert_int_equal(image.disk_count, vm.disk_count);
	assert_string_equal(image.disks[0].format, "qcow2");
	assert_int_equal(image.disks[0].file_bytes, 500000);
	assert_int_equal(image.disks[0].disk_bytes, 10737418240);
	assert_string_equal(image.user, "debian");
	assert_int_equal(image.first_boot, vm.first_boot);
	free(take_ptr(vm.user));
	content_image(&vm, "debian/12", &image);
	assert_string_equal(image.user, "vagrant");
	content_image(&rootfs, "r", &image);
	assert_int_equal(image.kind, IMAGE_ROOTFS);
	assert_int_equal(image.disk_count, 0);
	assert_null(image.rootfs);
	assert_string_equal(image.user, "root");
	assert_int_equal(image.first_boot, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(survives_the_file),
		CASE(odd_users_survive),
		CASE(truncated_files_are_none),
		CASE(wrong_types_are_none),
		CASE(too_many_disks_are_none),
		CASE(other_things_in_its_place_are_none),
		CASE(only_digests_are_names),
		CASE(removing_twice_is_fine),
		CASE(remembers_its_last_use),
		CASE(lists_all_digests),
		CASE(trouble_with_the_folder_is_an_error),
		CASE(makes_an_image),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
