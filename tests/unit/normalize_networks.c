/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and cards as they are meant. */
#include "tests/unit/normalized.h"

/* Of machine "a" in "/demo". */
#define MANAGEMENT_MAC "71:3a:45"

/* Networks and the cards of each machine by their settings, one a line; made-up MACs are left out. */
static void assert_cards(struct normalized *c, const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };
	struct arena arena = { 0 };

	assert_good(c, lua);
	for (size_t i = 0; i < c->env.network_count; i++)
		text_addf(&t, "%s: %s\n", c->env.networks[i].name, c->env.networks[i].settings);
	for (size_t i = 0; i < c->env.machine_count; i++) {
		const struct machine *m = &c->env.machines[i];

		for (size_t k = 0; k < m->card_count; k++) {
			const struct network *n = &c->env.networks[m->cards[k].network];
			char *text = xstrdup(card_settings(n, &m->cards[k], &arena));
			char *mac = strstr(text, " 52:54:00:");

			assert_non_null(mac);
			memmove(mac, mac + NETWORK_MAC_BYTES, strlen(mac + NETWORK_MAC_BYTES) + 1);
			text_addf(&t, "%s/%s\n", m->name, text);
			free(text);
		}
	}
	arena_clear(&arena);
	assert_string_equal(text_str(&t), expected);
}

static void a_machine_is_on_the_management_network(void **state)
{
	assert_cards(*state,
		     "network 'unused' { kind = 'nat' }\n"
		     "machine 'a' { box = 'b' }",
		     "management: management dhcp\n"
		     "a/management\n");
	assert_cards(*state,
		     "machine 'a' { box = 'b', management = false, networks = { 'lan' } }\n"
		     "machine 'b' { box = 'b' }\n"
		     "network 'lan' { kind = 'nat' }",
		     "management: management dhcp\n"
		     "lan: nat_network dhcp\n"
		     "a/lan\n"
		     "b/management\n");
}

static void each_word_gives_its_network(void **state)
{
	assert_cards(
		*state,
		"defaults { box = 'b', networks = { nat {} } }\n"
		"machine 'a' { ip = '192.168.56.10', networks = {\n"
		"  host_only {}, host_only { ip = '192.168.57.200/25' }, internal 'in' {},\n"
		"  nat_network 'shared' { dhcp = true }, bridged { dev = { 'br0', 'eth0' } },\n"
		"  bridged { dev = 'br1', ip = '10.1.0.9/16', gateway = '10.1.0.1' }, 'virbr' } }\n"
		"machine 'b' { networks = { host_only {}, 'in', nat {} } }",
		"management: management dhcp\n"
		"host-only-192.168.56.0: host_only subnet=192.168.56.0/24 dhcp\n"
		"nat-a: nat dhcp\n"
		"host-only: host_only dhcp\n"
		"host-only-192.168.57.128: host_only subnet=192.168.57.128/25 dhcp\n"
		"in: internal\n"
		"shared: nat_network dhcp\n"
		"bridged-br0-eth0: bridged dev=br0 dev=eth0\n"
		"bridged-br1: bridged dev=br1\n"
		"virbr: foreign\n"
		"nat-b: nat dhcp\n"
		"nat-b.2: nat dhcp\n"
		"a/management\n"
		"a/host-only-192.168.56.0 ip=192.168.56.10\n"
		"a/nat-a\n"
		"a/host-only\n"
		"a/host-only-192.168.57.128 ip=192.168.57.200\n"
		"a/in\n"
		"a/shared dhcp\n"
		"a/bridged-br0-eth0 dhcp\n"
		"a/bridged-br1 ip=10.1.0.9 prefix=16 gateway=10.1.0.1\n"
		"a/virbr dhcp\n"
		"b/management\n"
		"b/nat-b\n"
		"b/host-only\n"
		"b/in\n"
		"b/nat-b.2\n");
}

