/* SPDX-License-Identifier: Apache-2.0 */
/* bothy.lock: through its file and back, and mistakes with their line. */
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

#include "boxes/lockfile.h"
#include "tests/unit/lock_folder.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BOX_START "{\"box\":\"debian/12\",\"provider\":\"kvm\",\"architecture\":\"amd64\","
#define BOX_END "\"size\":7,\"sha256\":\"" HEX_A "\",\"urls\":[\"https://e.org/a\"]}"
#define BOX BOX_START "\"version\":\"1\"," BOX_END
#define FILE_LINE "{\"file\":\"app.sh\",\"sha256\":\"" HEX_B "\"}"

static void put_text(const char *file, const char *data)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(file, data, strlen(data), 0644, NULL, &err), 0);
}

static void assert_file(const char *expected)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text content = { 0 };

	assert_int_equal(fs_read(path, 1 << 20, &content, &err), 0);
	assert_string_equal(text_str(&content), expected);
}

static void load(struct lockfile *out)
{
	cleanup_error struct error err = { 0 };

	if (lockfile_load(path, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void save(const struct lockfile *l)
{
	cleanup_error struct error err = { 0 };

	if (lockfile_save(l, path, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static char *word(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* "url" may be NULL. */
static void put_box(struct lockfile *l, const char *name, const char *version, const char *digest,
		    const char *url)
{
	char *urls[] = { word(url) };
	struct lock_box b = { .name = word(name),
			      .provider = word("kvm"),
			      .architecture = word("amd64"),
			      .version = word(version),
			      .size_bytes = 7,
			      .urls = urls,
			      .url_count = url ? 1 : 0 };

	memcpy(b.digest, digest, DIGEST_HEX_BYTES);
	lockfile_put_box(l, &b);
}

static const struct lock_box *find(const struct lockfile *l, const char *name, const char *provider,
				   const char *architecture, const char *wanted)
{
	struct lock_box like = { .name = word(name),
				 .provider = word(provider),
				 .architecture = word(architecture),
				 .wanted = word(wanted) };

	return lockfile_box(l, &like);
}

static void no_file_is_an_empty_lock(void **state)
{
	cleanup_lockfile struct lockfile l = { 0 };

	(void)state;
	load(&l);
	assert_int_equal(l.box_count + l.file_count, 0);
	save(&l);
	assert_false(fs_exists(path));
	put_text(path, FILE_LINE "\n");
	save(&l);
	assert_file("");
	load(&l);
	assert_int_equal(l.box_count + l.file_count, 0);
}

static void has_the_form_that_is_promised(void **state)
{
	cleanup_lockfile struct lockfile l = { 0 }, again = { 0 };

	(void)state;
	lockfile_put_file(&l, "app.sh", HEX_B);
	put_box(&l, "debian/12", "1", HEX_A, "https://e.org/a");
	put_box(&l, "alpine/3.22", NULL, HEX_B, NULL);
	save(&l);
	assert_file("{\"box\":\"alpine/3.22\",\"provider\":\"kvm\",\"architecture\":\"amd64\","
		    "\"size\":7,\"sha256\":\"" HEX_B "\",\"urls\":[]}\n" BOX "\n" FILE_LINE "\n");
	load(&again);
	assert_int_equal(again.box_count, 2);
	assert_null(again.boxes[0].version);
	assert_string_equal(again.boxes[1].version, "1");
	assert_int_equal(again.boxes[1].size_bytes, 7);
	assert_string_equal(again.boxes[1].digest, HEX_A);
	assert_int_equal(again.boxes[1].url_count, 1);
	assert_string_equal(again.boxes[1].urls[0], "https://e.org/a");
	assert_string_equal(lockfile_file(&again, "app.sh")->digest, HEX_B);
	assert_null(lockfile_file(&again, "app"));
}

static void any_name_survives(void **state)
{
	static const char *const names[] = { "./käse box.qcow2", "箱",       "a\nb\"\\\t",
					     "\xff\xfe",         "x\x1b[0m", "{\"hex\":\"41\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_lockfile struct lockfile l = { 0 }, again = { 0 };

		put_box(&l, names[i], names[i], HEX_A, names[i]);
		lockfile_put_file(&l, names[i], HEX_B);
		save(&l);
		load(&again);
		assert_non_null(find(&again, names[i], "kvm", "amd64", NULL));
		assert_string_equal(again.boxes[0].version, names[i]);
		assert_string_equal(again.boxes[0].urls[0], names[i]);
		assert_non_null(lockfile_file(&again, names[i]));
	}
}

static void the_same_bytes_are_not_written_again(void **state)
{
	cleanup_lockfile struct lockfile l = { 0 };
	struct stat before, after;

	(void)state;
	put_box(&l, "a", "1", HEX_A, NULL);
	save(&l);
	assert_int_equal(stat(path, &before), 0);
	save(&l);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	put_box(&l, "a", "2", HEX_A, NULL);
	save(&l);
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0644);
}

static void loose_files_are_tidied(void **state)
{
	static const char *const files[] = {
		FILE_LINE "\n" BOX "\n",
		BOX "\r\n" FILE_LINE "\r\n",
		BOX "\n" FILE_LINE,
		"\n\n" BOX "\n \t\r\n" FILE_LINE "  \n\n",
		"{\"sha256\" : \"" HEX_B "\", \"file\": \"app.sh\"}\n  " BOX "\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_lockfile struct lockfile l = { 0 };

		put_text(path, files[i]);
		load(&l);
		save(&l);
		assert_file(BOX "\n" FILE_LINE "\n");
	}
}

static void mistakes_have_their_line(void **state)
{
	static const struct {
		const char *text, *error; /* behind the path */
	} cases[] = {
		{ "{", ":1: not a JSON object: it goes wrong in column 1" },
		{ BOX "\n\n[]\n", ":3: not a JSON object" },
		{ BOX "\n7\n", ":2: not a JSON object: it goes wrong in column 1" },
		{ "{}", ":1: neither \"box\" nor \"file\" is in it" },
		{ "{\"file\":\"a\",\"file\":\"b\"}",
		  ":1: not a JSON object: a member is there twice in column 18" },
		{ FILE_LINE "\n<<<<<<< HEAD\n", ":2: a conflict of a merge is left here" },
		{ "=======\n", ":1: a conflict of a merge is left here" },
		{ FILE_LINE "\r\n||||||| 1234567\r\n", ":2: a conflict of a merge is left here" },
		{ BOX "\n" FILE_LINE "\n>>>>>>> other\n",
		  ":3: a conflict of a merge is left here" },
		{ BOX "\n" FILE_LINE "\n" BOX "\n", ":3: the same box is in line 1 already" },
		{ FILE_LINE "\n" BOX "\n\n" FILE_LINE, ":4: the same file is in line 1 already" },
		{ "{\"file\":\"a\"}", ":1: \"sha256\" is missing" },
		{ "{\"file\":\"\",\"sha256\":\"" HEX_A "\"}",
		  ":1: \"file\": expected a string that is not empty" },
		{ "{\"file\":\"a\",\"sha256\":\"ABC\"}",
		  ":1: \"sha256\": expected 64 lower-case hexadecimal digits" },
		{ "{\"file\":\"a\",\"box\":\"b\",\"sha256\":\"" HEX_A "\"}",
		  ":1: unknown: \"file\"" },
		{ "{\"file\":\"a\",\"mode\":1,\"\\u001b\":2,\"sha256\":\"" HEX_A "\"}",
		  ":1: unknown: \"mode\", \"?\"" },
		{ BOX_START "\"version\":null," BOX_END,
		  ":1: \"version\": expected a string that is not empty" },
		{ BOX_START "\"version\":1," BOX_END,
		  ":1: \"version\": expected a string that is not empty" },
		{ "{\"box\":7," BOX_END, ":1: \"box\": expected a string that is not empty" },
		{ "{\"box\":\"a\"," BOX_END, ":1: \"provider\" is missing" },
		{ "{\"box\":\"a\",\"provider\":\"kvm\"," BOX_END,
		  ":1: \"architecture\" is missing" },
		{ BOX_START "\"sha256\":\"" HEX_A "\",\"urls\":[]}", ":1: \"size\" is missing" },
		{ BOX_START "\"size\":-1,\"sha256\":\"" HEX_A "\",\"urls\":[]}",
		  ":1: \"size\": expected a number of bytes" },
		{ BOX_START "\"size\":1.5,\"sha256\":\"" HEX_A "\",\"urls\":[]}",
		  ":1: \"size\": expected a number of bytes" },
		{ BOX_START "\"size\":7,\"sha256\":\"" HEX_A "\"}", ":1: \"urls\" is missing" },
		{ BOX_START "\"size\":7,\"sha256\":\"" HEX_A "\",\"urls\":\"u\"}",
		  ":1: \"urls\": expected a list of strings" },
		{ BOX_START "\"size\":7,\"sha256\":\"" HEX_A "\",\"urls\":[\"u\",7]}",
		  ":1: \"urls\": expected a list of strings that are not empty" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *expected = xasprintf("%s%s", path, cases[i].error);
		cleanup_error struct error err = { 0 };
		struct lockfile l = { .box_count = 7 };

		put_text(path, cases[i].text);
		assert_int_equal(lockfile_load(path, &l, &err), -1);
		assert_int_equal(err.kind, ERROR_BOX);
		assert_string_equal(err.text, expected);
		assert_int_equal(l.box_count, 7);
	}
}

static void truncated_files_are_errors_or_shorter(void **state)
{
	static const char whole[] = BOX "\n" FILE_LINE "\n";

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		cleanup_free char *start = xstrndup(whole, len);
		cleanup_lockfile struct lockfile l = { 0 };
		cleanup_error struct error err = { 0 };
		bool is_line = !len || len == strlen(BOX) || len == strlen(BOX) + 1 ||
			       len == strlen(whole) - 1;

		put_text(path, start);
		assert_int_equal(lockfile_load(path, &l, &err), is_line ? 0 : -1);
		if (!is_line)
			assert_non_null(
				strstr(err.text, len < strlen(BOX) ? "lock:1: " : "lock:2: "));
	}
}

static void zero_bytes_are_errors(void **state)
{
	cleanup_error struct error err = { 0 };
	struct lockfile l;

	(void)state;
	assert_int_equal(fs_write(path, "\n\0\n", 3, 0644, NULL, &err), 0);
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.text, "lock:2: "));
}

static void trouble_with_reading_is_an_error(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_lockfile struct lockfile l = { 0 };

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.text, path));
	put_box(&l, "a", "1", HEX_A, NULL);
	assert_int_equal(lockfile_save(&l, path, NULL, &err), -1);
	assert_non_null(strstr(err.text, path));
}

static void a_hint_says_what_to_do(void **state)
{
	cleanup_error struct error err = { 0 };
	struct lockfile l;

	(void)state;
	put_text(path, "<<<<<<< HEAD\n");
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(err.hint);
	put_text(path, "[1]\n");
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.hint, "bothy lock"));
	put_text(path, "{\"box\":\n");
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.hint, "bothy lock"));
	put_text(path, BOX "\n" BOX "\n");
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.hint, "bothy lock"));
}

