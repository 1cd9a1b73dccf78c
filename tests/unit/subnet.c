/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a subnet that nobody uses. */
#include "providers/subnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/mem.h"

#define PROJECT "00000005" /* the search begins at 10.87.5.0 */

static char *chosen(const struct subnets *taken, const char *project_id)
{
	char text[SUBNET_TEXT_BYTES];
	uint32_t address;

	if (!subnet_choose(taken, project_id, &address))
		return xstrdup("none");
	subnet_text(address, text);
	return xstrdup(text);
}

static void check(const struct subnets *taken, const char *project_id, const char *expected)
{
	cleanup_free char *got = chosen(taken, project_id);

	assert_string_equal(got, expected);
}

static void begins_where_the_project_says(void **state)
{
	const struct subnets none = { 0 };

	(void)state;
	check(&none, PROJECT, "10.87.5.0");
	check(&none, "000001ff", "10.87.255.0");
	check(&none, "ffffffff", "10.87.255.0");
}

static void passes_over_what_is_taken(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	subnets_add_text(&taken, "10.87.5.1", "255.255.255.0", NULL);
	subnets_add_text(&taken, "10.87.6.130", NULL, "25");
	subnets_add_text(&taken, "10.87.8.0", NULL, "23");
	check(&taken, PROJECT, "10.87.7.0");
	subnets_add_text(&taken, "10.87.7.9", NULL, "32");
	check(&taken, PROJECT, "10.87.10.0");
}

static void goes_round_and_on_to_the_next_block(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	for (uint32_t third = 5; third < 256; third++)
		subnets_add(&taken, (10u << 24) | (87u << 16) | (third << 8), 0xffffff00u);
	check(&taken, PROJECT, "10.87.0.0");
	subnets_add_text(&taken, "10.87.0.1", NULL, "16");
	check(&taken, PROJECT, "10.88.5.0");
}

static void overlooks_routes_that_cover_all(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	subnets_add_text(&taken, "10.0.0.0", NULL, "8");
	subnets_add_text(&taken, "10.87.5.1", NULL, "24");
	check(&taken, PROJECT, "10.87.6.0");
}

static void says_when_all_are_taken(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	for (uint32_t second = 87; second < 95; second++)
		subnets_add(&taken, (10u << 24) | (second << 16), 0xffff0000u);
	check(&taken, PROJECT, "none");
}

static void ignores_what_is_no_address(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	subnets_add_text(&taken, "fd00::1", NULL, "64");
	subnets_add_text(&taken, NULL, NULL, "24");
	assert_int_equal(taken.count, 0);
}

static void sees_this_host(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(subnets_add_host(&taken, &err), 0);
	for (size_t i = 0; i < taken.count; i++)
		assert_int_not_equal(taken.at[i].mask, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_where_the_project_says),
		cmocka_unit_test(passes_over_what_is_taken),
		cmocka_unit_test(goes_round_and_on_to_the_next_block),
		cmocka_unit_test(overlooks_routes_that_cover_all),
		cmocka_unit_test(says_when_all_are_taken),
		cmocka_unit_test(ignores_what_is_no_address),
		cmocka_unit_test(sees_this_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
