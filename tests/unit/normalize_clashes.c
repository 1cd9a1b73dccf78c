/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with networks, cards, ports and names, and where it is said. */
#include "tests/unit/normalized.h"

static void networks_are_checked(void **state)
{
	assert_problems(
		*state,
		"network 'Lan' { kind = 'nat' }\n"
		"network 'nat-x' { kind = 'nat' }\n"
		"network 'a' { kind = 'nat', subnet = '10.20.0.5/24' }\n"
		"network 'b' { kind = 'nat', subnet = '10.20/24' }\n"
		"network 'c' { kind = 'nat', subnet = '127.0.0.0/8', ipv6 = 'fe80::/64' }\n"
		"network 'd' { kind = 'internal', dhcp = true, domain = 'x', dev = 'e' }\n"
		"network 'e' { kind = 'bridged', subnet = '10.1.0.0/24', dev = 'a/b' }\n"
		"network 'f' { subnet = '10.2.0.0/31', domain = '-x' }\n"
		"network 'f' { kind = 'nat' }\n"
		"network 'g' { kind = 'nat', dhcp = { from = '10.3.0.2', to = '10.3.0.9' } }\n"
		"network 'h' { kind = 'nat', subnet = '10.3.0.0/24', dhcp = {\n"
		"  from = '10.3.0.1', to = '10.4.0.9' } }\n"
		"network 'i' { kind = 'nat', subnet = '10.3.0.128/25',\n"
		"  dhcp = { from = '10.3.0.150', to = '10.3.0.140' } }\n"
		"network 'j' { kind = 'bridged' }\n"
		"network 'k' { kind = 'nat', ipv6 = 'fd00::1/64' }\n"
		"machine 'm' { box = 'b' }",
		"1: network 'Lan': expected a name of a-z, 0-9 and '-', at most 63 long\n"
		"2: network 'nat-x': bothy itself makes networks of such names\n"
		"3: network 'a'.subnet: '10.20.0.5/24' is an address in '10.20.0.0/24'; write that\n"
		"4: network 'b'.subnet: expected a subnet such as \"10.20.0.0/24\", got \"10.20/24\"\n"
		"5: network 'c'.ipv6: 'fe80::/64': machines cannot have addresses there\n"
		"5: network 'c'.subnet: '127.0.0.0/8': machines cannot have addresses there\n"
		"6: network 'd'.dev: only a bridged network has a device of this host\n"
		"6: network 'd'.dhcp: an internal network has no DHCP server\n"
		"6: network 'd'.domain: an internal network has no name server\n"
		"7: network 'e'.dev: 'a/b' is no name of a network card\n"
		"7: network 'e'.subnet: a bridged network has what it leads to, nothing of its own\n"
		"8: network 'f'.domain: expected a name such as \"lan.test\", got \"-x\"\n"
		"8: network 'f'.subnet: '10.2.0.0/31': subnets have a prefix of /8 to /30\n"
		"8: network 'f': expected kind = \"nat\", \"host_only\", \"internal\" or \"bridged\"\n"
		"9: network 'f' is declared twice; the first is in line 8\n"
		"10: network 'g'.dhcp: a range needs a subnet\n"
		"12: network 'h'.dhcp.from: '10.3.0.1' is no machine's in '10.3.0.0/24'\n"
		"12: network 'h'.dhcp.to: '10.4.0.9' is not in '10.3.0.0/24'\n"
		"13: network 'i': its subnet 10.3.0.128/25 and 10.3.0.0/24 of network 'h' (line 11) "
		"overlap\n"
		"14: network 'i'.dhcp: '10.3.0.150' is after '10.3.0.140'\n"
		"15: network 'j': expected dev = …, a card or bridge of this host\n"
		"16: network 'k'.ipv6: 'fd00::1/64' is an address in 'fd00::/64'; write that\n");
}

static void kinds_are_the_same_everywhere(void **state)
{
	put("more.lua", "\nmachine 'c' { box = 'b', networks = { internal 'y' {} } }\n");
	assert_problems(*state,
			"machine 'a' { box = 'b', networks = { nat_network 'y' {}, 'x' } }\n"
			"machine 'b' { box = 'b', networks = {\n"
			"  internal 'x' {} } }\n"
			"network 'x' { kind = 'host_only' }\n"
			"include 'more.lua'\n",
			"3: machine 'b'.networks[1]: network 'x' is of kind internal here, and of "
			"kind host_only in line 4\n"
			"2: machine 'c'.networks[1]: network 'y' is of kind internal here, and of "
			"kind nat_network in bothy.lua:1\n");
}

