/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal is shown of texts that nobody vouches for. */
#include "core/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/mem.h"

static void shows(const char *text, const char *expected)
{
	cleanup_free char *line = printable_line(text);

	assert_string_equal(line, expected);
}

static void blanks(void **state)
{
	(void)state;
	shows("", "");
	shows(" \n\t", "");
	shows("make", "make");
	shows("  make  -C\tapp \n", "make -C app");
	shows("\n\ta\n\n\tb\r\nc", "a ⏎ b ⏎ c");
}

static void what_is_text_stays(void **state)
{
	(void)state;
	shows("Grüße, 世界 🙂 ¡", "Grüße, 世界 🙂 ¡");
	shows("\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd");
}

static void what_a_terminal_obeys_is_gone(void **state)
{
	(void)state;
	shows("a\033[2Jb\a\b\177", "a?[2Jb???");
	shows("a\xc2\x9b"
	      "2J",
	      "a?2J");
	/* From right to left, no width, a byte order mark, a tag. */
	shows("\xe2\x80\xae"
	      "x\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xf3\xa0\x80\xa0",
	      "?x????");
}

static void what_is_no_utf8_is_gone(void **state)
{
	(void)state;
	shows("\x9b"
	      "2J",
	      "?2J");
	shows("a\xc3", "a?");
	shows("\xc0\xaf\xe0\x80\xaf", "?????");
	shows("\xed\xa0\x80", "???");
	shows("\xf4\x90\x80\x80\xff", "?????");
}

static void of_several_lines(void **state)
{
	char text[] = "a\tb\n\033[2J\xc2\x9b"
		      "1m\xe2\x80\xae\xff 世\n";

	(void)state;
	printable_text(text);
	assert_string_equal(text, "a\tb\n?[2J?1m?? 世\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks),
		cmocka_unit_test(what_is_text_stays),
		cmocka_unit_test(what_a_terminal_obeys_is_gone),
		cmocka_unit_test(what_is_no_utf8_is_gone),
		cmocka_unit_test(of_several_lines),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
