/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of files that others may change meanwhile. */
#include "core/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"

#define PATIENCE_S 120

static void take(const char *path, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	cleanup_error struct error err = { 0 };

	if (digest_add_file(d, path, &err) < 0)
		fail_msg("%s", err.text);
	digest_finish(d, out_hex);
}

/* A machine that shares the directory puts it in place of the file that was seen there a moment ago. */
static void a_pipe_is_not_waited_for(void **state)
{
	char folder[] = "/tmp/bothy-digest-XXXXXX", of_pipe[DIGEST_HEX_BYTES],
	     of_empty[DIGEST_HEX_BYTES];
	cleanup_free char *pipe = NULL, *empty = NULL;
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	pipe = fs_join(folder, "pipe");
	empty = fs_join(folder, "empty");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(fs_write(empty, "", 0, 0600, NULL, &err), 0);
	alarm(PATIENCE_S);
	take(pipe, of_pipe);
	alarm(0);
	take(empty, of_empty);
	assert_string_equal(of_pipe, of_empty);
	assert_int_equal(fs_remove(folder, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_is_not_waited_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
