/* SPDX-License-Identifier: Apache-2.0 */
/* A Vagrant-style box: the well-known key is replaced at the first login, whatever the file looks like. */
#include "guest/guest.h"

#include "tests/guest/session.h"

#define RSA                                                                                            \
	"AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v" \
	"1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8Hfd" \
	"OV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEn" \
	"DkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9W" \
	"hQ=="
#define ED25519 "AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y"

static const char rsa_line[] = "ssh-rsa " RSA " vagrant insecure public key";
static const char ed25519_line[] = "ssh-ed25519 " ED25519 " vagrant insecure public key";

static struct guest_target box(void **state, const char *authorized)
{
	struct sshd *s = *state;
	struct guest_target t;

	if (!s)
		skip();
	t = session_target(s);
	t.host_public = NULL;
	t.known_key = true;
	unlink(s->pin_path);
	sshd_write(s->authorized_keys, authorized, 0600);
	return t;
}

static char *authorized_keys(const struct sshd *s)
{
	struct text text = { 0 };
	struct error err = { 0 };

	session_check(fs_read(s->authorized_keys, 65536, &text, &err), &err);
	return text_take(&text);
}

static void test_replaced(void **state)
{
	cleanup_free char *before =
		xasprintf("# mine\n%s\nssh-ed25519 AAAAother someone\n%s", rsa_line, ed25519_line);
	struct guest_target t = box(state, before);
	struct sshd *s = *state;
	cleanup_free char *wanted =
		xasprintf("# mine\nssh-ed25519 AAAAother someone\n%s\n", s->identity.user_public);
	cleanup_free char *after = NULL, *pinned = NULL;
	struct guest *g = session_open(&t);
	struct text pin = { 0 };
	struct error err = { 0 };
	struct stat st;

	assert_int_equal(guest_first_login(g), GUEST_FIRST_KEY);
	session_says(g, "echo in", "in\n");
	guest_close(&g);
	after = authorized_keys(s);
	assert_string_equal(after, wanted);
	assert_int_equal(stat(s->authorized_keys, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	session_check(fs_read(s->pin_path, 4096, &pin, &err), &err);
	pinned = text_take(&pin);
	assert_int_equal(strncmp(pinned, s->identity.host_public, strlen(s->identity.host_public)),
			 0);

	g = session_open(&t);
	assert_int_equal(guest_first_login(g), GUEST_FIRST_NONE);
	guest_close(&g);
}

static void test_pin_is_kept(void **state)
{
	struct guest_target t = box(state, rsa_line);
	struct sshd *s = *state;
	cleanup_free char *other = xasprintf("%s\n", s->identity.user_public);
	struct guest *g = session_open(&t);
	struct error err = { 0 };

	guest_close(&g);
	sshd_write(s->pin_path, other, 0600);
	assert_int_equal(guest_connect(&t, 0, &g, &err), -1);
	assert_non_null(
		strstr(err.text, "presents another host key than the one seen at the first login"));
	error_clear(&err);
}

/* With a pin the well-known key is never used again, even where it would be let in. */
static void test_never_used_twice(void **state)
{
	struct guest_target t = box(state, rsa_line);
	struct guest *g = session_open(&t);
	struct error err = { 0 };

	guest_close(&g);
	sshd_authorize(*state, rsa_line);
	assert_int_equal(guest_connect(&t, 0, &g, &err), -1);
	assert_non_null(strstr(err.text, "refuses its key"));
	error_clear(&err);
}

static void test_continued_after_a_cut(void **state)
{
	cleanup_free char *both = NULL, *after = NULL, *wanted = NULL;
	struct sshd *s = *state;
	struct guest_target t;
	struct guest *g;

	if (!s)
		skip();
	both = xasprintf("%s\n%s\n", rsa_line, s->identity.user_public);
	wanted = xasprintf("%s\n", s->identity.user_public);
	t = box(state, both);
	g = session_open(&t);
	guest_close(&g);
	after = authorized_keys(s);
	assert_string_equal(after, wanted);
	assert_true(fs_exists(s->pin_path));
}

/* The machine keeps a copy elsewhere: it is not safe, and that is said. */
static void test_still_open(void **state)
{
	struct guest_target t = box(state, rsa_line);
	struct sshd *s = *state;
	cleanup_free char *conf = fs_join(s->directory, "sshd_config");
	cleanup_free char *second = fs_join(s->directory, "second");
	cleanup_text struct text text = { 0 };
	cleanup_free char *changed = NULL;
	struct guest_wait wait = { .deadline_ms = clock_ms() + SESSION_WAIT_MS };
	struct error err = { 0 };
	struct guest *g = NULL;
	const char *keys;

	session_check(fs_read(conf, 65536, &text, &err), &err);
	keys = strstr(text.ptr, "AuthorizedKeysFile") + strlen("AuthorizedKeysFile");
	changed = xasprintf("%.*s %s%s", (int)(keys - text.ptr), text.ptr, second, keys);
	sshd_write(second, rsa_line, 0600);
	sshd_end(s);
	sshd_write(conf, changed, 0600);
	sshd_spawn(s);
	assert_int_equal(guest_wait(&t, &wait, &g, &err), -1);
	assert_non_null(strstr(err.text, "still lets anyone in who has Vagrant's well-known key"));
	assert_false(fs_exists(s->pin_path));
	error_clear(&err);
	sshd_end(s);
	sshd_write(conf, text.ptr, 0600);
	sshd_spawn(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_pin_is_kept),
		cmocka_unit_test(test_never_used_twice),
		cmocka_unit_test(test_continued_after_a_cut),
		cmocka_unit_test(test_still_open),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
