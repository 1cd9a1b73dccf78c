/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes by name: any name through the store, damaged files, and which one is the newest that will do. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "boxes/entry.h"
#include "core/fs.h"

static char home[64];

static int setup(void **state)
{
	(void)state;
	snprintf(home, sizeof(home), "/tmp/bothy-entry-XXXXXX");
	return mkdtemp(home) ? 0 : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(home, &err);
}

/* Borrows its strings, unlike one that was loaded. */
static struct entry make(const char *name, const char *version, const char *provider,
			 const char *architecture)
{
	struct entry e = { .size_bytes = 340787200, .added_at = 1700000000 };

	e.name = (char *)(uintptr_t)name;
	e.version = (char *)(uintptr_t)version;
	e.provider = (char *)(uintptr_t)provider;
	e.architecture = (char *)(uintptr_t)architecture;
	e.url = (char *)(uintptr_t) "https://boxes.example.org/a.box";
	digest_of(name, strlen(name), e.digest);
	return e;
}

static void save(const struct entry *e)
{
	cleanup_error struct error err = { 0 };

	if (entry_save(home, e, &err) < 0)
		fail_msg("%s", err.text);
}

static void load(struct entries *out)
{
	cleanup_error struct error err = { 0 };

	if (entries_load(home, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_same(const struct entry *a, const struct entry *b)
{
	assert_string_equal(a->name, b->name);
	assert_true(text_equal(a->version, b->version));
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->architecture, b->architecture);
	assert_string_equal(a->digest, b->digest);
	assert_true(text_equal(a->url, b->url));
	assert_true(text_equal(a->catalog_url, b->catalog_url));
	assert_int_equal(a->size_bytes, b->size_bytes);
	assert_int_equal(a->added_at, b->added_at);
}

static void assert_count(size_t count)
{
	cleanup_entries struct entries all = { 0 };

	load(&all);
	assert_int_equal(all.count, count);
}

/* The path of the only file below names/. */
static char *only_file(void)
{
	cleanup_free char *folder = fs_join(home, "names");
	DIR *dir = opendir(folder);
	const struct dirent *file;
	char *path = NULL;

	assert_non_null(dir);
	while ((file = readdir(dir))) {
		if (file->d_name[0] == '.')
			continue;
		assert_null(path);
		/* With what is appended to it while it is written. */
		assert_true(strlen(file->d_name) + strlen(".XXXXXX") <= 255);
		path = fs_join(folder, file->d_name);
	}
	closedir(dir);
	assert_non_null(path);
	return path;
}

static void nothing_is_an_empty_list(void **state)
{
	(void)state;
	assert_count(0);
}

static void any_name_survives(void **state)
{
	char long_name[4001] = "/";
	const char *const names[] = {
		"debian/12",
		"user/box%2F..%2f",
		"../../etc/passwd",
		"..",
		"/",
		"",
		"a\nb\tc",
		"käse/ünïcode/箱",
		"/srv/\xff\xfe/latin-\xe4.box",
		"\xed\xa0\x80",
		"\xc3",
		"{\"hex\":\"41\"}",
		long_name,
	};

	(void)state;
	memset(long_name + 1, 'x', sizeof(long_name) - 2);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct entry e = make(names[i], names[i], names[i], names[i]);
		cleanup_entries struct entries all = { 0 };
		cleanup_error struct error err = { 0 };

		e.url = e.catalog_url = e.name;
		save(&e);
		free(only_file());
		load(&all);
		assert_int_equal(all.count, 1);
		assert_same(&all.at[0], &e);
		assert_int_equal(entry_remove(home, &all.at[0], &err), 0);
		assert_count(0);
	}
}

static void what_is_not_known_survives(void **state)
{
	struct entry e = make("debian/12", NULL, "kvm", "amd64");
	cleanup_entries struct entries all = { 0 };

	(void)state;
	e.url = e.catalog_url = NULL;
	e.size_bytes = 0;
	save(&e);
	load(&all);
	assert_int_equal(all.count, 1);
	assert_same(&all.at[0], &e);
}

static void the_same_is_replaced(void **state)
{
	struct entry e = make("debian/12", "1.0", "kvm", "amd64");
	cleanup_entries struct entries all = { 0 };

	(void)state;
	save(&e);
	digest_of("other", 5, e.digest);
	e.size_bytes = 7;
	save(&e);
	load(&all);
	assert_int_equal(all.count, 1);
	assert_same(&all.at[0], &e);
}

static void parts_of_the_key_do_not_run_together(void **state)
{
	const struct entry list[] = {
		make("a", "bc", "kvm", "amd64"), make("ab", "c", "kvm", "amd64"),
		make("ab", NULL, "ckvm", "a"),   make("a", "", "kvm", "amd64"),
		make("a", NULL, "kvm", "amd64"), make("a", "bc", "kvm", "arm64"),
		make("a", "bc", "kv", "mamd64"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		save(&list[i]);
	assert_count(ARRAY_SIZE(list));
}

static void removing_twice_is_fine(void **state)
{
	struct entry a = make("a", "1", "kvm", "amd64"), b = make("a", "2", "kvm", "amd64");
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(entry_remove(home, &a, &err), 0);
	save(&a);
	save(&b);
	assert_int_equal(entry_remove(home, &a, &err), 0);
	assert_count(1);
	assert_int_equal(entry_remove(home, &a, &err), 0);
	assert_count(1);
}

static void damaged_files_are_passed_over(void **state)
{
	struct entry e = make("debian/12", "1.0", "kvm", "amd64");
	cleanup_error struct error err = { 0 };
	cleanup_text struct text whole = { 0 };
	cleanup_free char *path = NULL;

	(void)state;
	save(&e);
	path = only_file();
	assert_int_equal(fs_read(path, 1 << 20, &whole, &err), 0);
	for (size_t len = 0; len < whole.len - 1; len++) {
		assert_int_equal(fs_write(path, whole.ptr, len, 0644, NULL, &err), 0);
		assert_count(0);
	}
	/* One damaged file hides no other one, and is replaced by a whole one. */
	struct entry other = make("debian/11", "1.0", "kvm", "amd64");

	save(&other);
	assert_count(1);
	save(&e);
	assert_count(2);
}

static void wrong_types_are_passed_over(void **state)
{
	static const struct {
		const char *key, *values[10];
	} cases[] = {
		{ "name", { "null", "7", "[]", "{}", "\"debian/11\"", "{\"hex\":\"00\"}" } },
		{ "version", { "null", "1.0", "[]", "\"1.1\"", "{}" } },
		{ "provider", { "null", "7", "\"container\"" } },
		{ "architecture", { "null", "7", "\"arm64\"" } },
		{ "sha256", { "null", "7", "\"\"", "\"ABC\"" } },
		{ "url", { "7", "[]", "true" } },
		{ "catalog_url", { "7", "[]", "true" } },
		{ "size", { "null", "-1", "1.5", "\"7\"" } },
		{ "added_at", { "null", "-1", "1.5", "\"7\"" } },
	};
	struct entry e = make("debian/12", "1.0", "kvm", "amd64");
	cleanup_free char *path = NULL;
	json_t *good;

	(void)state;
	save(&e);
	path = only_file();
	good = json_load_file(path, 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (const char *const *value = cases[i].values; *value; value++) {
			json_t *root = json_deep_copy(good);

			json_object_set_new(root, cases[i].key,
					    json_loads(*value, JSON_DECODE_ANY, NULL));
			assert_int_equal(json_dump_file(root, path, 0), 0);
			json_decref(root);
			assert_count(0);
		}
	}
	assert_int_equal(json_dump_file(good, path, 0), 0);
	assert_count(1);
	json_decref(good);
}

static void strays_are_passed_over(void **state)
{
	struct entry e = make("debian/12", "1.0", "kvm", "amd64");
	cleanup_free char *path = NULL, *temp = NULL, *folder = NULL;
	char hex[DIGEST_HEX_BYTES];

	(void)state;
	save(&e);
	path = only_file();
	/* What a killed process leaves, and a copy under another name. */
	temp = xasprintf("%s.Ab12Cd", path);
	assert_int_equal(link(path, temp), 0);
	digest_of("x", 1, hex);
	folder = xasprintf("%s/names/%s.json", home, hex);
	assert_int_equal(link(path, folder), 0);
	assert_count(1);
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_count(1);
}

static void trouble_with_the_folder_is_an_error(void **state)
{
	struct entry e = make("debian/12", "1.0", "kvm", "amd64");
	cleanup_error struct error err = { 0 };
	cleanup_free char *folder = fs_join(home, "names");
	struct entries all = { 0 };

	(void)state;
	assert_int_equal(fs_write(folder, "", 0, 0644, NULL, &err), 0);
	assert_int_equal(entries_load(home, &all, &err), -1);
	assert_non_null(strstr(err.text, folder));
	assert_null(all.at);
	assert_int_equal(entry_save(home, &e, &err), -1);
	assert_non_null(strstr(err.text, folder));
}

static void sorted_with_the_newest_first(void **state)
{
	const struct entry expected[] = {
		make("a", "10.0", "kvm", "amd64"),    make("a", "9.0", "container", "amd64"),
		make("a", "9.0", "kvm", "amd64"),     make("a", "9.0", "kvm", "arm64"),
		make("a", "9.0.rc1", "kvm", "amd64"), make("a", "nightly", "kvm", "amd64"),
		make("a", NULL, "kvm", "amd64"),      make("b", "1", "kvm", "amd64"),
	};
	cleanup_entries struct entries all = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		save(&expected[(i * 3) % ARRAY_SIZE(expected)]);
	load(&all);
	assert_int_equal(all.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < all.count; i++)
		assert_same(&all.at[i], &expected[i]);
}

/* What is wanted → the version that is found, "-" for none, "none" for one without a version. */
static void finds_the_newest_that_will_do(void **state)
{
	static const struct {
		const char *name, *version, *provider, *architecture, *found;
	} cases[] = {
		{ "d", NULL, "kvm", "amd64", "12.2" },
		{ "d", "", "kvm", "amd64", "12.2" },
		{ "d", "~> 11.0", "kvm", "amd64", "11.9" },
		{ "d", ">= 11, < 12", "kvm", "amd64", "11.9" },
		{ "d", "11.1", "kvm", "amd64", "11.1" },
		{ "d", "> 12.2", "kvm", "amd64", "-" },
		{ "d", ">= 0", "kvm", "arm64", "13" },
		{ "d", NULL, "container", "amd64", "none" },
		{ "d", "1", "container", "amd64", "-" },
		{ "d", NULL, NULL, "amd64", "12.2" },
		{ "d", NULL, "", "amd64", "12.2" },
		{ "d", NULL, "fake", "amd64", "-" },
		{ "D", NULL, "kvm", "amd64", "-" },
		{ "e", NULL, "kvm", "riscv64", "-" },
		{ "e", NULL, "kvm", NULL, "1" },
		{ NULL, ">= 12", NULL, "arm64", "13" },
	};
	const struct entry list[] = {
		make("d", "11.1", "kvm", "amd64"),
		make("d", "11.9", "kvm", "amd64"),
		make("d", "12.2", "kvm", "amd64"),
		make("d", "13", "kvm", "arm64"),
		make("d", NULL, "container", "amd64"),
		make("e", "1", "kvm", offer_host_architecture()),
		make("e", "2", "kvm", "other"),
	};
	cleanup_entries struct entries all = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		save(&list[i]);
	load(&all);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct box_want want = { .name = cases[i].name,
					 .version = cases[i].version,
					 .provider = cases[i].provider,
					 .architecture = cases[i].architecture };
		cleanup_error struct error err = { 0 };
		const struct entry *found = NULL;

		assert_int_equal(entries_find(&all, &want, &found, &err), 0);
		assert_string_equal(!found         ? "-" :
				    found->version ? found->version :
						     "none",
				    cases[i].found);
	}
}

static void a_bad_constraint_is_an_error(void **state)
{
	struct entries all = { 0 };
	struct box_want want = { .name = "d", .version = "=> 12" };
	cleanup_error struct error err = { 0 };
	const struct entry *found;

	(void)state;
	assert_int_equal(entries_find(&all, &want, &found, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "=> 12"));
}

static void a_checksum_has_to_fit(void **state)
{
	struct entry one = make("d", "1", "kvm", "amd64"), two = make("d", "2", "kvm", "amd64");
	struct box_want want = { .name = "d", .architecture = "amd64" };
	cleanup_entries struct entries all = { 0 };
	cleanup_error struct error err = { 0 };
	const struct entry *found;

	(void)state;
	digest_of("one", 3, one.digest);
	save(&one);
	save(&two);
	load(&all);
	assert_int_equal(checksum_of_type("sha256", one.digest, &want.checksum, &err), 0);
	assert_int_equal(entries_find(&all, &want, &found, &err), 0);
	assert_string_equal(found->version, "1");
	want.version = "2";
	assert_int_equal(entries_find(&all, &want, &found, &err), 0);
	assert_null(found);
	want.version = NULL;
	assert_int_equal(
		checksum_parse("md5:d41d8cd98f00b204e9800998ecf8427e", &want.checksum, &err), 0);
	assert_int_equal(entries_find(&all, &want, &found, &err), 0);
	assert_null(found);
}

static void counts_names_of_a_digest(void **state)
{
	struct entry a = make("a", "1", "kvm", "amd64"), b = make("b", "1", "kvm", "amd64");
	cleanup_entries struct entries all = { 0 };

	(void)state;
	memcpy(b.digest, a.digest, sizeof(b.digest));
	save(&a);
	save(&b);
	load(&all);
	assert_int_equal(entries_count_digest(&all, a.digest), 2);
	assert_int_equal(entries_count_digest(&all, "x"), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_an_empty_list),
		CASE(any_name_survives),
		CASE(what_is_not_known_survives),
		CASE(the_same_is_replaced),
		CASE(parts_of_the_key_do_not_run_together),
		CASE(removing_twice_is_fine),
		CASE(damaged_files_are_passed_over),
		CASE(wrong_types_are_passed_over),
		CASE(strays_are_passed_over),
		CASE(trouble_with_the_folder_is_an_error),
		CASE(sorted_with_the_newest_first),
		CASE(finds_the_newest_that_will_do),
		CASE(a_bad_constraint_is_an_error),
		CASE(a_checksum_has_to_fit),
		CASE(counts_names_of_a_digest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
