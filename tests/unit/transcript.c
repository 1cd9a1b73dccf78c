/* SPDX-License-Identifier: Apache-2.0 */
/* What a provisioner says: shown in whole lines, kept, quoted when it fails; nothing of it where it is secret. */
#include "cli/transcript.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/plaintext.h"

struct world {
	char directory[40];
	struct out out;
	struct session session;
	struct provisioner p;
	struct step step;
	struct text shown;
	struct watcher watch;
};

static void keep_shown(void *ctx, const struct event *ev)
{
	struct world *w = ctx;

	assert_int_equal(ev->kind, EVENT_OUTPUT);
	assert_string_equal(ev->machine, "web");
	text_addn(&w->shown, ev->data, ev->len);
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	snprintf(w->directory, sizeof(w->directory), "/tmp/bothy-transcript.XXXXXX");
	if (!mkdtemp(w->directory))
		return -1;
	w->session.out = &w->out;
	w->session.state_dir = w->directory;
	w->p = (struct provisioner){ .kind = PROVISION_SHELL,
				     .name = "a/b",
				     .content = "\n  \n  make it\nmake more\n" };
	w->step = (struct step){ .id = "web/provision/a/b",
				 .machine = "web",
				 .kind = STEP_PROVISION,
				 .provisioner = &w->p };
	w->watch = (struct watcher){ keep_shown, w };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	struct error err = { 0 };

	text_clear(&w->shown);
	if (fs_remove(w->directory, &err) < 0)
		return -1;
	free(w);
	return 0;
}

static struct transcript *begin(struct world *w)
{
	struct transcript *t = NULL;
	struct error err = { 0 };

	assert_int_equal(transcript_open(&w->session, &w->watch, &w->step, &t, &err), 0);
	return t;
}

static void say(struct transcript *t, const char *text)
{
	struct error err = { 0 };

	assert_int_equal(transcript_write(t, 1, text, strlen(text), &err), 0);
}

/* The one log there is. */
static char *kept(const struct world *w)
{
	cleanup_free char *path = xasprintf("%s/machines/web/logs/a_b-c14cddc0.log", w->directory);
	struct text t = { 0 };
	struct error err = { 0 };

	if (fs_read(path, 1048576, &t, &err) < 0)
		print_message("# %s\n", err.text);
	error_clear(&err);
	return text_take(&t);
}

static void test_lines(void **state)
{
	struct world *w = *state;
	struct transcript *t = begin(w);
	cleanup_free char *log = NULL;

	say(t, "one\ntw");
	assert_string_equal(text_str(&w->shown), "one\n");
	transcript_say(t, "try 2 of 3");
	say(t, "o\nno end");
	transcript_close(&t, NULL);
	log = kept(w);
	assert_string_equal(log, "one\ntwtry 2 of 3\no\nno end");
	assert_string_equal(text_str(&w->shown), log);
}

static void end_badly(struct world *w, struct error *err)
{
	struct transcript *t = begin(w);

	for (int i = 1; i <= 12; i++) {
		cleanup_free char *line = xasprintf("line %d\n", i);

		say(t, line);
	}
	say(t, "\033[31mred\033[0m \xff\r\n");
	error_set(err, ERROR_GUEST, "it failed with status 3");
	transcript_close(&t, err);
}

static void test_failure(void **state)
{
	struct world *w = *state;
	cleanup_error struct error err = { 0 };

	w->out.json = true;
	end_badly(w, &err);
	assert_string_equal(err.text, "it failed with status 3\n  command: make it\n  | line 4\n"
				      "  | line 5\n  | line 6\n  | line 7\n  | line 8\n  | line 9\n"
				      "  | line 10\n  | line 11\n  | line 12\n  | red ?");
	assert_string_equal(err.hint, "mend it, then 'bothy up' goes on from there; "
				      "the whole log: 'bothy logs web'");
}

static void test_failure_of_a_file(void **state)
{
	struct world *w = *state;
	cleanup_error struct error err = { 0 };

	w->out.terminal = true;
	w->p.kind = PROVISION_UPLOAD;
	w->p.from = "app.conf";
	w->p.when = WHEN_NEVER;
	end_badly(w, &err);
	assert_string_equal(err.text, "it failed with status 3\n  file: app.conf");
	assert_string_equal(err.hint,
			    "mend it, then 'bothy provision --with a/b web' runs it again; "
			    "the whole log: 'bothy logs web'");
}

static void test_failure_that_was_seen(void **state)
{
	struct world *w = *state;
	cleanup_error struct error err = { 0 };

	w->out.terminal = true;
	end_badly(w, &err);
	assert_string_equal(err.text, "it failed with status 3\n  command: make it");
	error_clear(&err);
	w->out.quiet = true;
	end_badly(w, &err);
	assert_non_null(strstr(err.text, "| line 12"));
}

