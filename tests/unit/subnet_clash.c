/* SPDX-License-Identifier: Apache-2.0 */
/* Who is said to have a subnet. */
#include "providers/subnet_clash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OURS(name, network, settings, ip)                                         \
	"<network><name>" name "</name><metadata><bothy:network "                 \
	"xmlns:bothy='urn:bothy:machine:1' project-id='0123abcd' project='shop' " \
	"directory='/srv/shop' network='" network "' settings='" settings "' " ip "/network>"

static const char *const texts[] = {
	"<network><name>default</name><bridge name='virbr0'/>"
	"<ip address='192.168.122.1' netmask='255.255.255.0'/>"
	"<route address='172.16.0.0' prefix='16' gateway='192.168.122.9'/></network>",
	"<network><name>sleeping</name><ip address='10.50.0.1' prefix='24'/></network>",
	OURS("bothy-0123abcd-lan", "lan", "nat_network",
	     "/></metadata><bridge name='by1'/><ip address='10.20.0.1' prefix='24'/>"
	     "<ip family='ipv6' address='fd00:20::1' prefix='64'/><"),
	OURS("bothy-0123abcd-back", "back", "internal", "subnet='10.9.0.0/24'/></metadata><"),
};
static struct known_network known_at[ARRAY_SIZE(texts)];
static const struct known_networks known = { known_at, ARRAY_SIZE(texts) };
static struct host_subnet host_at[] = { { .device = "eth0" },
					{ .device = "tun0", .is_route = true },
					{ .device = "virbr0" } };
static const struct host_subnets host = { host_at, ARRAY_SIZE(host_at) };
static const struct subnet_owners owners = { &known, &host };

static int setup(void **state)
{
	static const char *const subnets[] = { "10.0.2.0/23", "10.80.0.0/17", "192.168.122.0/24" };
	cleanup_error struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		known_at[i] = (struct known_network){ .active = i != 1 };
		assert_int_equal(xml_parse(texts[i], "a network", &known_at[i].doc, &err), 0);
		network_view_read_any(known_at[i].doc, &known_at[i].view);
	}
	for (size_t i = 0; i < ARRAY_SIZE(subnets); i++)
		assert_true(subnet_read(subnets[i], &host_at[i].subnet));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		network_view_clear(&known_at[i].view);
		xml_doc_clear(&known_at[i].doc);
	}
	return 0;
}

static void check(const char *text, const char *own, const char *expected)
{
	cleanup_free char *clash = NULL;
	struct subnet s;

	assert_true(subnet_read(text, &s));
	clash = subnet_clash(&owners, &s, own);
	assert_string_equal(clash ? clash : "free", expected);
}

static void names_networks(void **state)
{
	(void)state;
	check("192.168.122.128/25", "x", "libvirt's network 'default' has 192.168.122.0/24");
	check("10.20.0.0/16", "x",
	      "network 'lan' of project 'shop' in '/srv/shop' has 10.20.0.0/24");
	check("fd00:20::/48", "x",
	      "network 'lan' of project 'shop' in '/srv/shop' has fd00:20::/64");
}

static void names_devices_and_routes(void **state)
{
	(void)state;
	check("10.0.3.0/24", "x", "this host's 'eth0' is in 10.0.2.0/23");
	check("10.0.0.0/8", "bothy-0123abcd-lan", "this host's 'eth0' is in 10.0.2.0/23");
	check("10.80.0.0/16", "x", "this host has a route to 10.80.0.0/17 by 'tun0'");
}

static void passes_over_what_does_not_clash(void **state)
{
	(void)state;
	/* The network that asks, one that is off, one without the host, and a route that is wider. */
	check("10.20.0.0/24", "bothy-0123abcd-lan", "free");
	check("10.50.0.0/24", "x", "free");
	check("10.9.0.0/24", "x", "free");
	check("10.80.3.0/24", "x", "free");
	/* Its bridge on this host is the network's, also for itself. */
	check("192.168.122.0/24", "default", "free");
}

static bool is_taken(const char *text, const char *own)
{
	cleanup_subnets struct subnets taken = { 0 };
	struct subnet s;
	bool found = false;

	assert_true(subnet_read(text, &s));
	subnet_clash_all(&owners, own, &taken);
	for (size_t i = 0; i < taken.count; i++)
		found = found || subnet_overlap(&taken.at[i], &s);
	return found;
}

static void chooses_around_everything(void **state)
{
	(void)state;
	assert_true(is_taken("10.50.0.0/24", "x"));
	assert_true(is_taken("10.9.0.0/24", "x"));
	assert_true(is_taken("172.16.5.0/24", "x"));
	assert_true(is_taken("10.80.3.0/24", "x"));
	assert_true(is_taken("10.0.3.0/24", "x"));
	assert_false(is_taken("10.51.0.0/24", "x"));
	assert_false(is_taken("192.168.122.0/24", "default"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(names_networks),
		CASE(names_devices_and_routes),
		CASE(passes_over_what_does_not_clash),
		CASE(chooses_around_everything),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
