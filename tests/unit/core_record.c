/* SPDX-License-Identifier: Apache-2.0 */
/* What ran in a machine: through the file, from damaged files, and under names that changed. */
#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/text.h"

#define MOST 4

static char directory[64], *path;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-record-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	path = fs_join(directory, "provision.json");
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(path);
	return fs_remove(directory, &err);
}

/* Provisioners of one letter each: 'a' does another thing than 'b'; named as normalize would. */
struct list {
	struct provisioner at[MOST];
	char names[MOST][16];
	struct provisioners all;
};

static void make_list(struct list *l, const char *letters)
{
	*l = (struct list){ .all = { .at = l->at, .count = strlen(letters) } };
	for (size_t i = 0; letters[i]; i++) {
		snprintf(l->names[i], sizeof(l->names[i]), "shell-%zu", i + 1);
		l->at[i].name = l->names[i];
		digest_of(&letters[i], 1, l->at[i].digest);
	}
}

/* One letter a provisioner: y ran, n failed, c changed since, - has not run. */
static void assert_due(const struct record *r, const char *letters, const char *expected)
{
	char actual[MOST + 1] = "";
	struct list l;

	make_list(&l, letters);
	for (size_t i = 0; i < l.all.count; i++) {
		const struct record_entry *e = record_find(r, &l.all, &l.at[i]);

		actual[i] = !e                                     ? '-' :
			    strcmp(e->digest, l.at[i].digest) != 0 ? 'c' :
			    e->ok                                  ? 'y' :
								     'n';
	}
	assert_string_equal(actual, expected);
}

static void run(struct record *r, const char *letters, size_t which, bool ok)
{
	struct list l;

	make_list(&l, letters);
	record_set(r, &l.all, &l.at[which], l.at[which].digest, ok);
}

static void survives_the_file(void **state)
{
	cleanup_record struct record r = { 0 }, again = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	record_load(path, &r);
	assert_null(r.machine_id);
	record_for_machine(&r, "id-1");
	run(&r, "ab", 0, true);
	run(&r, "ab", 1, false);
	assert_int_equal(record_save(&r, path, NULL, &err), 0);
	record_load(path, &again);
	assert_string_equal(again.machine_id, "id-1");
	assert_due(&again, "ab", "yn");
	run(&again, "ab", 1, true);
	assert_due(&again, "ab", "yy");
	assert_int_equal(again.count, 2);
}

static void readiness_goes_with_a_start(void **state)
{
	cleanup_record struct record r = { 0 }, again = { 0 }, none = { 0 };
	cleanup_error struct error err = { 0 };
	char digest[DIGEST_HEX_BYTES];

	(void)state;
	digest_of("ready", 5, digest);
	record_for_machine(&r, "id-1");
	record_set_ready(&r, digest, "start-1");
	assert_int_equal(record_save(&r, path, NULL, &err), 0);
	record_load(path, &again);
	assert_string_equal(again.ready, digest);
	assert_string_equal(again.start, "start-1");
	record_set_ready(&again, NULL, NULL);
	assert_int_equal(record_save(&again, path, NULL, &err), 0);
	record_load(path, &none);
	assert_string_equal(none.ready, "");
	assert_null(none.start);
}

static void another_machine_has_run_nothing(void **state)
{
	cleanup_record struct record r = { 0 };

	(void)state;
	record_for_machine(&r, "id-1");
	run(&r, "a", 0, true);
	record_for_machine(&r, "id-1");
	assert_due(&r, "a", "y");
	record_for_machine(&r, "id-2");
	assert_due(&r, "a", "-");
	assert_string_equal(r.machine_id, "id-2");
}