static void cards_fit_their_network(void **state)
{
	assert_problems(
		*state,
		"network 'lan' { kind = 'nat', subnet = '10.20.0.0/24' }\n"
		"defaults { box = 'b' }\n"
		"machine 'a' { networks = { { name = 'lan', ip = '10.20.0.1' },\n"
		"  'lan', internal 'in' { ip = '10.9.0.5/24', dhcp = true },\n"
		"  'management', 'nat-b', host_only { ip = '10.20.0.9' } } }\n"
		"machine 'b' { networks = { { name = 'lan', ip = '10.20.1.7' },\n"
		"  { name = 'in', ip = '10.9.0.5' }, bridged { dev = 'br0', ip = '10.0.0.5' } } }\n"
		"machine 'c' { networks = { { name = 'lan', ip = '10.20.0.255' },\n"
		"  { name = 'in', ip = '10.9.0.6/25', ipv6 = 'fd00::5' }, host_only { ip = 'x' },\n"
		"  bridged { dev = 'br0', ip = '10.0.0.5/24', dhcp = true } } }\n"
		"machine 'd' { ip = '192.168.56.256', networks = { { name = 'lan', ip = 'y' },\n"
		"  nat { gateway = '10.1.1.1', mac = '01:00:00:00:00:01', dns = 'z' },\n"
		"  bridged { dev = 'br0', dhcp = false } } }\n"
		"machine 'e' { networks = {\n"
		"  { name = 'lan', ip = '10.20.0.5', gateway = '10.20.0.5', mac = '52:54:00:1:2:3' },\n"
		"  { name = 'in', gateway = '10.9.0.9', mac = '52:54:00:00:00:01' },\n"
		"  bridged { dev = 'br0', gateway = '10.1.0.1', mac = '52:54:00:00:00:01' } } }\n",
		"3: machine 'a'.networks[1].ip: '10.20.0.1' is this host's own address there: no machine "
		"can have it in 10.20.0.0/24\n"
		"4: machine 'a'.networks[2]: it has a card on network 'lan' already (line 3)\n"
		"4: machine 'a'.networks[3].dhcp: network 'in' has no DHCP server\n"
		"5: machine 'a'.networks[4]: every machine is on the network 'management' unless it says "
		"management = false\n"
		"5: machine 'a'.networks[5]: 'nat-b': bothy itself makes networks of such names\n"
		"5: network 'host-only-10.20.0.0': its subnet 10.20.0.0/24 and 10.20.0.0/24 of network "
		"'lan' (line 1) overlap\n"
		"6: machine 'b'.networks[1].ip: '10.20.1.7' is not in the subnet 10.20.0.0/24 of network "
		"'lan' (line 1)\n"
		"7: machine 'b'.networks[2].ip: machine 'a' has '10.9.0.5' already (line 4)\n"
		"7: machine 'b'.networks[3].ip: on a bridged network, say its prefix too: "
		"\"10.0.0.5/24\"\n"
		"8: machine 'c'.networks[1].ip: '10.20.0.255' means everybody on it: no machine can have "
		"it in 10.20.0.0/24\n"
		"9: machine 'c'.networks[2].ip: '10.9.0.6/25' is not in the subnet 10.9.0.0/24 of network "
		"'in' (line 4)\n"
		"9: machine 'c'.networks[2].ipv6: network 'in' has no IPv6 prefix\n"
		"9: machine 'c'.networks[3].ip: expected an address such as \"192.168.56.10\", got "
		"\"x\"\n"
		"10: machine 'c'.networks[4].dhcp: it has an ip already; say one of them\n"
		"10: machine 'c'.networks[4].ip: machine 'b' has '10.0.0.5' already (line 7)\n"
		"11: machine 'd'.ip: expected an address such as \"192.168.56.10\", got "
		"\"192.168.56.256\"\n"
		"11: machine 'd'.networks[1].ip: expected an address such as \"192.168.56.10\", got "
		"\"y\"\n"
		"12: machine 'd'.networks[2].dns: expected an address, got \"z\"\n"
		"12: machine 'd'.networks[2].gateway: the subnet of network 'nat-d' is not said, so nobody "
		"knows what is in it\n"
		"12: machine 'd'.networks[2].mac: '01:00:00:00:00:01' cannot be the address of a card\n"
		"13: machine 'd'.networks[3].dhcp: without it, an ip is needed\n"
		"15: machine 'e'.networks[1].gateway: '10.20.0.5' is the card's own address\n"
		"15: machine 'e'.networks[1].mac: expected one such as \"52:54:00:12:34:56\", got "
		"\"52:54:00:1:2:3\"\n"
		"17: machine 'e'.networks[3].gateway: another card has the gateway '10.9.0.9'\n"
		"17: machine 'e'.networks[3].mac: a card of machine 'e' has '52:54:00:00:00:01' already\n");
}

