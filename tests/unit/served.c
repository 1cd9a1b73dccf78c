/* SPDX-License-Identifier: Apache-2.0 */
/* What a forwarder wrote down, and what others did in its name. */
#include "cli/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static char directory[] = "/tmp/bothy-served-XXXXXX";
static char *path;

static void put(const char *text)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(path, text, strlen(text), 0600, NULL, &err), 0);
}

static size_t count_loaded(void)
{
	cleanup_served_list struct served_list l = { 0 };

	served_load(directory, &l);
	return l.count;
}

static void save_one(void)
{
	struct served_port port = { .protocol = PORT_TCP,
				    .bind = (char[]){ "0.0.0.0" },
				    .wanted = 80,
				    .host = 80,
				    .guest = 80,
				    .count = 1 };
	struct served one = { .machine = (char[]){ "web" },
			      .id = (char[]){ "1" },
			      .provider = (char[]){ "fake" },
			      .address = (char[]){ "127.0.0.1" },
			      .ports = &port,
			      .count = 1 };
	struct served_list l = { .at = &one, .count = 1 };
	cleanup_error struct error err = { 0 };

	assert_int_equal(served_save(directory, &l, NULL, &err), 0);
}

static void what_was_saved_is_loaded(void **state)
{
	(void)state;
	save_one();
	assert_int_equal(count_loaded(), 1);
}

static void what_came_with_the_project_is_not(void **state)
{
	cleanup_text struct text saved = { 0 };
	cleanup_error struct error err = { 0 };
	char *boot;

	(void)state;
	save_one();
	assert_int_equal(fs_read(path, 1 << 20, &saved, &err), 0);
	boot = strstr(saved.ptr, "\"boot\": \"");
	assert_non_null(boot);
	boot += strlen("\"boot\": \"");
	*boot = *boot == '0' ? '1' : '0';
	put(saved.ptr);
	assert_int_equal(count_loaded(), 0);
	memcpy(boot - strlen("boot\": \""), "toob", 4);
	put(saved.ptr);
	assert_int_equal(count_loaded(), 0);
	put("[]");
	assert_int_equal(count_loaded(), 0);
}

static int open_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	path = fs_join(directory, "state.json");
	return 0;
}

static int remove_directory(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(path);
	return fs_remove(directory, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_saved_is_loaded),
		cmocka_unit_test(what_came_with_the_project_is_not),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("served", tests, open_directory, remove_directory);
}
