/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that has nothing but busybox, as Alpine Linux: what is done in it needs no more. */
#include "guest/guest.h"

#include "guest/download.h"
#include "guest/ready.h"
#include "guest/upload.h"
#include "tests/guest/session.h"

static const char key[] = "ssh-ed25519 AAAAmate mate@host";

static int setup(void **state)
{
	struct sshd *s;
	cleanup_free char *conf = NULL, *bin = NULL, *install = NULL, *changed = NULL;
	const char *at;
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	if (access("/bin/busybox", X_OK) < 0) {
		*state = NULL;
		return 0;
	}
	if (sshd_setup(state) < 0 || !(s = *state))
		return *state ? -1 : 0;
	conf = fs_join(s->directory, "sshd_config");
	bin = fs_join(s->directory, "bin");
	install = xasprintf("mkdir %s && /bin/busybox --install -s %s", bin, bin);
	if (system(install) != 0 || fs_read(conf, 65536, &text, &err) < 0)
		return -1;
	sshd_end(s);
	/* The first SetEnv counts, and may say several things. */
	at = strstr(text.ptr, "SetEnv ");
	changed = xasprintf("%.*sSetEnv PATH=%s %s", (int)(at - text.ptr), text.ptr, bin, at + 7);
	sshd_write(conf, changed, 0600);
	sshd_spawn(s);
	return 0;
}

static void test_it_is_busybox(void **state)
{
	struct guest *g = session_of(state);

	session_says(g, "command -v bash perl python3 || echo none", "none\n");
	session_says(g, "readlink \"$(command -v tar)\" | grep -c busybox", "1\n");
	guest_close(&g);
}

static void test_keys(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	struct error err = { 0 };
	cleanup_free char *wanted = xasprintf("%s\n%s\n", s->identity.user_public, key);
	cleanup_free char *line = xasprintf("%s\n", key);
	cleanup_free char *ours = xasprintf("%s\n", s->identity.user_public);

	for (int i = 0; i < 2; i++)
		session_check(guest_authorize(g, "", line, 0, &err), &err);
	session_says(g, "cat \"$HOME/.ssh/authorized_keys\"", wanted);
	session_check(guest_authorize(g, line, "", 0, &err), &err);
	session_says(g, "cat \"$HOME/.ssh/authorized_keys\"", ours);
	guest_close(&g);
}

static void test_files(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *back = fs_join(s->directory, "back");
	cleanup_free char *file = fs_join(s->directory, "file");
	cleanup_free char *sub = fs_join(back, "sub/name");
	struct guest_file one = {
		.content = "x y\n", .content_len = 4, .to = "tree/sub/name", .user = s->user
	};
	struct download d = { .from = "tree", .to = back },
			f = { .from = "~/tree/sub/name", .to = file };
	const struct guest_file tree = { .from = back, .to = "again", .user = s->user };
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	session_says(g, "cd; pwd | grep -c home", "1\n");
	session_check(guest_copy(g, &one, 0, &err), &err);
	session_check(guest_download(g, &d, 0, &err), &err);
	session_check(fs_read(sub, 100, &text, &err), &err);
	assert_string_equal(text_str(&text), "x y\n");
	session_check(guest_download(g, &f, 0, &err), &err);
	session_check(upload_tree(g, &tree, 0, &err), &err);
	session_says(g, "cat \"$HOME/again/sub/name\"", "x y\n");
	guest_close(&g);
}

static int stop(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)stream;
	(void)data;
	(void)len;
	return error_set(err, ERROR_STOPPED, "enough");
}

static void test_commands(void **state)
{
	struct guest *g = session_of(state);
	struct ready_wait what = { .machine = "web",
				   .command = "true",
				   .deadline_ms = clock_ms() + SESSION_WAIT_MS };
	const struct guest_output output = { stop, NULL };
	struct error err = { 0 };
	int status;

	session_check(guest_ready(g, &what, &err), &err);
	assert_int_equal(guest_run(g, "echo; sleep 4331; sleep 4332", &output, 0, &status, &err),
			 -1);
	error_clear(&err);
	session_says(g,
		     "i=0; while pgrep -f '^sleep 433[12]' && [ $i -lt 50 ]; do sleep 0.1; "
		     "i=$((i+1)); done; [ $i -lt 50 ] && echo gone",
		     "gone\n");
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_busybox),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_commands),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, session_teardown);
}
