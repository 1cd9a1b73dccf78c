/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets which address. */
#include "providers/seating.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 260

static struct machine machines[MANY];
static struct card cards[MANY];
static char names[MANY][8];
static struct network lan;
static struct seats seats;
static struct reservations before, after;
static struct error err;

static int setup(void **state)
{
	(void)state;
	lan = (struct network){ .name = "lan", .kind = NETWORK_NAT_NETWORK, .dhcp = true };
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		machines[i] = (struct machine){ .name = names[i], .hostname = names[i] };
		cards[i] = (struct card){ 0 };
		snprintf(cards[i].mac, sizeof(cards[i].mac), "52:54:00:00:%02zx:%02zx", i >> 8,
			 i & 255);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	seats_clear(&seats);
	reservations_clear(&before);
	reservations_clear(&after);
	error_clear(&err);
	return 0;
}

static int assign(const char *subnet, size_t count)
{
	struct seating s = { .network = &lan };

	assert_true(subnet_read(subnet, &s.subnet));
	seats_clear(&seats);
	for (size_t i = 0; i < count; i++)
		seats_add(&seats, &machines[i], &cards[i]);
	reservations_clear(&before);
	before = after;
	after = (struct reservations){ 0 };
	error_clear(&err);
	return seating_assign(&s, &seats, &before, &after, &err);
}

static void check(size_t machine, const char *expected)
{
	const struct reservation *r = reservations_by_name(&after, names[machine]);
	char text[IPV4_TEXT_BYTES];

	assert_non_null(r);
	ipv4_text(r->address, text);
	assert_string_equal(text, expected);
}

static void check_ipv6(size_t machine, const char *expected)
{
	const struct reservation *r = reservations_by_name(&after, names[machine]);

	assert_non_null(r);
	assert_string_equal(r->ipv6 ? r->ipv6 : "none", expected);
}

static void gives_the_lowest_free_ones(void **state)
{
	(void)state;
	cards[1].ip = "10.20.0.3";
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	check(0, "10.20.0.2");
	check(1, "10.20.0.3");
	check(2, "10.20.0.4");
}

static void lets_everybody_keep_theirs(void **state)
{
	(void)state;
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	machines[0].name = "new";
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	check(1, "10.20.0.3");
	check(2, "10.20.0.4");
	assert_int_equal(reservations_by_name(&after, "m0")->address, 0x0a140002);
	assert_int_equal(reservations_by_name(&after, "new")->address, 0x0a140005);
}

static void moves_only_who_is_in_the_way(void **state)
{
	(void)state;
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	cards[2].ip = "10.20.0.2";
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	check(0, "10.20.0.4");
	check(1, "10.20.0.3");
	check(2, "10.20.0.2");
	cards[2].ip = NULL;
	assert_int_equal(assign("10.20.0.0/24", 3), 0);
	check(2, "10.20.0.2");
}

static void follows_a_new_subnet_and_a_new_mac(void **state)
{
	(void)state;
	assert_int_equal(assign("10.20.0.0/24", 2), 0);
	snprintf(cards[0].mac, sizeof(cards[0].mac), "52:54:00:ff:ff:ff");
	assert_int_equal(assign("10.20.0.0/16", 2), 0);
	check(0, "10.20.0.2");
	assert_string_equal(reservations_by_name(&after, "m0")->mac, "52:54:00:ff:ff:ff");
	assert_int_equal(assign("10.30.0.0/24", 2), 0);
	check(0, "10.30.0.2");
	check(1, "10.30.0.3");
}

static void uses_leases_only_when_all_else_is_gone(void **state)
{
	(void)state;
	lan.dhcp_from = "10.20.0.10";
	lan.dhcp_to = "10.20.0.19";
	assert_int_equal(assign("10.20.0.0/24", 243), 0);
	check(8, "10.20.0.20");
	check(242, "10.20.0.254");
	assert_int_equal(assign("10.20.0.0/24", 253), 0);
	check(243, "10.20.0.10");
	check(252, "10.20.0.19");
	assert_int_equal(assign("10.20.0.0/24", 254), -1);
	assert_int_equal(err.kind, ERROR_PROVIDER);
	assert_string_equal(err.text, "no address is left for machine 'm253' in 10.20.0.0/24");
}

