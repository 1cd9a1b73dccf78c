/* SPDX-License-Identifier: Apache-2.0 */
/* The host's rsync into a private sshd. */
#include "guest/rsync.h"

#include <errno.h>

#include "tests/guest/session.h"
#include "tests/guest/copying.h"

/* Through the system's ssh, which is told where and how by a file with blanks and quotes in its name. */
static char *shell_of(const struct sshd *s)
{
	cleanup_free char *config = xasprintf("%s/it's a config", s->directory);
	cleanup_free char *known = fs_join(s->directory, "known_hosts");
	cleanup_free char *line =
		xasprintf("[127.0.0.1]:%u %s\n", s->port, s->identity.host_public);
	cleanup_free char *text = xasprintf(
		"Host web\n HostName 127.0.0.1\n Port %u\n User %s\n IdentityFile %s\n"
		" UserKnownHostsFile %s\n StrictHostKeyChecking yes\n IdentitiesOnly yes\n",
		s->port, s->user, s->identity.user_key_path, known);
	struct text shell = { 0 };

	sshd_write(known, line, 0600);
	sshd_write(config, text, 0600);
	rsync_add_word(&shell, "ssh");
	rsync_add_word(&shell, "-F");
	rsync_add_word(&shell, config);
	return text_take(&shell);
}

static bool is_there(void)
{
	const char *const version[] = { "rsync", "--version", NULL };
	struct error err = { 0 };
	bool there = proc_must(version, 0, &err) == 0;

	error_clear(&err);
	return there;
}

static struct rsync_result bring(void **state, struct copying *t, bool full)
{
	const struct sshd *s = *state;
	cleanup_free char *ssh = shell_of(s);
	struct rsync_result r = { 0 };
	struct error err = { 0 };

	session_check(rsync_run(&(struct rsync){ .folder = &t->folder,
						 .machine = "web",
						 .user = s->user,
						 .shell = ssh,
						 .full = full },
				&r, &err),
		      &err);
	return r;
}

static void it_brings_what_differs(void **state)
{
	struct copying t = copying_begin(state);
	struct rsync_result r;

	if (!is_there()) {
		copying_end(&t);
		skip();
	}
	host(&t,
	     "mkdir -p 'a b/c'; printf 12345 >'a b/c/f'; ln -s 'a b' l; : >g; mkdir .bothy; : >.bothy/key");
	r = bring(state, &t, false);
	assert_int_equal(r.files, 2);
	assert_int_equal(r.bytes, 5);
	assert_int_equal(r.removed, 0);
	host(&t, "rm -r .bothy");
	assert_same(&t);
	r = bring(state, &t, false);
	assert_int_equal(r.files + r.others + r.removed, 0);
	host(&t,
	     "touch -d '2020-01-01 12:00:00.1' g; printf 1 >g; touch -d '2020-01-01 12:00:00.1' g");
	bring(state, &t, false);
	host(&t, "printf 2 >g; touch -d '2020-01-01 12:00:00.2' g");
	assert_int_equal(bring(state, &t, false).files, 1);
	guest(&t, "printf abcde >'a b/c/f'; touch -r g 'a b/c/f'; : >mine");
	host(&t, "touch -r g 'a b/c/f'; rm g");
	r = bring(state, &t, true);
	assert_int_equal(r.files, 1);
	assert_int_equal(r.removed, 2);
	assert_same(&t);
	copying_end(&t);
}

static void special_files_are_left_out(void **state)
{
	struct copying t = copying_begin(state);
	cleanup_rsync_result struct rsync_result r = { 0 };

	if (!is_there()) {
		copying_end(&t);
		skip();
	}
	host(&t, "mkfifo 'a fifo' b; : >f");
	r = bring(state, &t, false);
	assert_int_equal(r.files, 1);
	assert_int_equal(r.skipped, 2);
	assert_string_equal(r.skipped_first, "a fifo");
	guest(&t, "! test -e b");
	copying_end(&t);
}

static void patterns_protect_there_too(void **state)
{
	struct copying t = copying_begin(state);
	const char *patterns[] = { "node_modules/" };

	if (!is_there()) {
		copying_end(&t);
		skip();
	}
	t.folder.exclude = (struct strings){ patterns, 1 };
	host(&t, "mkdir node_modules; : >node_modules/here; : >f");
	bring(state, &t, false);
	guest(&t, "! test -e node_modules; mkdir node_modules; : >node_modules/there");
	bring(state, &t, false);
	guest(&t, "test -e node_modules/there");
	copying_end(&t);
}

static void whose_it_is(void **state)
{
	struct copying t = copying_begin(state);

	if (!is_there() || getuid() != 0) {
		copying_end(&t);
		skip();
	}
	t.folder.owner = "nobody";
	t.folder.mode = 0750;
	host(&t, ": >f; chown daemon f");
	bring(state, &t, false);
	guest(&t, "test \"$(stat -c %U:%g:%a . f | tr '\\n' ' ')\" = "
		  "\"nobody:$(id -g nobody):750 nobody:$(id -g nobody):644 \"");
	assert_int_equal(bring(state, &t, false).files, 0);
	t.folder.owner = "daemon";
	t.folder.group = "games";
	bring(state, &t, false);
	guest(&t, "test \"$(stat -c %U:%G f)\" = daemon:games");
	t.folder.owner = t.folder.group = NULL;
	bring(state, &t, false);
	guest(&t, "test \"$(stat -c %U:%G f)\" = root:root");
	copying_end(&t);
}

static void what_fails_is_told(void **state)
{
	struct copying t = copying_begin(state);
	struct rsync r = { .folder = &t.folder, .machine = "web", .user = "root", .shell = "false" };
	struct rsync_result out;
	struct error err = { 0 };

	if (!is_there()) {
		copying_end(&t);
		skip();
	}
	assert_int_equal(rsync_run(&r, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "cannot bring './from' into 'web' by rsync: "));
	r.shell = "sh -c 'echo bothy-no-rsync >&2; exit 1'";
	error_clear(&err);
	assert_int_equal(rsync_run(&r, &out, &err), -1);
	assert_non_null(strstr(err.text, "there is no 'rsync' in 'web'"));
	assert_non_null(strstr(err.hint, "kind = \"copy\""));
	error_clear(&err);
	copying_end(&t);
}

/* Of a project that a machine shares, put there while this host goes on bringing it. */
static void a_link_on_the_way_leads_nowhere(void **state)
{
	struct copying t = copying_begin(state);
	struct rsync r = { .folder = &t.folder, .machine = "web", .user = "root", .shell = "false" };
	cleanup_free char *below = xasprintf("%s/a/b", t.from);
	struct rsync_result out;
	struct error err = { 0 };

	host(&t, "mkdir -p secret/b; ln -s secret a");
	t.folder.from = below;
	assert_int_equal(rsync_run(&r, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_DENIED);
	error_clear(&err);
	copying_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_brings_what_differs),
		cmocka_unit_test(special_files_are_left_out),
		cmocka_unit_test(patterns_protect_there_too),
		cmocka_unit_test(whose_it_is),
		cmocka_unit_test(what_fails_is_told),
		cmocka_unit_test(a_link_on_the_way_leads_nowhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
