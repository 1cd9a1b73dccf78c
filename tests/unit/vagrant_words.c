/* SPDX-License-Identifier: Apache-2.0 */
/* Hints for words of Vagrant: none of them hides behind a word that is known here. */
#include "core/vagrant_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/schema.h"

static void words_are_known_in_their_place(void **state)
{
	(void)state;
	assert_string_equal(vagrant_hint(VAGRANT_COMMAND, "global-status"),
			    "here it is 'bothy list'");
	assert_string_equal(vagrant_hint("port", "host_ip"), "here it is bind");
	assert_null(vagrant_hint("card", "host_ip"));
	assert_null(vagrant_hint(VAGRANT_COMMAND, "Global-Status"));
	assert_null(vagrant_hint("port", ""));
}

static void check(const struct schema *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct schema_row *row = &s->rows[i];

		if (vagrant_hint(s->name, row->key))
			fail_msg("%s.%s is a field", s->name, row->key);
		if (row->sub)
			check(row->sub);
	}
}

static void no_field_has_a_hint(void **state)
{
	static const struct schema *const all[] = { &schema_machine, &schema_provisioner,
						    &schema_network, &schema_card,
						    &schema_port,    &schema_folder,
						    &schema_host };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		check(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_known_in_their_place),
		cmocka_unit_test(no_field_has_a_hint),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