static void leases_the_upper_half(void **state)
{
	struct seating s = { .network = &lan };
	uint32_t from, to;

	(void)state;
	assert_true(subnet_read("10.20.0.0/24", &s.subnet));
	assert_true(seating_leases(&s, &from, &to));
	assert_int_equal(from, 0x0a140080);
	assert_int_equal(to, 0x0a1400fe);
	assert_true(subnet_read("10.0.0.0/8", &s.subnet));
	assert_true(seating_leases(&s, &from, &to));
	assert_int_equal(to, 0x0afffffe);
	assert_int_equal(to - from, 4095);
	lan.dhcp_to = "10.200.0.9";
	assert_true(seating_leases(&s, &from, &to));
	assert_int_equal(to, 0x0ac80009);
	lan.dhcp = false;
	assert_false(seating_leases(&s, &from, &to));
	lan.dhcp = true;
	lan.dhcp_to = NULL;
	assert_true(subnet_read("10.0.0.0/29", &s.subnet));
	assert_false(seating_leases(&s, &from, &to));
}

static void refuses_addresses_that_cannot_be(void **state)
{
	static const char *const bad[] = { "10.20.0.0", "10.20.0.1", "10.20.0.255", "10.21.0.7" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cards[0].ip = bad[i];
		assert_int_equal(assign("10.20.0.0/24", 1), -1);
		assert_int_equal(err.kind, ERROR_PROVIDER);
		assert_non_null(strstr(err.text, bad[i]));
	}
	/* The host is not on an internal network. */
	lan.kind = NETWORK_INTERNAL;
	cards[0].ip = "10.20.0.1";
	assert_int_equal(assign("10.20.0.0/24", 2), 0);
	check(0, "10.20.0.1");
	check(1, "10.20.0.2");
}

static void names_both_who_want_the_same(void **state)
{
	(void)state;
	cards[0].ip = cards[2].ip = "10.20.0.9";
	assert_int_equal(assign("10.20.0.0/24", 3), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_string_equal(err.text, "machines 'm0' and 'm2' both want the address 10.20.0.9");
}

static void numbers_ipv6_like_ipv4(void **state)
{
	(void)state;
	lan.ipv6 = "fd00:20::/64";
	cards[1].ipv6 = "fd00:20::2";
	cards[2].ip = "10.20.1.7";
	assert_int_equal(assign("10.20.0.0/16", 3), 0);
	check_ipv6(0, "fd00:20::1:2");
	check_ipv6(1, "fd00:20::2");
	check_ipv6(2, "fd00:20::107");
	lan.ipv6 = NULL;
	assert_int_equal(assign("10.20.0.0/16", 3), 0);
	check_ipv6(0, "none");
	check_ipv6(1, "none");
}

static void writes_places_as_text_and_back(void **state)
{
	cleanup_reservations struct reservations read = { 0 };
	cleanup_free char *text = NULL, *again = NULL;

	(void)state;
	lan.ipv6 = "fd00:20::/64";
	assert_int_equal(assign("10.20.0.0/24", 2), 0);
	text = reservations_text(&after);
	assert_string_equal(text, "m0 52:54:00:00:00:00 10.20.0.2 fd00:20::2; "
				  "m1 52:54:00:00:00:01 10.20.0.3 fd00:20::3");
	reservations_add_text(&read, text);
	again = reservations_text(&read);
	assert_string_equal(again, text);
	reservations_add_text(&read, "; only; m2 52:54:00:00:00:02 nowhere;");
	reservations_add_text(&read, NULL);
	assert_int_equal(read.count, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(gives_the_lowest_free_ones),
		CASE(lets_everybody_keep_theirs),
		CASE(moves_only_who_is_in_the_way),
		CASE(follows_a_new_subnet_and_a_new_mac),
		CASE(uses_leases_only_when_all_else_is_gone),
		CASE(leases_the_upper_half),
		CASE(refuses_addresses_that_cannot_be),
		CASE(names_both_who_want_the_same),
		CASE(numbers_ipv6_like_ipv4),
		CASE(writes_places_as_text_and_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
