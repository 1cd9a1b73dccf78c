/* SPDX-License-Identifier: Apache-2.0 */
/* Directories copied into a private sshd: what arrives, what goes again, and what is known afterwards. */
#include "guest/copier.h"

#include <errno.h>

#include "tests/guest/session.h"
#include "tests/guest/copying.h"

static void everything_arrives(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r;

	host(&t,
	     "mkdir -p 'a b/it'\\''s' empty; printf x >'a b/it'\\''s/x'; chmod 604 'a b/it'\\''s/x'; "
	     "chmod 1750 empty; ln -s 'a b/it'\\''s' link; ln -s /nowhere dangling; : >-n; "
	     "printf n >\"$(printf 'new\\nline')\"; printf b >\"$(printf '\\377\\376')\"; "
	     "touch -d @1000000000 ./-n; chmod 4755 ./-n; mkdir .bothy; echo key >.bothy/key");
	host(&t,
	     "d=$(printf '%0200d' 1)/$(printf '%0200d' 2); mkdir -p $d; echo deep >$d/f; ln -s $d/f long");
	host(&t, "head -c 3000000 /dev/urandom >blob; mkfifo fifo");
	r = copying_sync(&t, 0);
	assert_true(r.whole);
	assert_int_equal(r.files, 9);
	assert_int_equal(r.directories, 6);
	assert_int_equal(r.skipped, 1);
	assert_string_equal(r.skipped_first, "fifo");
	copier_result_clear(&r);
	host(&t, "rm -r .bothy fifo");
	assert_same(&t);
	r = copying_sync(&t, 0);
	assert_false(r.whole);
	assert_int_equal(r.files + r.directories + r.removed, 0);
	copying_end(&t);
}

static void times_far_away_stay(void **state)
{
	struct copying t = copying_begin(state);

	host(&t, "touch -d '1969-12-31 23:59:58.5 UTC' old; touch -d @-99999999999 older || :; "
		 "touch -d @9300000000 late");
	copying_sync(&t, 0);
	guest(&t, "test $(stat -c %Y old) -eq -2 && test $(stat -c %Y late) -gt 9000000000");
	settle();
	copying_sync(&t, 0);
	assert_int_equal(copying_sync(&t, 0).files, 0);
	copying_end(&t);
}

static void only_differences_go(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r;

	host(&t, "mkdir d e; echo 1 >d/1; echo 2 >d/2; echo 3 >3; echo 4 >was-file; mkdir was-dir; "
		 "echo 5 >was-dir/5; ln -s d l; echo 6 >e/6; touch -d '1 hour ago' d/1 d/2 3");
	settle();
	copying_sync(&t, 0);
	host(&t, "echo changed >d/1; rm d/2; rm -r e; chmod 600 3; rm was-file; mkdir was-file; "
		 "rm -r was-dir; echo f >was-dir; ln -sfn e l; echo new >new");
	guest(&t, "echo mine >mine; echo mine >e/mine");
	r = copying_sync(&t, 0);
	assert_false(r.whole);
	assert_int_equal(r.files, 5);   /* d/1, 3, was-dir, l, new */
	assert_int_equal(r.removed, 6); /* d/2, e, e/6, was-file, was-dir, was-dir/5 */
	guest(&t, "test -e mine && test -e e/mine && ! test -e e/6 && rm -r mine e");
	assert_same(&t);
	copying_end(&t);
}

static void what_the_guest_lost_comes_again(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r;

	host(&t, "echo 1 >1; mkdir d; echo 2 >d/2");
	copying_sync(&t, 0);
	guest(&t, "rm -r * && cd .. && rmdir to");
	r = copying_sync(&t, 0);
	assert_true(r.whole);
	assert_same(&t);
	guest(&t, "rm -r ~/.local; rm -r *");
	assert_true(copying_sync(&t, 0).whole);
	assert_same(&t);
	guest(&t, "echo other >1");
	assert_true(copying_sync(&t, COPIER_FULL).whole);
	assert_same(&t);
	copying_end(&t);
}

static void a_failed_sync_is_made_up_for(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r;

	host(&t, "for i in $(seq 400); do truncate -s 2k f$i; done; touch -d '1 hour ago' *");
	copying_breaks(&t, "f30");
	host(&t, "rm f1 f2 f399; echo x >f5");
	r = copying_sync(&t, 0);
	assert_true(r.whole);
	assert_same(&t);
	host(&t, "echo y >f5; rm f7; for i in $(seq 400); do truncate -s 2k g$i; done");
	copying_breaks(&t, "g19");
	host(&t, "rm g1 g399 g2; mkdir g2");
	copying_forget(&t);
	r = copying_sync(&t, 0);
	assert_false(r.whole);
	assert_same(&t);
	copying_end(&t);
}

static void a_file_that_changes_is_sent_again(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r;

	host(&t, "head -c 1000 /dev/zero >grows; touch -d '1 hour ago' grows");
	settle();
	copying_sync(&t, 0);
	host(&t, "echo fresh >fresh");
	copying_sync(&t, 0);
	/* Younger than the kernel's tick when it was read: nobody could tell a further change. */
	r = copying_sync(&t, 0);
	assert_int_equal(r.files, 1);
	settle();
	copying_sync(&t, 0);
	assert_int_equal(copying_sync(&t, 0).files, 0);
	assert_same(&t);
	copying_end(&t);
}

