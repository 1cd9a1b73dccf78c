/* SPDX-License-Identifier: Apache-2.0 */
/* Two branches change bothy.lock, and git merges them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boxes/lockfile.h"
#include "core/proc.h"
#include "tests/unit/lock_folder.h"

#define BOXES 6
#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void put_box(struct lockfile *l, const char *name)
{
	char kvm[] = "kvm", amd64[] = "amd64", url[] = "https://e.org/a", *urls[] = { url };
	struct lock_box b = { .provider = kvm,
			      .architecture = amd64,
			      .digest = HEX,
			      .size_bytes = 7,
			      .urls = urls,
			      .url_count = 1 };
	cleanup_free char *copy = xstrdup(name);

	b.name = copy;
	lockfile_put_box(l, &b);
}

/* A lock with the boxes whose bits are set, as directory/name. Caller frees. */
static char *save_set(unsigned bits, const char *name)
{
	cleanup_lockfile struct lockfile l = { 0 };
	cleanup_error struct error err = { 0 };
	char *file = fs_join(directory, name);

	for (unsigned i = 0; i < BOXES; i++) {
		cleanup_free char *box = xasprintf("box/%u", i);

		if (bits >> i & 1)
			put_box(&l, box);
	}
	assert_int_equal(fs_write(file, "", 0, 0644, NULL, &err), 0);
	assert_int_equal(lockfile_save(&l, file, NULL, &err), 0);
	return file;
}

static void assert_set(unsigned bits)
{
	cleanup_lockfile struct lockfile l = { 0 };
	cleanup_error struct error err = { 0 };

	if (lockfile_load(path, &l, &err) < 0)
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < BOXES; i++) {
		cleanup_free char *box = xasprintf("box/%u", i);

		struct lock_box like = { .name = box,
					 .provider = (char *)(uintptr_t) "kvm",
					 .architecture = (char *)(uintptr_t) "amd64" };

		assert_int_equal(lockfile_box(&l, &like) != NULL, bits >> i & 1);
	}
}

/* Number of conflicts that git finds; the merge is in path. `option` comes before the files. */
static int merge(unsigned base, unsigned ours, unsigned theirs, const char *option)
{
	cleanup_free char *a = save_set(ours, LOCKFILE_NAME), *b = save_set(base, "base"),
			  *c = save_set(theirs, "theirs");
	const char *const argv[] = { "git", "merge-file", "-q", option, a, b, c, NULL };
	cleanup_proc struct proc_result result = { 0 };
	cleanup_error struct error err = { 0 };

	if (proc_run(argv, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	return result.status;
}

/* How many boxes of the base stand before that one. */
static int place_of(unsigned base, unsigned box)
{
	return __builtin_popcount(base & ((1U << box) - 1));
}

static void additions_of_two_branches_merge(void **state)
{
	(void)state;
	for (unsigned base = 0; base < 1U << BOXES; base += 3) {
		for (unsigned x = 0; x < BOXES; x++) {
			unsigned y = (x * 5 + base + 1) % BOXES, both = base | 1U << x | 1U << y;

			if (x == y || both == (base | 1U << x) || both == (base | 1U << y))
				continue;
			assert_int_equal(merge(base, base | 1U << x, base | 1U << y, "--union"), 0);
			assert_set(both);
			if (place_of(base, x) == place_of(base, y))
				continue;
			assert_int_equal(merge(base, base | 1U << x, base | 1U << y, "-q"), 0);
			assert_set(both);
		}
	}
}

static void the_same_addition_merges(void **state)
{
	(void)state;
	assert_int_equal(merge(5, 7, 7, "-q"), 0);
	assert_set(7);
	/* One branch removes what the other leaves. */
	assert_int_equal(merge(0x15, 0x11, 0x35, "-q"), 0);
	assert_set(0x31);
}

static void a_conflict_left_in_the_file_has_its_line(void **state)
{
	cleanup_error struct error err = { 0 };
	struct lockfile l;

	(void)state;
	assert_int_equal(merge(0x21, 0x25, 0x29, "-q"), 1);
	assert_int_equal(lockfile_load(path, &l, &err), -1);
	assert_non_null(strstr(err.text, "lock:2: a conflict"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(additions_of_two_branches_merge),
		CASE(the_same_addition_merges),
		CASE(a_conflict_left_in_the_file_has_its_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lockmerge", tests, NULL, NULL);
}
