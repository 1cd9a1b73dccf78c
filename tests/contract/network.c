/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of networks: of every kind, in one project. */
#include "tests/contract/town.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"
#include "core/text.h"
#include "providers/libvirt.h"

static struct town town;

static bool tells_cards(void)
{
	return bench.ops->machine_cards != NULL;
}

static bool is_libvirt(void)
{
	return strcmp(bench.ops->engine, "libvirt") == 0;
}

static void settle(void)
{
	town_init(&town, &bench.world);
}

/* What the machine has on that network, as the engine tells it; the caller frees. NULL: nothing. */
static char *ip_on(const char *id, const char *network)
{
	struct provider_card *cards = NULL;
	size_t count = 0;
	char *ip = NULL;

	must(provider_machine_cards(bench.provider, id, &cards, &count, err));
	for (size_t i = 0; i < count; i++)
		if (strcmp(cards[i].network, network) == 0 && cards[i].ip)
			ip = xstrdup(cards[i].ip);
	provider_cards_free(cards, count);
	return ip;
}

static void check_ip(const char *id, const char *network, const char *expected)
{
	cleanup_free char *ip = ip_on(id, network);

	assert_string_equal(ip ? ip : "none", expected);
}

static void makes_networks_of_every_kind(void **state)
{
	struct observed o;

	(void)state;
	settle();
	ensure(&bench.world);
	ensure(&bench.world);
	o = look(&bench.world);
	assert_int_equal(o.network_count, STREETS);
	for (size_t i = 0; i < STREETS; i++) {
		const struct network *want = &town.networks[i];
		const struct observed_network *n = observed_network(&o, bench.world.env.project.id,
								    bench.ops->engine, want->name);

		assert_non_null(n);
		assert_int_equal(n->kind, want->kind);
		assert_string_equal(n->settings, want->settings);
		assert_true(n->active);
		assert_true(n->engine_name && *n->engine_name);
		assert_non_null(strstr(n->subnet, "/24"));
		assert_int_equal(n->members.count, i == NAT_ONE ? 1 : 2);
		for (size_t k = 0; k < o.network_count; k++)
			assert_true(&o.networks[k] == n ||
				    strcmp(o.networks[k].subnet, n->subnet) != 0);
	}
	observed_clear(&o);
}

static void has_the_subnet_that_was_said(void **state)
{
	(void)state;
	settle();
	town.networks[LAN].subnet = "10.213.4.0/25";
	town.networks[LAN].domain = "lan.test";
	town.networks[LAN].mtu = 1400;
	town.networks[BACKEND].subnet = "10.213.5.0/24";
	town_settle(&town);
	ensure(&bench.world);
	assert_string_equal(see_network(&bench.world, "lan")->subnet, "10.213.4.0/25");
	assert_string_equal(see_network(&bench.world, "backend")->subnet, "10.213.5.0/24");
}

static void keeps_a_chosen_subnet(void **state)
{
	cleanup_free char *lan = NULL, *backend = NULL;

	(void)state;
	settle();
	ensure(&bench.world);
	lan = xstrdup(see_network(&bench.world, "lan")->subnet);
	backend = xstrdup(see_network(&bench.world, "backend")->subnet);
	bench.world.env.machine_count = 3;
	town.networks[LAN].mtu = 1400;
	town_settle(&town);
	ensure(&bench.world);
	assert_string_equal(see_network(&bench.world, "lan")->subnet, lan);
	assert_string_equal(see_network(&bench.world, "lan")->settings,
			    town.networks[LAN].settings);
	assert_string_equal(see_network(&bench.world, "backend")->subnet, backend);
	assert_int_equal(see_network(&bench.world, "lan")->members.count, 3);
	assert_int_equal(see_network(&bench.world, "backend")->members.count, 3);
}

static void knows_machines_by_their_names(void **state)
{
	static const char *aliases[] = { "www", "www.shop.test" };
	const struct observed_network *n;

	(void)state;
	settle();
	ensure(&bench.world);
	n = see_network(&bench.world, "management");
	assert_true(strings_have(&n->names, "one") && strings_have(&n->names, "two"));
	assert_false(strings_have(&n->names, "www"));
	bench.world.machines[0].aliases = (struct strings){ aliases, 2 };
	bench.world.env.machine_count = 1;
	ensure(&bench.world);
	n = see_network(&bench.world, "management");
	assert_true(strings_have(&n->names, "www") && strings_have(&n->names, "www.shop.test"));
	assert_false(strings_have(&n->names, "two"));
	assert_int_equal(n->members.count, 1);
	bench.world.machines[0].aliases.count = 1;
	ensure(&bench.world);
	n = see_network(&bench.world, "lan");
	assert_true(strings_have(&n->names, "www"));
	assert_false(strings_have(&n->names, "www.shop.test"));
	assert_int_equal(see_network(&bench.world, "backend")->names.count, 0);
}

