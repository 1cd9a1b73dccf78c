/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic with subnets, and the choice of one that nobody uses. */
#include "providers/subnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/host_subnets.h"

#define SEED 5ul /* the search begins at 10.87.5.0 */

static void add(struct subnets *s, const char *address, const char *netmask, const char *prefix)
{
	struct subnet subnet;

	assert_true(subnet_read_parts(address, netmask, prefix, &subnet));
	subnets_add(s, &subnet);
}

static char *chosen(const struct subnets *taken, unsigned long seed)
{
	struct subnet subnet;

	return subnet_choose(taken, seed, &subnet) ? subnet_format(&subnet) : xstrdup("none");
}

static void check(const struct subnets *taken, unsigned long seed, const char *expected)
{
	cleanup_free char *got = chosen(taken, seed);

	assert_string_equal(got, expected);
}

static void begins_where_the_project_says(void **state)
{
	const struct subnets none = { 0 };

	(void)state;
	check(&none, SEED, "10.87.5.0/24");
	check(&none, 0x1ff, "10.87.255.0/24");
	check(&none, 0xffffffff, "10.87.255.0/24");
}

static void passes_over_what_is_taken(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	add(&taken, "10.87.5.1", "255.255.255.0", NULL);
	add(&taken, "10.87.6.130", NULL, "25");
	add(&taken, "10.87.8.0", NULL, "23");
	check(&taken, SEED, "10.87.7.0/24");
	add(&taken, "10.87.7.9", NULL, "32");
	check(&taken, SEED, "10.87.10.0/24");
}

static void goes_round_and_on_to_the_next_block(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	for (uint32_t third = 5; third < 256; third++) {
		struct subnet one = subnet_of((10u << 24) | (87u << 16) | (third << 8), 24);

		subnets_add(&taken, &one);
	}
	check(&taken, SEED, "10.87.0.0/24");
	add(&taken, "10.87.0.1", NULL, "16");
	check(&taken, SEED, "10.88.5.0/24");
}

static void overlooks_routes_that_cover_all(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	add(&taken, "10.0.0.0", NULL, "8");
	add(&taken, "10.87.5.1", NULL, "24");
	check(&taken, SEED, "10.87.6.0/24");
}

static void says_when_all_are_taken(void **state)
{
	cleanup_subnets struct subnets taken = { 0 };

	(void)state;
	for (uint32_t second = 87; second < 95; second++) {
		struct subnet one = subnet_of((10u << 24) | (second << 16), 16);

		subnets_add(&taken, &one);
	}
	check(&taken, SEED, "none");
}

static void check_text(const char *text, const char *expected)
{
	cleanup_free char *got = NULL;
	struct subnet s;

	if (subnet_read(text, &s))
		got = subnet_format(&s);
	if (expected)
		assert_string_equal(got ? got : "none", expected);
	else
		assert_null(got);
}

static void reads_and_writes_both_kinds(void **state)
{
	(void)state;
	check_text("10.20.0.0/24", "10.20.0.0/24");
	check_text("10.20.0.77/25", "10.20.0.0/25");
	check_text("0.0.0.0/0", "0.0.0.0/0");
	check_text("10.20.0.9/32", "10.20.0.9/32");
	check_text("fd00:20:0::5/64", "fd00:20::/64");
	check_text("::/0", "::/0");
}

static void refuses_what_is_no_subnet(void **state)
{
	struct subnet s;

	(void)state;
	check_text(NULL, NULL);
	check_text("", NULL);
	check_text("10.20.0.0", NULL);
	check_text("10.20.0.0/", NULL);
	check_text("10.20.0.0/33", NULL);
	check_text("10.20.0.0/-1", NULL);
	check_text("10.20.0.0/24x", NULL);
	check_text("10.20.0/24", NULL);
	check_text("fd00::/129", NULL);
	check_text("/24", NULL);
	assert_false(subnet_read_parts(NULL, NULL, "24", &s));
	assert_false(subnet_read_parts("lan", NULL, "24", &s));
}

static bool overlap(const char *a, const char *b)
{
	struct subnet x, y;

	assert_true(subnet_read(a, &x) && subnet_read(b, &y));
	assert_int_equal(subnet_overlap(&x, &y), subnet_overlap(&y, &x));
	return subnet_overlap(&x, &y);
}

static void knows_what_overlaps(void **state)
{
	(void)state;
	assert_true(overlap("10.20.0.0/24", "10.20.0.0/24"));
	assert_true(overlap("10.20.0.0/16", "10.20.7.0/24"));
	assert_true(overlap("0.0.0.0/0", "10.20.7.0/24"));
	assert_false(overlap("10.20.0.0/24", "10.20.1.0/24"));
	assert_false(overlap("10.20.0.0/25", "10.20.0.128/25"));
	assert_true(overlap("fd00:20::/48", "fd00:20:0:7::/64"));
	assert_false(overlap("fd00:20::/64", "fd00:21::/64"));
	assert_false(overlap("0.0.0.0/0", "fd00:21::/64"));
}

static void counts_addresses(void **state)
{
	struct subnet s = subnet_of(0x0a140077, 25), all = subnet_of(7, 0), v6;
	char text[IPV6_TEXT_BYTES];

	(void)state;
	assert_int_equal(subnet_first(&s), 0x0a140000);
	assert_int_equal(subnet_span(&s), 127);
	assert_int_equal(subnet_prefix(&s), 25);
	assert_true(subnet_has(&s, 0x0a14007f));
	assert_false(subnet_has(&s, 0x0a140080));
	assert_false(subnet_has(&s, 0x0a13ffff));
	assert_int_equal(subnet_span(&all), UINT32_MAX);
	assert_true(subnet_read("fd00:20::/64", &v6));
	assert_false(subnet_is_v4(&v6));
	subnet6_nth(&v6, 0x10002, text);
	assert_string_equal(text, "fd00:20::1:2");
}

static void sees_this_host(void **state)
{
	cleanup_host_subnets struct host_subnets host = { 0 };
	cleanup_error struct error err = { 0 };
	bool has_loopback = false;

	(void)state;
	assert_int_equal(host_subnets_read(&host, &err), 0);
	for (size_t i = 0; i < host.count; i++) {
		const struct host_subnet *h = &host.at[i];

		assert_int_not_equal(
			subnet_is_v4(&h->subnet) ? subnet_prefix(&h->subnet) : h->subnet.bits, 0);
		has_loopback = has_loopback || (strcmp(h->device, "lo") == 0 && !h->is_route &&
						subnet_has(&h->subnet, 0x7f000001));
	}
	assert_true(has_loopback);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_where_the_project_says),
		cmocka_unit_test(passes_over_what_is_taken),
		cmocka_unit_test(goes_round_and_on_to_the_next_block),
		cmocka_unit_test(overlooks_routes_that_cover_all),
		cmocka_unit_test(says_when_all_are_taken),
		cmocka_unit_test(reads_and_writes_both_kinds),
		cmocka_unit_test(refuses_what_is_no_subnet),
		cmocka_unit_test(knows_what_overlaps),
		cmocka_unit_test(counts_addresses),
		cmocka_unit_test(sees_this_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
