/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners against a private sshd: what they see, what they leave behind, how they fail. */
#include "guest/guest.h"

#include <grp.h>

#include "tests/guest/session.h"

static const char left_behind[] = "ls \"$TMPDIR\" | wc -l";

static int provision(struct guest *g, const struct provisioner *p, struct session_output *o,
		     struct error *err)
{
	const struct guest_output output = { session_write, o };

	return guest_provision(g, p, &output, clock_ms() + SESSION_WAIT_MS, err);
}

static struct provisioner shell(const struct sshd *s, const char *content)
{
	return (struct provisioner){
		.kind = PROVISION_SHELL, .name = "shell-1", .content = content, .user = s->user
	};
}

static void provision_says(struct guest *g, const struct provisioner *p, const char *wanted)
{
	struct session_output o = { 0 };
	struct error err = { 0 };

	session_check(provision(g, p, &o, &err), &err);
	assert_string_equal(text_str(&o.streams[1]), wanted);
	session_clear(&o);
}

static char *count_left(struct guest *g)
{
	struct session_output o = { 0 };

	assert_int_equal(session_run(g, left_behind, &o), 0);
	text_clear(&o.streams[2]);
	return text_take(&o.streams[1]);
}

static void test_shell(void **state)
{
	struct guest *g = session_of(state);
	const char *args[] = { "a b", "it's", "$HOME \"x\"", "" };
	struct env_var vars[] = { { "MODE", "dev" },
				  { "ODD", "it's \"q\"\nnew line $x `y` \\" },
				  { "WORD", "grüße ✓" } };
	struct provisioner p = shell(*state,
				     "for a; do printf '[%s]' \"$a\"; done\n"
				     "printf '<%s|%s|%s>' \"$MODE\" \"$ODD\" \"$WORD\"; pwd; cat");
	cleanup_free char *wanted = xasprintf("[a b][it's][$HOME \"x\"][]<dev|%s|%s>%s\n",
					      vars[1].value, vars[2].value,
					      ((struct sshd *)*state)->home);

	p.args = (struct strings){ args, ARRAY_SIZE(args) };
	p.env = (struct env_vars){ vars, ARRAY_SIZE(vars) };
	provision_says(g, &p, wanted);
	p = shell(*state, "[ -n \"$BASH_VERSION\" ] && echo bash; case $- in *e*) echo e ;; esac");
	provision_says(g, &p, "bash\ne\n");
	guest_close(&g);
}

static void test_values_are_not_on_command_lines(void **state)
{
	struct guest *g = session_of(state);
	struct env_var vars[] = { { "TOKEN", "hush-hush-value" } };
	struct provisioner p = shell(*state,
				     "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | "
				     "grep -c 'hush-hus[h]-value' || :");

	p.env = (struct env_vars){ vars, 1 };
	provision_says(g, &p, "0\n");
	guest_close(&g);
}

static void test_failing(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *before = count_left(g), *after = NULL;
	struct provisioner p = shell(*state, "echo seen; (exit 3)\necho never");
	struct session_output o = { 0 };
	struct error err = { 0 };

	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_int_equal(err.code, 3);
	assert_string_equal(err.text, "provisioner 'shell-1' in 'web' failed with status 3");
	assert_string_equal(text_str(&o.streams[1]), "seen\n");
	error_clear(&err);
	after = count_left(g);
	assert_string_equal(before, after);
	session_clear(&o);
	guest_close(&g);
}

static int stop_at_once(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)stream;
	(void)data;
	(void)len;
	(void)err;
	stop_set(true);
	return 0;
}

/* A killed process may stay a zombie where nobody collects orphans. */
#define ENDED(file)                                                                 \
	"p=$(cat ~/" file                                                           \
	"); until ! kill -0 $p 2>/dev/null || grep -q 'State:.Z' /proc/$p/status; " \
	"do sleep 0.05; done; echo ended"

