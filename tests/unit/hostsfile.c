/* SPDX-License-Identifier: Apache-2.0 */
/* Our block in the hosts file, and everything else in it as it was. */
#include "cli/hostsfile.h"

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

#include "core/fs.h"

#define BEFORE "127.0.0.1\tlocalhost\r\n\n# by hand\n::1 ip6-localhost\n"
#define BEGIN "# bothy 0123abcd /srv/my shop? begin\n"
#define END "# bothy 0123abcd /srv/my shop? end\n"
#define WEB "10.87.3.2\tweb web.shop.test www\n"
#define DB "10.87.3.3\tdb\n"

static char directory[64];
static const struct project shop = { "0123abcd", "shop", "/srv/my shop\n" };
static const struct project other = { "89abcdef", "other", "/srv/other" };

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-hosts-XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return chdir("/") < 0 ? -1 : fs_remove(directory, &err);
}

static void put(const char *content)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write("hosts", content, strlen(content), 0644, NULL, &err), 0);
}

static void assert_content(const char *wanted)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };

	assert_int_equal(fs_read("hosts", 1 << 20, &t, &err), 0);
	assert_string_equal(text_str(&t), wanted);
}

static void set(const struct project *p, const char *address, const char *name, bool more)
{
	const char *names[] = { name, "web.shop.test", "www" };
	struct hostsfile_entry e = { address, { names, more ? 3 : 1 } };
	cleanup_error struct error err = { 0 };

	if (hostsfile_set("hosts", p, &e, &err) < 0)
		fail_msg("%s", err.text);
}

static void take_out(const char *project_id, const char *machine)
{
	cleanup_error struct error err = { 0 };

	if (hostsfile_remove("hosts", project_id, machine, &err) < 0)
		fail_msg("%s", err.text);
}

static void comes_and_goes_without_a_trace(void **state)
{
	static const char *const contents[] = { BEFORE, "", "no end of line", "one\ntwo" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		put(contents[i]);
		set(&shop, "10.87.3.2", "web", true);
		set(&shop, "10.87.3.3", "db", false);
		take_out("0123abcd", "web");
		take_out("0123abcd", "nobody");
		take_out("0123abcd", "db");
		assert_content(contents[i]);
	}
	put("one\ntwo");
	set(&shop, "10.87.3.2", "web", true);
	assert_content("one\n" BEGIN WEB END "two");
}

static void the_same_twice_changes_nothing(void **state)
{
	struct stat before, after;

	(void)state;
	put(BEFORE);
	set(&shop, "10.87.3.2", "web", true);
	set(&shop, "10.87.3.3", "db", false);
	assert_content(BEFORE BEGIN WEB DB END);
	assert_int_equal(stat("hosts", &before), 0);
	set(&shop, "10.87.3.2", "web", true);
	assert_int_equal(stat("hosts", &after), 0);
	assert_true(before.st_ino == after.st_ino);
	set(&shop, "10.87.3.9", "web", false);
	assert_content(BEFORE BEGIN "10.87.3.9\tweb\n" DB END);
	set(&other, "10.87.4.2", "web", false);
	take_out("0123abcd", "web");
	take_out("0123abcd", "db");
	assert_content(BEFORE "# bothy 89abcdef /srv/other begin\n10.87.4.2\tweb\n"
			      "# bothy 89abcdef /srv/other end\n");
}

static void it_tells_what_is_there(void **state)
{
	cleanup_free char *line = NULL, *none = NULL;

	(void)state;
	put(BEFORE BEGIN WEB DB END "10.0.0.1\tlater\n");
	line = hostsfile_find("hosts", "0123abcd", "db");
	assert_string_equal(line, "10.87.3.3\tdb");
	none = hostsfile_find("hosts", "0123abcd", "later");
	assert_null(none);
}

static void mode_and_symlink_stay(void **state)
{
	struct stat st;

	(void)state;
	put(BEFORE);
	assert_int_equal(rename("hosts", "real"), 0);
	assert_int_equal(chmod("real", 0664), 0);
	assert_int_equal(symlink("real", "hosts"), 0);
	set(&shop, "10.87.3.2", "web", true);
	assert_content(BEFORE BEGIN WEB END);
	assert_int_equal(lstat("hosts", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("real", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0664);
}

static void assert_refuses(const char *name, const char *says)
{
	struct hostsfile_entry e = { "10.87.3.2", { &name, 1 } };
	cleanup_error struct error err = { 0 };

	assert_int_equal(hostsfile_set("hosts", &shop, &e, &err), -1);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static void what_it_does_not_understand_it_leaves(void **state)
{
	(void)state;
	put(BEFORE BEGIN WEB);
	assert_refuses("web", "has no end");
	assert_content(BEFORE BEGIN WEB);
	put(BEFORE);
	assert_refuses("two words", "is no name");
	assert_refuses("a\nb", "is no name");
	assert_content(BEFORE);
	assert_int_equal(unlink("hosts"), 0);
	take_out("0123abcd", "web");
	assert_refuses("web", "cannot find");
	assert_int_equal(symlink("/dev/null", "hosts"), 0);
	assert_refuses("web", "no ordinary file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_and_goes_without_a_trace, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_twice_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(it_tells_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(mode_and_symlink_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(what_it_does_not_understand_it_leaves, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
