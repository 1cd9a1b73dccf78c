/* SPDX-License-Identifier: Apache-2.0 */
/* Replays tests/fuzz/corpus/catalog. */
#include "tests/fuzz/catalog.c"

#include "tests/unit/corpus.h"

static void replay(void **state)
{
	(void)state;
	corpus_replay("tests/fuzz/corpus/catalog");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(replay) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