static void test_cut_off_leaves_nothing(void **state)
{
	struct guest *g = session_of(state);
	cleanup_free char *before = count_left(g), *after = NULL;
	struct provisioner p = shell(*state, "trap '' TERM; echo $$ >~/stubborn; echo; sleep 30");
	const struct guest_output stop = { stop_at_once, NULL };
	struct error err = { 0 };

	assert_int_equal(guest_provision(g, &p, &stop, 0, &err), -1);
	stop_set(false);
	assert_int_equal(err.kind, ERROR_STOPPED);
	error_clear(&err);
	after = count_left(g);
	assert_string_equal(before, after);

	session_says(g, ENDED("stubborn"), "ended\n");

	p.content = "echo $$ >~/slow; sleep 30";
	assert_int_equal(guest_provision(g, &p, NULL, clock_ms() + 500, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_non_null(strstr(err.text, "provisioner 'shell-1' in 'web'"));
	error_clear(&err);
	session_says(g, ENDED("slow"), "ended\n");
	free(after);
	after = count_left(g);
	assert_string_equal(before, after);
	guest_close(&g);
}

static void test_script(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *path = fs_join(s->directory, "app.sh");
	const char *args[] = { "one", "two words" };
	struct provisioner p = {
		.kind = PROVISION_SCRIPT, .name = "app.sh", .from = path, .user = s->user
	};

	p.args = (struct strings){ args, 2 };
	sshd_write(
		path,
		"#!/bin/sh -u\n[ -z \"${BASH_VERSION:-}\" ] && echo sh \"$#\"; case $- in *u*) echo u;; esac\n",
		0600);
	provision_says(g, &p, "sh 2\nu\n");
	sshd_write(path, "#!/usr/bin/env -S awk -f\nBEGIN { print \"awk\" }\n", 0600);
	p.args.count = 0;
	provision_says(g, &p, "awk\n");
	sshd_write(path, "", 0600);
	provision_says(g, &p, "");
	guest_close(&g);
}

static void test_script_missing(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = { .kind = PROVISION_SCRIPT,
				 .name = "gone.sh",
				 .from = "/no/gone.sh",
				 .user = ((struct sshd *)*state)->user };
	struct session_output o = { 0 };
	struct error err = { 0 };

	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_non_null(
		strstr(err.text, "provisioner 'gone.sh' in 'web': cannot open '/no/gone.sh'"));
	error_clear(&err);
	guest_close(&g);
}

static void test_other_user(void **state)
{
	struct guest *g = session_of(state);
	struct provisioner p = shell(*state, "id -un; stat -c '%U %a' \"${0%/*}\"");
	struct session_output o = { 0 };
	struct error err = { 0 };

	if (getuid() != 0 || !getpwnam("nobody")) {
		guest_close(&g);
		skip();
	}
	p.user = "nobody";
	provision_says(g, &p, "nobody\nnobody 700\n");
	p.user = NULL;
	p.privileged = true;
	provision_says(g, &p, "root\nroot 700\n");
	p.user = "no-such-user";
	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_ptr_equal(strstr(err.text,
				"provisioner 'shell-1': cannot become 'no-such-user' in 'web' as"),
			 err.text);
	error_clear(&err);
	p.user = "x;false";
	assert_int_equal(provision(g, &p, &o, &err), -1);
	error_clear(&err);
	session_clear(&o);
	guest_close(&g);
}

static void test_upload_file(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "app.conf");
	struct provisioner p = { .kind = PROVISION_UPLOAD,
				 .name = "app.conf",
				 .from = from,
				 .to = "~/etc/",
				 .user = s->user };
	struct session_output o = { 0 };
	struct error err = { 0 };

	sshd_write(from, "key = 1\n", 0751);
	provision_says(g, &p, "");
	session_says(g, "stat -c %a ~/etc/app.conf; cat ~/etc/app.conf", "751\nkey = 1\n");
	session_says(g, "rm ~/etc/app.conf; mkfifo ~/etc/app.conf", "");
	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_non_null(strstr(err.text, "it is neither a file nor a directory"));
	session_says(g, "test -p ~/etc/app.conf && echo kept", "kept\n");
	error_clear(&err);
	session_clear(&o);
	guest_close(&g);
}

static void test_upload_tree(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "site");
	cleanup_free char *deep = fs_join(from, "a b/it's");
	cleanup_free char *file = fs_join(deep, "x.txt"), *link = fs_join(from, "link");
	cleanup_free char *fifo = fs_join(from, "fifo");
	struct provisioner p = {
		.kind = PROVISION_UPLOAD, .name = "site", .from = from, .to = "www", .user = s->user
	};
	struct session_output o = { 0 };
	struct error err = { 0 };

	session_check(fs_make_dirs(deep, 0750, NULL, &err), &err);
	sshd_write(file, "x", 0604);
	assert_int_equal(symlink("a b/it's", link), 0);
	provision_says(g, &p, "");
	provision_says(g, &p, "");
	session_says(
		g,
		"cd ~/www; find . | sort; cat link/x.txt; stat -c ' %a' 'a b' \"a b/it's/x.txt\"",
		".\n./a b\n./a b/it's\n./a b/it's/x.txt\n./link\nx 750\n 604\n");
	session_says(g, "cd ~/www; rm link; mkdir link", "");
	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_non_null(strstr(err.text, "www/link' is a directory, where a link would be put"));
	session_says(g, "cd ~/www; ls link; rmdir link", "");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(provision(g, &p, &o, &err), -1);
	assert_non_null(strstr(err.text, "neither a file, a directory nor a link"));
	error_clear(&err);
	guest_close(&g);
}