static void urls_added_by_hand_are_kept(void **state)
{
	cleanup_lockfile struct lockfile l = { 0 };
	const struct lock_box *b;

	(void)state;
	put_box(&l, "a", "1", HEX_A, "https://one");
	put_box(&l, "a", "1", HEX_A, "https://mirror");
	put_box(&l, "a", "2", HEX_A, "https://one");
	assert_int_equal(l.box_count, 1);
	b = find(&l, "a", "kvm", "amd64", NULL);
	assert_string_equal(b->version, "2");
	assert_int_equal(b->url_count, 2);
	assert_string_equal(b->urls[0], "https://one");
	assert_string_equal(b->urls[1], "https://mirror");
	/* Putting in what is there already changes nothing. */
	lockfile_put_box(&l, b);
	b = find(&l, "a", "kvm", "amd64", NULL);
	assert_int_equal(b->url_count, 2);
	put_box(&l, "a", "2", HEX_B, "https://two");
	b = find(&l, "a", "kvm", "amd64", NULL);
	assert_int_equal(b->url_count, 1);
	assert_string_equal(b->urls[0], "https://two");
}

static void items_are_told_apart(void **state)
{
	cleanup_lockfile struct lockfile l = { 0 };
	struct lock_box b;

	(void)state;
	put_box(&l, "a", "1", HEX_A, NULL);
	b = l.boxes[0];
	b.provider = word("container");
	lockfile_put_box(&l, &b);
	b.architecture = word("arm64");
	lockfile_put_box(&l, &b);
	put_box(&l, "b", "1", HEX_A, NULL);
	assert_int_equal(l.box_count, 4);
	assert_non_null(find(&l, "a", "container", "arm64", NULL));
	assert_null(find(&l, "a", "kvm", "arm64", NULL));
	lockfile_put_file(&l, "x", HEX_A);
	lockfile_put_file(&l, "y", HEX_A);
	lockfile_put_file(&l, "z", HEX_A);
	lockfile_put_file(&l, "y", HEX_B);
	assert_int_equal(l.file_count, 3);
	assert_string_equal(lockfile_file(&l, "y")->digest, HEX_B);
	lockfile_drop_box(&l, 1);
	assert_int_equal(l.box_count, 3);
	assert_string_equal(l.boxes[1].architecture, "arm64");
	lockfile_drop_box(&l, 2);
	lockfile_drop_box(&l, 0);
	assert_int_equal(l.box_count, 1);
	assert_string_equal(l.boxes[0].architecture, "arm64");
	lockfile_drop_file(&l, l.files[0].path);
	lockfile_drop_file(&l, "x");
	assert_int_equal(l.file_count, 2);
	assert_null(lockfile_file(&l, "x"));
	assert_non_null(lockfile_file(&l, "z"));
}

