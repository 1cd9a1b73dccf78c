/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, subnets, hardware addresses, and differences of settings. */
#include "core/cidr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "core/mac.h"
#include "core/settings.h"

static void subnets_are_read(void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *subnet;
	} rows[] = {
		{ "10.20.0.5/24", true, "10.20.0.0/24" },
		{ "10.20.0.5", true, "10.20.0.0/16" },
		{ "255.255.255.255/32", true, "255.255.255.255/32" },
		{ "1.2.3.4/0", true, "0.0.0.0/0" },
		{ "10.20.0.5/33", false, NULL },
		{ "10.20.0.5/", false, NULL },
		{ "10.20.0.5/024", false, NULL },
		{ "10.20.0.5/2x", false, NULL },
		{ "10.20.0.5/-1", false, NULL },
		{ "10.20.0.5 /24", false, NULL },
		{ "010.20.0.5/24", false, NULL },
		{ "10.20.0/24", false, NULL },
		{ "/24", false, NULL },
		{ "", false, NULL },
		{ "10.20.0.256", false, NULL },
		{ "10.20.0.5/99999999999", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CIDR_TEXT_BYTES];
		struct cidr c;

		if (cidr_parse(rows[i].text, 16, &c) != rows[i].good)
			fail_msg("%s", rows[i].text);
		if (!rows[i].good)
			continue;
		cidr_text(&c, text);
		assert_string_equal(text, rows[i].subnet);
	}
	assert_false(cidr_parse("10.20.0.5", -1, &(struct cidr){ 0 }));
	assert_false(cidr_parse(NULL, 24, &(struct cidr){ 0 }));
}

static struct cidr cidr_of(const char *text)
{
	struct cidr c;

	assert_true(cidr_parse(text, -1, &c));
	return c;
}

static void subnets_overlap(void **state)
{
	struct cidr wide = cidr_of("10.20.0.0/16"), narrow = cidr_of("10.20.9.0/24");
	struct cidr other = cidr_of("10.21.0.0/16"), all = cidr_of("0.0.0.0/0");

	(void)state;
	assert_true(cidr_overlap(&wide, &narrow));
	assert_true(cidr_overlap(&narrow, &wide));
	assert_false(cidr_overlap(&narrow, &other));
	assert_true(cidr_overlap(&all, &other));
	assert_int_equal(cidr_first(&narrow), 0x0a140900);
	assert_int_equal(cidr_last(&narrow), 0x0a1409ff);
	assert_true(cidr_holds(&narrow, 0x0a140901));
	assert_false(cidr_holds(&narrow, 0x0a140801));
}

static struct cidr6 cidr6_of(const char *text)
{
	struct cidr6 c;

	assert_true(cidr6_parse(text, -1, &c));
	return c;
}

static void ipv6_is_read(void **state)
{
	struct cidr6 net = cidr6_of("fd00:20::/64"), inner = cidr6_of("fd00:20::80/121");
	struct cidr6 other = cidr6_of("fd00:21::5/64");
	char text[CIDR6_TEXT_BYTES];

	(void)state;
	assert_true(cidr6_overlap(&net, &inner));
	assert_true(cidr6_overlap(&inner, &net));
	assert_false(cidr6_overlap(&net, &other));
	assert_true(cidr6_holds(&net, inner.address));
	assert_false(cidr6_holds(&net, other.address));
	cidr6_text(&other, text);
	assert_string_equal(text, "fd00:21::/64");
	cidr6_text(&inner, text);
	assert_string_equal(text, "fd00:20::80/121");
	assert_false(cidr6_parse("fd00::/129", 64, &net));
	assert_false(cidr6_parse("10.0.0.1", 64, &net));
	assert_true(ip_canonical("FD00::0:1", text));
	assert_string_equal(text, "fd00::1");
	assert_true(ip_canonical("10.0.0.1", text));
	assert_false(ip_canonical("10.0.0", text));
}

static void macs_are_read(void **state)
{
	char mac[NETWORK_MAC_BYTES];

	(void)state;
	assert_true(mac_parse("52-54-00-AA-0b-cC", mac));
	assert_string_equal(mac, "52:54:00:aa:0b:cc");
	assert_true(mac_is_card(mac));
	assert_false(mac_parse("52:54-00:aa:0b:cc", mac));
	assert_false(mac_parse("52:54:00:aa:0b:c", mac));
	assert_false(mac_parse("52:54:00:aa:0b:cg", mac));
	assert_false(mac_parse("52.54.00.aa.0b.cc", mac));
	assert_false(mac_parse("", mac));
	assert_false(mac_is_card("01:00:5e:00:00:01"));
	assert_false(mac_is_card("ff:ff:ff:ff:ff:ff"));
	assert_false(mac_is_card("00:00:00:00:00:00"));
}

static void settings_differ_by_key(void **state)
{
	static const char *const rows[][3] = {
		{ "nat_network dhcp", "nat_network dhcp", NULL },
		{ "nat_network subnet=10.20.0.0/24 dhcp mtu=1400",
		  "host_only subnet=10.21.0.0/24 domain=x",
		  "nat_network → host_only, subnet=10.20.0.0/24 → 10.21.0.0/24, domain=none → x, "
		  "dhcp → no dhcp, mtu=1400 → none" },
		{ "lan 52:54:00:00:00:01 ip=10.0.0.5 dns=a",
		  "lan 52:54:00:00:00:02 ip=10.0.0.5 dns=a dns=b dhcp",
		  "mac=52:54:00:00:00:01 → 52:54:00:00:00:02, dns=a → a,b, no dhcp → dhcp" },
		{ "", "internal", "none → internal" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *difference = settings_difference(rows[i][0], rows[i][1], &arena);

		if (!rows[i][2])
			assert_null(difference);
		else
			assert_string_equal(difference, rows[i][2]);
	}
	assert_string_equal(settings_subject("lan 52:54", &arena), "lan");
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subnets_are_read),       cmocka_unit_test(subnets_overlap),
		cmocka_unit_test(ipv6_is_read),           cmocka_unit_test(macs_are_read),
		cmocka_unit_test(settings_differ_by_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
