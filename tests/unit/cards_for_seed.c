/* SPDX-License-Identifier: Apache-2.0 */
/* Which cards have to be right before the first login. */
#include "cli/cards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct network networks[] = {
	{ .name = "management", .kind = NETWORK_MANAGEMENT, .dhcp = true },
	{ .name = "bridged-br0", .kind = NETWORK_BRIDGED },
	{ .name = "inner", .kind = NETWORK_INTERNAL, .mtu = 1400 },
	{ .name = "only", .kind = NETWORK_HOST_ONLY, .dhcp = true },
	{ .name = "quiet", .kind = NETWORK_NAT_NETWORK },
	{ .name = "bridged-br1", .kind = NETWORK_BRIDGED },
};
static const struct env env = { .networks = networks, .network_count = ARRAY_SIZE(networks) };

enum { MANAGEMENT, LAN, INNER, ONLY, QUIET, OTHER };

static const struct card all[] = {
	[MANAGEMENT] = { .network = 0, .mac = "52:54:00:00:00:00", .configure = true },
	[LAN] = { .network = 1,
		  .mac = "52:54:00:00:00:01",
		  .ip = "198.51.100.7",
		  .prefix = 25,
		  .mtu = 1300,
		  .configure = true },
	[INNER] = { .network = 2, .mac = "52:54:00:00:00:02", .ip = "10.9.0.7", .configure = true },
	[ONLY] = { .network = 3, .mac = "52:54:00:00:00:03", .configure = true },
	[QUIET] = { .network = 4, .mac = "52:54:00:00:00:04", .configure = true },
	[OTHER] = { .network = 5, .mac = "52:54:00:00:00:05", .dhcp = true, .configure = true },
};
static char inside[] = "10.87.5.2", lan[] = "198.51.100.7", inner[] = "10.9.0.7",
	    only[] = "192.168.56.7", quiet[] = "10.20.0.7", host[] = "10.20.0.1", six[] = "fd00::7",
	    only_host[] = "192.168.56.1", domain[] = "shop.test";
static struct provider_card places[] = {
	{ .mac = "52:54:00:00:00:00", .ip = inside, .prefix = 24 },
	{ .mac = "52:54:00:00:00:01", .ip = lan, .prefix = 25, .ipv6 = six, .ipv6_prefix = 64 },
	{ .mac = "52:54:00:00:00:02", .ip = inner, .prefix = 24 },
	{ .mac = "52:54:00:00:00:03", .ip = only, .prefix = 24, .server = only_host },
	{ .mac = "52:54:00:00:00:04",
	  .ip = quiet,
	  .prefix = 16,
	  .gateway = host,
	  .server = host,
	  .domain = domain },
	{ .mac = "52:54:00:00:00:05" },
};
static const struct provider_cards given = { places, ARRAY_SIZE(places) };

/* "MAC IP/PREFIX via GATEWAY dns SERVER in DOMAIN mtu MTU, …" of a machine with these cards. Caller frees. */
static char *seats(const struct card *cards, size_t count)
{
	const struct machine m = { .cards = (struct card *)(uintptr_t)cards, .card_count = count };
	const struct seed_card *out = NULL;
	struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	size_t seated = cards_for_seed(&env, &m, &given, &arena, &out);

	for (size_t i = 0; i < seated; i++) {
		const struct seed_card *c = &out[i];

		text_addf(&text, "%s%s %s", i ? ", " : "", c->mac + 15, c->ip ? c->ip : "dhcp");
		if (c->ip)
			text_addf(&text, "/%u", c->prefix);
		if (c->ipv6)
			text_addf(&text, " %s/%u", c->ipv6, c->ipv6_prefix);
		if (c->gateway)
			text_addf(&text, " via %s", c->gateway);
		for (size_t k = 0; k < c->dns.count; k++)
			text_addf(&text, " dns %s", c->dns.at[k]);
		if (c->domain)
			text_addf(&text, " in %s", c->domain);
		if (c->mtu)
			text_addf(&text, " mtu %u", c->mtu);
	}
	arena_clear(&arena);
	return xstrdup(text_str(&text));
}