/* Machines may ask for several versions of a box. */
static void each_constraint_has_a_line(void **state)
{
	static const char *const wants[] = { "< 2", ">= 1, < 3", NULL };
	cleanup_lockfile struct lockfile l = { 0 }, again = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	put_box(&l, "a", "3", HEX_B, "https://three");
	for (size_t i = 0; i < 2; i++) {
		struct lock_box b = l.boxes[0];

		b.wanted = word(wants[i]);
		b.version = word(i ? "2" : "1");
		memcpy(b.digest, HEX_A, sizeof(b.digest));
		lockfile_put_box(&l, &b);
	}
	save(&l);
	load(&again);
	assert_int_equal(again.box_count, 3);
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		const struct lock_box *b = find(&again, "a", "kvm", "amd64", wants[i]);

		assert_int_equal(b->version[0], '1' + (int)i);
		assert_true(lock_box_is_kin(b, &l.boxes[0]));
	}
	assert_null(find(&again, "a", "kvm", "amd64", "< 3"));
	put_text(path, BOX_START "\"wanted\":\"< 2\"," BOX_END "\n" BOX_START
				 "\"wanted\":\"< 2\"," BOX_END);
	lockfile_clear(&again);
	assert_int_equal(lockfile_load(path, &again, &err), -1);
	assert_non_null(strstr(err.text, "lock:2: the same box is in line 1 already"));
}