static void removes_networks_that_nobody_wants(void **state)
{
	struct world *w = &bench.world;

	(void)state;
	settle();
	ensure(w);
	town_unplug(w, 0, NAT_ONE);
	for (size_t i = 0; i < MACHINES; i++)
		town_unplug(w, i, BACKEND);
	ensure(w);
	assert_null(see_network(w, "nat-one"));
	assert_null(see_network(w, "backend"));
	assert_true(see_network(w, "lan")->active);
	must(provider_network_remove(bench.provider, w->env.project.id, err));
	for (size_t i = 0; i < STREETS; i++)
		assert_null(see_network(w, town.networks[i].name));
}

static void keeps_networks_that_machines_are_on(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *one = NULL, *before = NULL, *after = NULL;

	(void)state;
	settle();
	ensure(w);
	one = create(w, 0);
	before = ip_on(one, "backend");
	assert_non_null(before);
	w->env.machines = &w->machines[1];
	w->env.machine_count = 1;
	town_unplug(w, 1, BACKEND);
	ensure(w);
	assert_true(see_network(w, "backend") && see_network(w, "nat-one"));
	after = ip_on(one, "backend");
	assert_string_equal(after, before);
	must(provider_machine_remove(bench.provider, one, err));
	ensure(w);
	assert_null(see_network(w, "backend"));
	assert_null(see_network(w, "nat-one"));
}

static void gives_addresses_that_were_said(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *one = NULL, *two = NULL, *three = NULL;

	(void)state;
	settle();
	town.networks[LAN].subnet = "10.213.6.0/24";
	town.networks[BACKEND].subnet = "10.213.7.0/24";
	town_settle(&town);
	ensure(w);
	one = create(w, 0);
	check_ip(one, "lan", "10.213.6.2");
	check_ip(one, "backend", "10.213.7.2");
	w->env.machine_count = 3;
	town_card(w, 2, LAN)->ip = "10.213.6.99";
	town_card(w, 2, BACKEND)->ip = "10.213.7.2";
	ensure(w);
	three = create(w, 2);
	two = create(w, 1);
	check_ip(three, "lan", "10.213.6.99");
	check_ip(three, "backend", "10.213.7.2");
	check_ip(two, "backend", "10.213.7.3");
	check_ip(two, "lan", "10.213.6.3");
}

static void keeps_addresses_that_fit_new_settings(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *one = NULL, *two = NULL;

	(void)state;
	settle();
	town.networks[LAN].subnet = "10.213.6.0/24";
	town_card(w, 1, LAN)->ip = "10.213.6.7";
	town_settle(&town);
	ensure(w);
	one = create(w, 0);
	two = create(w, 1);
	town_card(w, 1, LAN)->ip = NULL;
	town.networks[LAN].subnet = "10.213.6.0/23";
	town_settle(&town);
	ensure(w);
	check_ip(one, "lan", "10.213.6.2");
	check_ip(two, "lan", "10.213.6.7");
	town.networks[LAN].subnet = "10.213.9.0/24";
	town.networks[LAN].kind = NETWORK_HOST_ONLY;
	town_settle(&town);
	ensure(w);
	check_ip(one, "lan", "10.213.9.2");
	assert_int_equal(see_network(w, "lan")->kind, NETWORK_HOST_ONLY);
}

static void check_problem(const struct world *w, const char *a, const char *b)
{
	struct problems found = { 0 };

	must(provider_check(bench.provider, &w->env, &found, err));
	for (size_t i = 0; i < found.count; i++) {
		bool both = strstr(found.at[i].text, a) && strstr(found.at[i].text, b);

		if (!both)
			continue;
		problems_clear(&found);
		return;
	}
	for (size_t i = 0; i < found.count; i++)
		print_error("%s\n", found.at[i].text);
	problems_clear(&found);
	fail_msg("nothing about both %s and %s", a, b);
}

/* Of machine "one", before it is there. */
static void knows_places_beforehand(void **state)
{
	struct provider_card *before = NULL, *after = NULL;
	struct provider_creation what;
	cleanup_free char *id = NULL;
	size_t count = 0, then = 0;

	(void)state;
	settle();
	town.networks[LAN].dhcp = false;
	town_settle(&town);
	ensure(&bench.world);
	what = creation_of(&bench.world, 0);
	must(provider_machine_places(bench.provider, &what, &before, &count, err));
	id = create(&bench.world, 0);
	must(provider_machine_cards(bench.provider, id, &after, &then, err));
	assert_int_equal(count, STREETS);
	assert_int_equal(then, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(before[i].mac, after[i].mac);
		assert_string_equal(before[i].network, after[i].network);
		assert_int_equal(before[i].kind, after[i].kind);
		assert_string_equal(before[i].ip, after[i].ip);
		assert_int_equal(before[i].prefix, after[i].prefix);
		assert_true(text_equal(before[i].gateway, after[i].gateway));
		assert_true(!is_libvirt() || !before[i].server == (i == BACKEND));
	}
	provider_cards_free(before, count);
	provider_cards_free(after, then);
}