static void assert_seats(const struct card *cards, size_t count, const char *expected)
{
	cleanup_free char *found = seats(cards, count);

	assert_string_equal(found, expected);
}

#define SEATS(expected, ...)                               \
	assert_seats((const struct card[]){ __VA_ARGS__ }, \
		     sizeof((const struct card[]){ __VA_ARGS__ }) / sizeof(struct card), expected)

static void only_who_waits_in_vain_is_told(void **state)
{
	struct card asking = all[LAN], left = all[LAN];

	(void)state;
	asking.dhcp = true;
	left.configure = false;
	SEATS("", all[MANAGEMENT]);
	SEATS("", all[MANAGEMENT], all[LAN], all[INNER]);
	SEATS("", all[ONLY]);
	SEATS("", all[ONLY], all[OTHER]);
	SEATS("", all[OTHER]);
	SEATS("", asking);
	SEATS("", left);
	SEATS("01 198.51.100.7/25 fd00::7/64 mtu 1300", all[LAN]);
	SEATS("02 10.9.0.7/24 mtu 1400", all[INNER]);
	SEATS("04 10.20.0.7/16 via 10.20.0.1 dns 10.20.0.1 in shop.test", all[QUIET]);
}

/* cloud-init asks on the first card by itself, but not where it is told of others. */
static void the_way_in_goes_on_asking(void **state)
{
	(void)state;
	SEATS("03 dhcp, 01 198.51.100.7/25 fd00::7/64 mtu 1300", all[ONLY], all[LAN]);
	SEATS("02 10.9.0.7/24 mtu 1400, 03 dhcp", all[INNER], all[ONLY]);
	SEATS("05 dhcp, 02 10.9.0.7/24 mtu 1400", all[OTHER], all[INNER]);
	/* What nobody logs in by is left alone until somebody does. */
	SEATS("01 198.51.100.7/25 fd00::7/64 mtu 1300", all[LAN], all[ONLY]);
}

static void a_gateway_is_the_way_out(void **state)
{
	struct card out = all[LAN];

	(void)state;
	out.gateway = "198.51.100.1";
	SEATS("04 10.20.0.7/16 dns 10.20.0.1 in shop.test, "
	      "01 198.51.100.7/25 fd00::7/64 via 198.51.100.1 mtu 1300",
	      all[QUIET], out);
}

/* Also where there is no way out; but said ones are before those, and DHCP tells of them by itself. */
static void names_are_this_hosts(void **state)
{
	const char *said[] = { "10.20.0.53" };
	struct card quiet_only = all[QUIET];

	(void)state;
	quiet_only.dns = (struct strings){ said, 1 };
	SEATS("04 10.20.0.7/16 via 10.20.0.1 dns 10.20.0.53 in shop.test", quiet_only);
	places[QUIET].gateway = NULL;
	SEATS("02 10.9.0.7/24 mtu 1400, 04 10.20.0.7/16 dns 10.20.0.1 in shop.test", all[INNER],
	      all[QUIET]);
	SEATS("03 dhcp, 04 10.20.0.7/16", all[ONLY], all[QUIET]);
	places[QUIET].gateway = host;
}

/* Where the engine has addresses of its own, as with user-mode networking. */
static void an_engine_may_give_nothing(void **state)
{
	const struct machine m = { .cards = (struct card *)(uintptr_t)&all[LAN], .card_count = 1 };
	const struct provider_cards none = { 0 };
	const struct seed_card *out = NULL;
	struct arena arena = { 0 };

	(void)state;
	assert_int_equal(cards_for_seed(&env, &m, &none, &arena, &out), 0);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_who_waits_in_vain_is_told),
		cmocka_unit_test(the_way_in_goes_on_asking),
		cmocka_unit_test(a_gateway_is_the_way_out),
		cmocka_unit_test(names_are_this_hosts),
		cmocka_unit_test(an_engine_may_give_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cards_for_seed", tests, NULL, NULL);
}