static void declared_networks_have_options(void **state)
{
	assert_cards(
		*state,
		"network 'lan' { kind = 'nat_network', subnet = '10.20.0.0/24', mtu = 1400,\n"
		"  dhcp = { from = '10.20.0.100', to = '10.20.0.200' }, ipv6 = 'FD00:20:0::/64',\n"
		"  domain = 'Lan.Test' }\n"
		"network 'office' { kind = 'bridged', dev = 'br0' }\n"
		"network 'quiet' { kind = 'host_only', dhcp = false }\n"
		"network 'back' { kind = 'internal', ipv6 = 'fd01::/48' }\n"
		"machine 'a' { box = 'b', management = false, networks = { 'lan', 'office', 'quiet',\n"
		"  internal 'back' { ip = '10.9.0.1', ipv6 = 'fd01::0005', mtu = 9000 } } }\n"
		"machine 'b' { box = 'b', management = false, networks = {\n"
		"  { name = 'lan', ip = '10.20.0.7/24', ipv6 = 'fd00:20::7/64', gateway = '10.20.0.9',\n"
		"    mac = '52-54-00-AA-BB-CC', dns = { '1.1.1.1', 'FD00::1' }, configure = false },\n"
		"  'back', 'office', bridged { dev = 'br0', configure = false, dhcp = false } } }",
		"lan: nat_network subnet=10.20.0.0/24 ipv6=fd00:20::/64 dhcp from=10.20.0.100 "
		"to=10.20.0.200 domain=lan.test mtu=1400\n"
		"office: bridged dev=br0\n"
		"quiet: host_only\n"
		"back: internal subnet=10.9.0.0/24 ipv6=fd01::/48\n"
		"bridged-br0: bridged dev=br0\n"
		"a/lan\n"
		"a/office dhcp\n"
		"a/quiet\n"
		"a/back ip=10.9.0.1 ipv6=fd01::5 mtu=9000\n"
		"b/lan ip=10.20.0.7 ipv6=fd00:20::7 gateway=10.20.0.9 dns=1.1.1.1 dns=fd00::1 "
		"unconfigured\n"
		"b/back\n"
		"b/office dhcp\n"
		"b/bridged-br0 unconfigured\n");
	assert_string_equal(((struct normalized *)*state)->env.machines[1].cards[0].mac,
			    "52:54:00:aa:bb:cc");
}

static void macs_are_stable(void **state)
{
	struct normalized *c = *state;
	char management[NETWORK_MAC_BYTES], lan[NETWORK_MAC_BYTES];
	const struct card *cards;

	assert_good(c, "machine 'a' { box = 'b', networks = { nat_network 'lan' {} } }");
	cards = c->env.machines[0].cards;
	/* As of before there were other networks: machines that exist keep theirs. */
	assert_string_equal(cards[0].mac, "52:54:00:" MANAGEMENT_MAC);
	assert_string_not_equal(cards[0].mac, cards[1].mac);
	memcpy(management, cards[0].mac, sizeof(management));
	memcpy(lan, cards[1].mac, sizeof(lan));
	assert_good(c, "machine 'z' { box = 'b', networks = { nat {}, nat_network 'lan' {} } }\n"
		       "machine 'a' { box = 'b', networks = { host_only {}, 'lan' } }");
	cards = c->env.machines[1].cards;
	assert_string_equal(cards[0].mac, management);
	assert_string_equal(cards[2].mac, lan);
	/* One that is said goes first. */
	make(c, "machine 'a' { box = 'b' }\nmachine 'b' { box = 'b', networks = {\n"
		"  host_only { mac = '52:54:00:" MANAGEMENT_MAC "' } } }");
	assert_int_equal(c->problems.count, 0);
	assert_string_not_equal(c->env.machines[0].cards[0].mac, management);
}

static void ssh_goes_where_the_host_gets_in(void **state)
{
	static const struct {
		const char *networks;
		int card; /* -1: none */
	} rows[] = {
		{ "internal 'x' {}, host_only {}", 1 },
		{ "internal 'x' {}", -1 },
		{ "bridged { dev = 'br0' }, nat {}", 1 },
		{ "bridged { dev = 'br0', ip = '10.0.0.5/24' }, nat {}", 0 },
		{ "internal 'x' {}, bridged { dev = 'br0' }", 1 },
		{ "'default', nat {}", 0 },
	};
	struct normalized *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *lua = xasprintf(
			"machine 'a' { box = 'b', management = false, networks = { %s } }",
			rows[i].networks);
		const struct machine *m;
		const struct card *card;

		assert_good(c, lua);
		m = c->env.machines;
		card = machine_login_card(&c->env, m);
		assert_int_equal(card ? card - m->cards : -1, rows[i].card);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_machine_is_on_the_management_network), CASE(each_word_gives_its_network),
		CASE(declared_networks_have_options),         CASE(macs_are_stable),
		CASE(ssh_goes_where_the_host_gets_in),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize_networks", tests, NULL, NULL);
}