static void damaged_files_are_empty_records(void **state)
{
	static const char *const files[] = {
		"",
		"{",
		"[]",
		"7",
		"null",
		"{\"machine\":7,\"ran\":{}}",
		"{\"machine\":\"i\",\"ran\":[null,7,\"x\",[],{}]}",
		"{\"ran\":[{\"name\":\"shell-1\",\"digest\":\"short\",\"ok\":true}]}",
		"{\"ran\":[{\"name\":7,\"digest\":8,\"ok\":true}]}",
		"{\"machine\":\"a\",\"machine\":\"b\"}",
		"{\"machine\":\"\\u0000\"}",
		"{\"machine\":\"i\",\"ran\":[]} trailing",
	};
	cleanup_error struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_record struct record r = { 0 };

		assert_int_equal(fs_write(path, files[i], strlen(files[i]), 0644, NULL, &err), 0);
		record_load(path, &r);
		assert_int_equal(r.count, 0);
	}
}

static void ok_must_be_true(void **state)
{
	cleanup_record struct record r = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };
	struct list l;

	(void)state;
	make_list(&l, "a");
	text_addf(&t,
		  "{\"machine\":\"i\",\"ran\":[{\"name\":\"shell-1\",\"digest\":\"%s\",\"ok\":1}]}",
		  l.at[0].digest);
	assert_int_equal(fs_write(path, t.ptr, t.len, 0644, NULL, &err), 0);
	record_load(path, &r);
	assert_due(&r, "a", "n");
}

static void changes_are_seen(void **state)
{
	cleanup_record struct record r = { 0 };

	(void)state;
	run(&r, "ab", 0, true);
	run(&r, "ab", 1, true);
	assert_due(&r, "ac", "yc");
	run(&r, "ac", 1, true);
	assert_due(&r, "ac", "yy");
	/* Going back is a change as well. */
	assert_due(&r, "ab", "yc");
}

static void results_follow_their_provisioners(void **state)
{
	cleanup_record struct record r = { 0 };

	(void)state;
	run(&r, "ab", 0, true);
	run(&r, "ab", 1, false);
	/* A new one in front renames the others. */
	assert_due(&r, "xab", "-yn");
	run(&r, "xab", 0, true);
	assert_due(&r, "xab", "yyn");
	run(&r, "xab", 2, true);
	assert_due(&r, "xab", "yyy");
	/* Other places, and one gone. */
	assert_due(&r, "bax", "yyy");
	assert_due(&r, "ax", "yy");
	run(&r, "ax", 0, false);
	assert_due(&r, "ax", "ny");
	assert_int_equal(r.count, 2);
}

static void readiness_is_kept_beside_results(void **state)
{
	const struct readiness web = { .port = 80 }, other = { .port = 80, .command = "true" };
	cleanup_record struct record r = { 0 }, loaded = { 0 }, damaged = { 0 };
	cleanup_error struct error err = { 0 };
	char digest[DIGEST_HEX_BYTES];

	(void)state;
	assert_true(readiness_is_said(&web));
	assert_false(readiness_is_said(&(struct readiness){ .timeout_s = 60 }));
	readiness_digest(&other, digest);
	readiness_digest(&web, r.ready);
	assert_string_not_equal(r.ready, digest);
	run(&r, "ab", 0, true);
	assert_int_equal(record_save(&r, path, NULL, &err), 0);
	record_load(path, &loaded);
	assert_string_equal(loaded.ready, r.ready);
	assert_due(&loaded, "ab", "y-");
	record_for_machine(&loaded, "another");
	assert_string_equal(loaded.ready, "");
	assert_int_equal(fs_write(path, "{\"ready\": \"yes\"}", 16, 0644, NULL, &err), 0);
	record_load(path, &damaged);
	assert_string_equal(damaged.ready, "");
}

static void no_result_stands_for_two(void **state)
{
	cleanup_record struct record r = { 0 };

	(void)state;
	run(&r, "aba", 0, true);
	assert_due(&r, "aba", "y--");
	run(&r, "aba", 2, false);
	assert_due(&r, "aba", "y-n");
	assert_due(&r, "baa", "-yn");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(survives_the_file),
		CASE(readiness_goes_with_a_start),
		CASE(another_machine_has_run_nothing),
		CASE(damaged_files_are_empty_records),
		CASE(ok_must_be_true),
		CASE(changes_are_seen),
		CASE(results_follow_their_provisioners),
		CASE(readiness_is_kept_beside_results),
		CASE(no_result_stands_for_two),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("core_record", tests, NULL, NULL);
}