static void says_who_has_a_subnet(void **state)
{
	static struct town other_town;
	struct world *w = &bench.world, other;

	(void)state;
	settle();
	town.networks[LAN].subnet = "10.213.8.0/24";
	town_settle(&town);
	ensure(w);
	world_init(&other);
	town_init(&other_town, &other);
	other_town.networks[HOST_ONLY].subnet = "10.213.8.128/25";
	town_settle(&other_town);
	check_problem(&other, "'host-only'", "'lan'");
	must_fail(ERROR_BUSY, provider_network_ensure(bench.provider, &other.env, err));
	for (size_t i = 0; i < STREETS; i++)
		assert_null(see_network(&other, other_town.networks[i].name));
	assert_true(see_network(w, "lan")->active);
	/* Who is on no network with the host may have the same. */
	other_town.networks[HOST_ONLY].subnet = NULL;
	other_town.networks[BACKEND].subnet = "10.213.8.0/24";
	town_settle(&other_town);
	ensure(&other);
	world_clear(&other);
	town_clear(&other_town);
}

static void sees_what_this_host_has(void **state)
{
	struct world *w = &bench.world;

	(void)state;
	settle();
	town.networks[LAN].subnet = "127.3.0.0/24";
	town_settle(&town);
	check_problem(w, "'lan'", "'lo'");
	must_fail(ERROR_BUSY, provider_network_ensure(bench.provider, &w->env, err));
	town.networks[LAN].subnet = NULL;
	town.networks[LAN].ipv6 = "::/120";
	check_problem(w, "'lan'", "'lo'");
}

static void says_what_is_not_there(void **state)
{
	static const char *nothing[] = { "nosuch0", "nosuch1" }, *some[] = { "nosuch0", "lo" };
	struct world *w = &bench.world;
	struct network *lan = &town.networks[LAN];

	(void)state;
	settle();
	*lan = (struct network){ .name = "bridged-nosuch0", .kind = NETWORK_BRIDGED };
	lan->devices = (struct strings){ nothing, ARRAY_SIZE(nothing) };
	check_problem(w, "'nosuch0'", "'nosuch1'");
	must_fail(ERROR_NOT_FOUND, provider_network_ensure(bench.provider, &w->env, err));
	lan->devices = (struct strings){ some, ARRAY_SIZE(some) };
	ensure(w);
	*lan = (struct network){ .name = "nosuch-network", .kind = NETWORK_FOREIGN };
	check_problem(w, "'nosuch-network'", "");
	must_fail(ERROR_NOT_FOUND, provider_network_ensure(bench.provider, &w->env, err));
}

static void define_foreign(const char *name)
{
	cleanup_free char *xml = xasprintf("<network><name>%s</name><bridge name='brforeign'/>"
					   "<ip address='10.214.3.1' prefix='24'/></network>",
					   name);
	cleanup_network virNetworkPtr net =
		virt.NetworkDefineXML(libvirt_of(bench.provider)->conn, xml);

	assert_non_null(net);
}

static void uses_networks_of_others_and_leaves_them(void **state)
{
	struct world *w = &bench.world;
	cleanup_network virNetworkPtr net = NULL;
	cleanup_free char *before = NULL, *after = NULL;

	(void)state;
	settle();
	define_foreign("foreign");
	town.networks[LAN] = (struct network){ .name = "foreign", .kind = NETWORK_FOREIGN };
	net = virt.NetworkLookupByName(libvirt_of(bench.provider)->conn, "foreign");
	assert_int_equal(virt.NetworkIsActive(net), 0);
	before = virt.NetworkGetXMLDesc(net, 0);
	ensure(w);
	assert_int_equal(virt.NetworkIsActive(net), 1);
	assert_null(see_network(w, "foreign"));
	must(provider_network_remove(bench.provider, w->env.project.id, err));
	assert_int_equal(virt.NetworkIsActive(net), 1);
	after = virt.NetworkGetXMLDesc(net, 0);
	assert_string_equal(after, before);
	assert_int_equal(virt.NetworkDestroy(net), 0);
	assert_int_equal(virt.NetworkUndefine(net), 0);
}

const struct contract_case network_cases[] = {
	CASE(makes_networks_of_every_kind),
	CASE(has_the_subnet_that_was_said),
	CASE(keeps_a_chosen_subnet),
	CASE(knows_machines_by_their_names),
	CASE(removes_networks_that_nobody_wants),
	CASE_IF(tells_cards, "it does not tell of cards", keeps_networks_that_machines_are_on),
	CASE_IF(tells_cards, "it does not tell of cards", gives_addresses_that_were_said),
	CASE_IF(tells_cards, "it does not tell of cards", keeps_addresses_that_fit_new_settings),
	CASE_IF(tells_cards, "it does not tell of cards", knows_places_beforehand),
	CASE(says_who_has_a_subnet),
	CASE_IF(is_libvirt, "it has nothing of this host", sees_what_this_host_has),
	CASE_IF(is_libvirt, "it has nothing of this host", says_what_is_not_there),
	CASE_IF(is_libvirt, "nobody else makes networks of it",
		uses_networks_of_others_and_leaves_them),
};
const size_t network_case_count = ARRAY_SIZE(network_cases);