static void ports_lead_to_one_machine(void **state)
{
	assert_problems(
		*state,
		"defaults { box = 'b' }\n"
		"machine 'a' { ports = { [8080] = 80, ['9000-9010'] = '9000-9010',\n"
		"  { host = 53, guest = 53, protocol = 'udp' },\n"
		"  { host = 70, guest = 70, bind = '10.0.0.1' } } }\n"
		"machine 'b' { ports = { [53] = 53,\n"
		"  { host = '9010-9011', guest = '1-2' },\n"
		"  { host = 8080, guest = 80, bind = '0.0.0.0' },\n"
		"  { host = 70, guest = 70, bind = '10.0.0.2' } } }\n"
		"machine 'c' { ports = { ['1-2'] = 1,\n"
		"  { host = 8080, guest = 80, bind = 'localhost' },\n"
		"  { host = 8080, guest = 80, shift_if_taken = true } } }\n"
		"machine 'd' { ports = { { host = 70, guest = 70, bind = '::' },\n"
		"  { host = 70, guest = 70, bind = '::1' } } }\n",
		"6: machine 'b'.ports[1]: port 9010 of this host leads into machine 'a' already (line 2)\n"
		"7: machine 'b'.ports[2]: port 8080 of this host leads into machine 'a' already (line 2)\n"
		"9: machine 'c'.ports.1-2: 2 ports of this host cannot lead to 1 of the machine\n"
		"10: machine 'c'.ports[1].bind: expected an address of this host, got \"localhost\"\n"
		"10: machine 'c'.ports[1]: port 8080 of this host leads into machine 'a' already (line 2)\n"
		"10: machine 'c'.ports[1]: port 8080 of this host leads into machine 'b' already (line 7)\n"
		"12: machine 'd'.ports[1]: port 70 of this host leads into machine 'a' already (line 4)\n"
		"12: machine 'd'.ports[1]: port 70 of this host leads into machine 'b' already (line 8)\n"
		"13: machine 'd'.ports[2]: port 70 of this host leads into machine 'd' already (line 12)\n");
	assert_problems(
		*state,
		"defaults { box = 'b', ports = { [80] = 80 } }\n"
		"machine 'a' {}\nmachine 'b' {}",
		"1: machine 'b': defaults.ports[80]: port 80 of this host leads into machine 'a' "
		"already (line 1)\n");
}

static void names_mean_one_machine(void **state)
{
	struct normalized *c = *state;

	assert_problems(
		c,
		"project 'shop'\n"
		"defaults { box = 'b', hosts = { aliases = 'all' } }\n"
		"machine 'a' { hosts = { aliases = { 'WWW', 'b_c', 'a', 'www' } } }\n"
		"machine 'b' { hostname = 'a',\n"
		"  hosts = { aliases = { 'www.shop.test', 'a.example' } } }\n",
		"3: machine 'a'.hosts.aliases: 'b_c' is no name of a host\n"
		"4: machine 'b'.hostname: 'a' means machine 'a' already (line 3)\n"
		"5: machine 'b'.hosts.aliases: 'all' means machine 'a' already (line 3)\n"
		"5: machine 'b'.hosts.aliases: 'www.shop.test' means machine 'a' already (line 3)\n");
}

static void a_machine_out_of_reach_cannot_be_worked_on(void **state)
{
	struct normalized *c = *state;

	assert_problems(
		c,
		"defaults { box = 'b', management = false }\n"
		"machine 'a' { networks = { internal 'x' {} },\n"
		"  ports = { [80] = 80 },\n"
		"  provision = { shell 'x' },\n"
		"  hosts = { on_host = true } }\n"
		"machine 'b' { networks = { 'x' } }\n"
		"machine 'c' {}\n",
		"1: machine 'c'.management: without it, the machine has no network card\n"
		"3: machine 'a'.ports: it has cards on internal networks only, and this host no way "
		"into it to forward ports into it\n"
		"4: machine 'a'.provision: it has cards on internal networks only, and this host no "
		"way into it to provision it\n"
		"5: machine 'a'.hosts: it has cards on internal networks only, and this host no way "
		"into it for names of it to be of use\n");
	assert_non_null(c->problems.at[1].hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(networks_are_checked),    CASE(kinds_are_the_same_everywhere),
		CASE(cards_fit_their_network), CASE(ports_lead_to_one_machine),
		CASE(names_mean_one_machine),  CASE(a_machine_out_of_reach_cannot_be_worked_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize_clashes", tests, NULL, NULL);
}
