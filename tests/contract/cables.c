/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of what befalls cards: cables that are pulled out, machines that are parted, neighbours that go. */
#include "tests/contract/rack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_parting.h"

#define NO_TABLE "! nft list tables | grep -q bothy_"

static void check_links(const char *id, bool first, bool second)
{
	struct provider_card *found = rack_cards(id, 3);
	const struct observed_machine *m = see(&bench.world, 0);

	assert_false(found[RACK_MANAGEMENT].link_down || m->cards[RACK_MANAGEMENT].link_down);
	assert_int_equal(found[RACK_FIRST].link_down, !first);
	assert_int_equal(m->cards[RACK_FIRST].link_down, !first);
	assert_int_equal(found[RACK_SECOND].link_down, !second);
	assert_int_equal(m->cards[RACK_SECOND].link_down, !second);
	provider_cards_free(found, 3);
}

static void pulls_cables_until_the_machine_is_off(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	struct provider *p = bench.provider;

	(void)state;
	must_fail(ERROR_PROVIDER,
		  provider_card_link(p, id, rack.cards[RACK_FIRST].mac, false, err));
	start(id);
	must_fail(ERROR_NOT_FOUND, provider_card_link(p, id, "52:54:00:ff:ff:ff", false, err));
	must_fail(ERROR_NOT_FOUND,
		  provider_card_link(p, id, rack.cards[RACK_BRIDGE].mac, false, err));
	must(provider_card_link(p, id, rack.cards[RACK_FIRST].mac, false, err));
	must(provider_card_link(p, id, rack.cards[RACK_SECOND].mac, false, err));
	check_links(id, false, false);
	must(provider_card_link(p, id, rack.cards[RACK_FIRST].mac, false, err));
	must(provider_card_link(p, id, rack.cards[RACK_SECOND].mac, true, err));
	check_links(id, false, true);
	stop(id, PROVIDER_STOP_FORCE, 0);
	check_links(id, true, true);
	start(id);
	check_links(id, true, true);
}

/* libvirt describes such a card, while it is there, as one of a bridge. */
static void pulls_cables_out_of_bridges_of_others(void **state)
{
	struct libvirt_provider *p = libvirt_of(bench.provider);
	cleanup_free char *id = NULL;
	cleanup_free char *xml = xasprintf("<network><name>%s</name><forward mode='bridge'/>"
					   "<bridge name='%s'/></network>",
					   rack.names[RACK_SECOND], rack.names[RACK_BRIDGE]);
	cleanup_network virNetworkPtr net = NULL;

	(void)state;
	rack_remove_network(RACK_SECOND);
	net = virt.NetworkDefineXML(p->conn, xml);
	assert_non_null(net);
	id = create(&bench.world, 0);
	start(id);
	must(provider_card_link(bench.provider, id, rack.cards[RACK_SECOND].mac, false, err));
	check_links(id, true, false);
	must(provider_card_link(bench.provider, id, rack.cards[RACK_SECOND].mac, true, err));
	check_links(id, true, true);
}

static void asks_for_root_where_it_needs_it(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	const char *macs[] = { rack.cards[RACK_FIRST].mac };
	const struct strings all = { macs, 1 };
	struct error link = { 0 }, parting = { 0 };
	int linked, parted;

	(void)state;
	start(id);
	assert_int_equal(seteuid(65534), 0);
	linked = provider_card_link(bench.provider, id, rack.cards[RACK_FIRST].mac, false, &link);
	parted = provider_cards_part(bench.provider, bench.world.env.project.id, &all, &all,
				     &parting);
	assert_int_equal(seteuid(0), 0);
	check_failure(parted, ERROR_DENIED, &parting, "parting", __FILE__, __LINE__);
	if (rack_has_containers())
		check_failure(linked, ERROR_DENIED, &link, "pulling", __FILE__, __LINE__);
	else
		check_success(linked, &link, "pulling", __FILE__, __LINE__);
}

/* Whether the kernel knows that address for good without having asked. */
static bool is_announced(const char *address)
{
	return rack_command("sh", "-c", "ip neigh show \"$0\" | grep -q PERMANENT", address) == 0;
}

static void is_a_neighbour_while_it_runs(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *address = address_of(id);

	(void)state;
	assert_false(is_announced(address));
	start(id);
	assert_true(is_announced(address));
	assert_false(is_announced(RACK_SAID)); /* on a network of others */
	stop(id, PROVIDER_STOP_FORCE, 0);
	assert_false(is_announced(address));
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	assert_int_equal(rack_command("sh", "-c", "! ip neigh | grep -q PERMANENT"), 0);
}

/* Process 1 of the container, whose controller has the ID that libvirt says. Caller frees. */
static char *init_of(const char *id)
{
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_free char *path = NULL;
	cleanup_text struct text pids = { 0 };
	unsigned controller;

	must(libvirt_get(libvirt_of(bench.provider), id, &dom, err));
	controller = virt.DomainGetID(dom);
	path = xasprintf("/proc/%u/task/%u/children", controller, controller);
	must(fs_read(path, 4096, &pids, err));
	return xstrndup(text_str(&pids), strcspn(text_str(&pids), " "));
}

static int inside(const char *id, const char *script)
{
	cleanup_free char *init = init_of(id);

	return rack_command("nsenter", "-t", init, "-n", "bash", "-c", script);
}