static void test_sensitive(void **state)
{
	struct world *w = *state;
	cleanup_error struct error err = { 0 };
	cleanup_free char *log = NULL;

	w->p.sensitive = true;
	w->out.json = true;
	end_badly(w, &err);
	assert_string_equal(err.text, "it failed with status 3");
	assert_string_equal(err.hint, "mend it, then 'bothy up' goes on from there");
	log = kept(w);
	assert_string_equal(log, "(sensitive: what it says is neither shown nor kept)\n");
	assert_string_equal(text_str(&w->shown), log);
}

static void test_of_the_project(void **state)
{
	struct world *w = *state;
	cleanup_error struct error err = { 0 };
	cleanup_free char *path = xasprintf("%s/logs/once/all.log", w->directory);

	w->p.name = "all";
	w->session.env.once = (struct provisioners){ &w->p, 1 };
	end_badly(w, &err);
	assert_true(fs_exists(path));
	assert_true(text_has_suffix(err.hint, "the whole log: 'bothy logs --provisioner all'"));
}

#define SPEAKERS 4
#define LINES 3000

struct speaker {
	struct world *w;
	struct watcher watch;
	char name[16];
	struct provisioner p;
	struct step step;
	pthread_t thread;
};

/* In pieces that end anywhere. */
static void *speak(void *arg)
{
	struct speaker *me = arg;
	struct transcript *t = NULL;
	struct error err = { 0 };
	cleanup_text struct text all = { 0 };

	if (transcript_open(&me->w->session, &me->watch, &me->step, &t, &err) < 0)
		return NULL;
	for (int i = 0; i < LINES; i++)
		text_addf(&all, "%s says its line %d\n", me->name, i);
	for (size_t at = 0, piece = 1; at < all.len; at += piece, piece = piece * 7 % 97 + 1) {
		if (piece > all.len - at)
			piece = all.len - at;
		transcript_write(t, 1, all.ptr + at, piece, &err);
	}
	transcript_close(&t, NULL);
	return me;
}

static void check_lines(FILE *file)
{
	int next[SPEAKERS] = { 0 }, n, line, total = 0;
	char who, again;

	rewind(file);
	while (fscanf(file, "m%c | m%c says its line %d\n", &who, &again, &line) == 3) {
		assert_int_equal(who, again);
		n = who - '0';
		assert_in_range(n, 0, SPEAKERS - 1);
		assert_int_equal(line, next[n]++);
		total++;
	}
	assert_int_equal(total, SPEAKERS * LINES);
}

static void test_side_by_side(void **state)
{
	struct world *w = *state;
	struct speaker all[SPEAKERS];

	w->out = (struct out){ .to = tmpfile(), .errors = stderr, .name_width = 2 };
	for (int i = 0; i < SPEAKERS; i++) {
		all[i] = (struct speaker){ .w = w, .watch = out_watcher(&w->out), .p = w->p };
		snprintf(all[i].name, sizeof(all[i].name), "m%d", i);
		all[i].step = w->step;
		all[i].step.machine = all[i].name;
		all[i].step.provisioner = &all[i].p;
		assert_int_equal(pthread_create(&all[i].thread, NULL, speak, &all[i]), 0);
	}
	for (int i = 0; i < SPEAKERS; i++) {
		void *result = NULL;

		pthread_join(all[i].thread, &result);
		assert_ptr_equal(result, &all[i]);
	}
	check_lines(w->out.to);
	fclose(w->out.to);
}

static void prints(const char *in, const char *wanted)
{
	cleanup_free char *got = plaintext_of(in, strlen(in));

	assert_string_equal(got, wanted);
}

static void test_printable(void **state)
{
	cleanup_free char *none = plaintext_end("", 0, 3, 10), *first = NULL, *two = NULL;

	(void)state;
	prints("plain\ntext", "plain\ntext");
	prints("\033[1;31mred\033[m\033]0;title\007x\033]8;;u\033\\y\033(Bz", "redxyBz");
	prints("10 %\r20 %\r30 %\r\nnext", "30 %\nnext");
	prints("a\tb\a\b\x7f", "a b");
	prints("gr\xc3\xbcn", "gr\xc3\xbcn");
	prints("gr\xfcn", "gr?n");
	prints("\033[", "");
	prints("\033", "");
	assert_string_equal(none, "");
	first = plaintext_first_line("\n  \n  it  \nx", 12, 40);
	assert_string_equal(first, "it");
	two = plaintext_end("a\nb\nlonger than ten\n\n", 21, 2, 10);
	assert_string_equal(two, "b\nlon... ten");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure_of_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure_that_was_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_the_project, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sensitive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_side_by_side, setup, teardown),
		cmocka_unit_test(test_printable),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