static void assert_differences(const struct lockfile *before, const struct lockfile *after,
			       const char *expected)
{
	cleanup(problems_clear) struct problems found = { 0 };
	cleanup_text struct text actual = { 0 };
	size_t count = lockfile_differences(before, after, &found);

	assert_int_equal(count, found.count);
	for (size_t i = 0; i < found.count; i++)
		text_addf(&actual, "%s\n", found.at[i].text);
	assert_string_equal(text_str(&actual), expected);
}

static void differences_are_told(void **state)
{
	cleanup_lockfile struct lockfile before = { 0 }, after = { 0 };

	(void)state;
	put_box(&before, "same", "1", HEX_A, "u");
	put_box(&after, "same", "1", HEX_A, "u");
	assert_differences(&before, &after, "");
	put_box(&before, "old", "1", HEX_A, "u");
	put_box(&after, "new", "1", HEX_A, "u");
	put_box(&before, "changed", "1", HEX_A, "u");
	put_box(&after, "changed", "2", HEX_B, "v");
	after.boxes[2].size_bytes = 8;
	put_box(&before, "moved", NULL, HEX_A, "u");
	put_box(&after, "moved", NULL, HEX_A, "v");
	put_box(&before, "named", NULL, HEX_A, "u");
	put_box(&after, "named", "1", HEX_A, "u");
	lockfile_put_file(&before, "app.sh", HEX_A);
	lockfile_put_file(&after, "app.sh", HEX_B);
	lockfile_put_file(&before, "gone\x1b", HEX_A);
	lockfile_put_file(&after, "db.sh", HEX_A);
	assert_differences(&before, &after,
			   "box new (kvm, amd64): not locked yet\n"
			   "box changed (kvm, amd64): version 1 → 2, sha256 aaaaaaaaaaaa → "
			   "bbbbbbbbbbbb, size 7 → 8, other URLs\n"
			   "box moved (kvm, amd64): other URLs\n"
			   "box named (kvm, amd64): version none → 1\n"
			   "file app.sh: has changed\n"
			   "file db.sh: not locked yet\n"
			   "box old (kvm, amd64): no longer used\n"
			   "file gone?: no longer used\n");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(no_file_is_an_empty_lock),
		CASE(has_the_form_that_is_promised),
		CASE(any_name_survives),
		CASE(the_same_bytes_are_not_written_again),
		CASE(loose_files_are_tidied),
		CASE(mistakes_have_their_line),
		CASE(truncated_files_are_errors_or_shorter),
		CASE(zero_bytes_are_errors),
		CASE(trouble_with_reading_is_an_error),
		CASE(a_hint_says_what_to_do),
		CASE(urls_added_by_hand_are_kept),
		CASE(items_are_told_apart),
		CASE(each_constraint_has_a_line),
		CASE(differences_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lockfile", tests, NULL, NULL);
}