/* The container's own beginning does that, a moment after the engine calls it running. */
static bool soon_inside(const char *id, const char *script)
{
	int64_t deadline_ms = clock_ms() + 30000;
	int status;

	while ((status = inside(id, script)) != 0 && deadline_left_ms(deadline_ms) > 0)
		stop_wait_ms(20);
	return status == 0;
}

static void finds_its_cards_configured(void **state)
{
	static const char *const held[] = {
		"ip -o -4 addr show dev eth1 | grep -q ' 10.61.0.5/24 '",
		"ip -o -4 addr show dev eth2 | grep -q ' 10.62.0.7/24 '",
		"test \"$(ip route show default | wc -l)\" = 1",
		"ip route show default | grep -q 'dev eth0'",
		"ip link show dev eth1 | grep -q 'mtu " RACK_MTU "'",
		"ip link show dev eth2 | grep -q 'mtu 1300'",
		"ip link show dev eth0 | grep -q 'mtu 1500'",
		RACK_ASK("10.61.0.1"),
	};
	cleanup_free char *id = NULL;

	(void)state;
	rack.cards[RACK_SECOND].mtu = 1300;
	id = create(&bench.world, 0);
	start(id);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		if (!soon_inside(id, held[i]))
			fail_msg("not so: %s", held[i]);
	}
	must(provider_card_link(bench.provider, id, rack.cards[RACK_FIRST].mac, false, err));
	assert_int_not_equal(inside(id, RACK_ASK("10.61.0.1")), 0);
	must(provider_card_link(bench.provider, id, rack.cards[RACK_FIRST].mac, true, err));
	assert_true(soon_inside(id, RACK_ASK("10.61.0.1")));
}

static size_t partings(const char *project)
{
	cleanup_observed struct observed o = { 0 };

	/* Another provider of that engine sees the same. */
	must(provider_observe(bench.provider, project, &o, err));
	must(provider_observe(bench.provider, NULL, &o, err));
	return o.parting_count;
}

static void parts_machines_and_heals_them(void **state)
{
	struct world *w = &bench.world;
	struct card other = { .network = RACK_FIRST, .ip = "10.61.0.6", .configure = true };
	const char *a[] = { rack.cards[RACK_MANAGEMENT].mac, rack.cards[RACK_FIRST].mac },
		   *b[] = { other.mac };
	const char *c[] = { "52:54:00:ff:ff:ff" }, *bad[] = { "x; flush ruleset" };
	const struct strings one = { a, 2 }, two = { b, 1 }, third = { c, 1 }, wrong = { bad, 1 };
	cleanup_free char *first = create(w, 0), *second = NULL;
	const char *project = w->env.project.id;

	(void)state;
	snprintf(other.mac, sizeof(other.mac), "52:54:0f:%.8s", rack.cards[0].mac + 9);
	w->machines[1].cards = &other;
	second = create(w, 1);
	start(first);
	start(second);
	assert_true(soon_inside(first, RACK_ASK("10.61.0.6")));
	must(provider_cards_part(bench.provider, project, &one, &two, err));
	assert_int_equal(partings(project), 2);
	must(provider_cards_part(bench.provider, project, &one, &two, err));
	assert_int_not_equal(inside(first, RACK_ASK("10.61.0.6")), 0);
	assert_int_not_equal(inside(second, RACK_ASK(RACK_SAID)), 0);
	assert_true(soon_inside(first, RACK_ASK("10.61.0.1")));
	must(provider_cards_part(bench.provider, project, &one, &third, err));
	assert_int_not_equal(inside(first, RACK_ASK("10.61.0.6")), 0);
	must_fail(ERROR_PROVIDER, provider_cards_part(bench.provider, project, &one, &wrong, err));
	must(provider_cards_part(bench.provider, project, NULL, NULL, err));
	assert_int_equal(partings(project), 0);
	assert_true(soon_inside(first, RACK_ASK("10.61.0.6")));
	must(provider_cards_part(bench.provider, project, NULL, NULL, err));
	assert_int_equal(rack_command("sh", "-c", NO_TABLE), 0);
	must(provider_cards_part(bench.provider, project, &one, &two, err));
	assert_int_not_equal(rack_command("sh", "-c", NO_TABLE), 0);
	libvirt_parting_remove(libvirt_of(bench.provider), project);
	libvirt_parting_remove(libvirt_of(bench.provider), project);
	assert_int_equal(rack_command("sh", "-c", NO_TABLE), 0);
}

#define REAL_CASE(name) RACK_CASE(rack_is_real, "nothing is real", name)
#define CONTAINER_CASE(name) RACK_CASE(rack_has_containers, "it runs no containers", name)

const struct contract_case cable_cases[] = {
	REAL_CASE(pulls_cables_until_the_machine_is_off),
	REAL_CASE(pulls_cables_out_of_bridges_of_others),
	REAL_CASE(asks_for_root_where_it_needs_it),
	REAL_CASE(is_a_neighbour_while_it_runs),
	CONTAINER_CASE(finds_its_cards_configured),
	CONTAINER_CASE(parts_machines_and_heals_them),
};
const size_t cable_case_count = ARRAY_SIZE(cable_cases);