/* Links that a machine with the project has put there since the file was read. */
/* As the caches of package managers are. Who runs this as root uploads as somebody who has not root's rights. */
static void test_upload_read_only(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "cache"), *deep = fs_join(from, "a/b");
	cleanup_free char *file = fs_join(deep, "x");
	cleanup_free char *home = xasprintf("/tmp/bothy-upload-%d", getpid());
	cleanup_free char *to = fs_join(home, "cache"), *script = NULL;
	struct provisioner p = { .kind = PROVISION_UPLOAD,
				 .name = "cache",
				 .from = from,
				 .to = to,
				 .user = getuid() == 0 ? "nobody" : s->user };
	struct error err = { 0 };

	session_check(fs_make_dirs(deep, 0755, NULL, &err), &err);
	sshd_write(file, "x", 0444);
	assert_int_equal(chmod(deep, 0555), 0);
	*strrchr(deep, '/') = '\0';
	assert_int_equal(chmod(deep, 0555), 0);
	script = xasprintf("mkdir -m 777 %s", home);
	session_says(g, script, "");
	provision_says(g, &p, "");
	provision_says(g, &p, "");
	free(script);
	script = xasprintf("cd %s; stat -c %%a a a/b a/b/x; chmod -R u+w .; rm -r %s", to, home);
	session_says(g, script, "555\n555\n444\n");
	assert_int_equal(chmod(deep, 0755), 0);
	guest_close(&g);
}

static void test_links_lead_nowhere(void **state)
{
	const struct sshd *s = *state;
	struct guest *g = session_of(state);
	cleanup_free char *project = xasprintf("%s/project", s->directory);
	cleanup_free char *secret = xasprintf("%s/secret", s->directory);
	cleanup_free char *file = fs_join(project, "file"), *to = xasprintf("%s/got", s->home);
	const enum provisioner_kind kinds[] = { PROVISION_UPLOAD, PROVISION_SCRIPT };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		struct provisioner p = { .kind = kinds[i / 2],
					 .name = "x",
					 .from = file,
					 .within = project,
					 .to = to,
					 .user = s->user };
		struct session_output o = { 0 };
		struct error err = { 0 };

		session_check(fs_remove(project, &err) | fs_remove(secret, &err) |
				      fs_make_dirs(project, 0755, NULL, &err),
			      &err);
		if (i % 2)
			session_check(fs_make_dirs(secret, 0755, NULL, &err), &err);
		else
			sshd_write(secret, "echo secret\n", 0600);
		assert_int_equal(symlink("../secret", file), 0);
		assert_int_equal(provision(g, &p, &o, &err), -1);
		assert_int_equal(err.kind, ERROR_DENIED);
		assert_false(fs_exists(to));
		error_clear(&err);
		session_clear(&o);
	}
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_values_are_not_on_command_lines),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_cut_off_leaves_nothing),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_script_missing),
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_upload_file),
		cmocka_unit_test(test_upload_tree),
		cmocka_unit_test(test_upload_read_only),
		cmocka_unit_test(test_links_lead_nowhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