/* Of a project that a machine shares, put there while this host goes on copying. */
static void a_link_on_the_way_leads_nowhere(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r = { 0 };
	struct error err = { 0 };
	char *way = t.from;

	host(&t, "mkdir -p a/b secret/b; echo x >a/b/x; echo y >secret/b/y");
	t.folder.from = t.from = xasprintf("%s/a/b", way);
	copying_sync(&t, 0);
	shell(way, "mv a old; ln -s secret a");
	assert_int_equal(copier_sync(t.copier, t.g, 0, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_DENIED);
	error_clear(&err);
	guest(&t, "test ! -e y");
	free(way);
	copying_end(&t);
}

static void many_are_removed(void **state)
{
	struct copying t = copying_begin(state);
	struct copier_result r = { 0 };
	struct error err = { 0 };

	host(&t,
	     "mkdir d; for i in $(seq 1500); do : >d/it\\'s-a-file-with-a-rather-long-name-$i; done; : >d/z");
	settle();
	copying_sync(&t, 0);
	guest(&t, "rm d/z; mkdir -p d/z/x");
	host(&t, "rm -r d");
	assert_int_equal(copier_sync(t.copier, t.g, 0, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "./d/z"));
	error_clear(&err);
	guest(&t, "rm -r d/z");
	assert_int_equal(copying_sync(&t, 0).removed, 1502);
	assert_same(&t);
	copying_end(&t);
}

static void what_is_kept_may_be_completed_later(void **state)
{
	struct copying t = copying_begin(state), other;
	struct copier_result r;
	struct error err = { 0 };

	host(&t, "echo 1 >1; echo 2 >2");
	settle();
	copying_sync(&t, COPIER_KEEP);
	host(&t, "rm 1; echo 3 >3");
	settle();
	r = copying_sync(&t, COPIER_KEEP);
	assert_int_equal(r.files, 1);
	/* Another process does not trust what is only pending. */
	other = t;
	other.copier = NULL;
	r = copying_sync(&other, 0);
	assert_int_equal(r.files, 1);
	host(&t, "echo 4 >4");
	settle();
	copying_sync(&other, 0);
	copier_free(&other.copier);
	session_check(copier_save(t.copier, &err), &err);
	r = copying_sync(&t, COPIER_KEEP);
	assert_int_equal(r.files + r.removed, 0);
	host(&t, "echo 5 >5");
	settle();
	copying_sync(&t, COPIER_KEEP);
	session_check(copier_save(t.copier, &err), &err);
	copying_forget(&t);
	assert_int_equal(copying_sync(&t, 0).files, 0);
	assert_same(&t);
	copying_end(&t);
}

static void patterns_are_left_out(void **state)
{
	struct copying t = copying_begin(state);
	const char *patterns[] = { "*.o", "/build/", "!keep.o" };

	t.folder.exclude = (struct strings){ patterns, 3 };
	copying_forget(&t);
	host(&t, "mkdir -p build src/build; : >build/x; : >src/build/y; : >a.o; : >keep.o");
	copying_sync(&t, 0);
	guest(&t,
	      "find . | sort | tr '\\n' ' ' | grep -qx '. ./keep.o ./src ./src/build ./src/build/y '");
	copying_end(&t);
}

static void whose_it_is(void **state)
{
	struct copying t = copying_begin(state);
	struct error err = { 0 };
	struct copier_result r = { 0 };

	if (getuid() != 0) {
		copying_end(&t);
		skip();
	}
	t.folder.owner = "nobody";
	t.folder.mode = 02775;
	copying_forget(&t);
	host(&t, "echo 1 >1");
	copying_sync(&t, 0);
	guest(&t, "test \"$(stat -c %U:%g 1)\" = nobody:$(id -g nobody)");
	guest(&t, "test \"$(stat -c %a .)\" = 2775");
	t.folder.group = "daemon";
	t.folder.owner = "1234";
	copying_forget(&t);
	assert_true(copying_sync(&t, 0).whole);
	guest(&t, "test \"$(stat -c %u:%G 1)\" = 1234:daemon");
	t.folder.owner = "no-such-user";
	copying_forget(&t);
	assert_int_equal(copier_sync(t.copier, t.g, 0, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "no-such-user"));
	error_clear(&err);
	copying_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(times_far_away_stay),
		cmocka_unit_test(only_differences_go),
		cmocka_unit_test(what_the_guest_lost_comes_again),
		cmocka_unit_test(a_failed_sync_is_made_up_for),
		cmocka_unit_test(a_file_that_changes_is_sent_again),
		cmocka_unit_test(a_link_on_the_way_leads_nowhere),
		cmocka_unit_test(many_are_removed),
		cmocka_unit_test(what_is_kept_may_be_completed_later),
		cmocka_unit_test(patterns_are_left_out),
		cmocka_unit_test(whose_it_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
