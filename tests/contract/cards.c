/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a machine's cards: which it has, where they lead, and where the host reaches it. */
#include "tests/contract/rack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"

#define BOOT_MS 600000

static void tells_all_cards_in_order(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *address = address_of(id);
	struct provider_card *found = rack_cards(id, 3);
	const struct observed_machine *m = see(&bench.world, 0);
	struct arena arena = { 0 };

	(void)state;
	assert_int_equal(m->card_count, 3);
	assert_string_equal(m->address, address);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(found[i].network, rack.networks[i].name);
		assert_int_equal(found[i].kind, rack.networks[i].kind);
		assert_string_equal(found[i].mac, rack.cards[i].mac);
		assert_false(found[i].link_down || m->cards[i].link_down);
		assert_string_equal(m->cards[i].network, rack.networks[i].name);
		assert_string_equal(m->cards[i].mac, rack.cards[i].mac);
		assert_string_equal(m->cards[i].settings,
				    card_settings(&rack.networks[i], &rack.cards[i], &arena));
	}
	assert_string_equal(found[RACK_MANAGEMENT].ip, address);
	assert_non_null(found[RACK_MANAGEMENT].gateway);
	assert_string_equal(found[RACK_FIRST].ip, RACK_SAID);
	assert_string_equal(m->cards[RACK_FIRST].address, RACK_SAID);
	assert_string_equal(found[RACK_SECOND].ip, RACK_RESERVED);
	assert_int_equal(found[RACK_SECOND].prefix, 24);
	provider_cards_free(found, 3);
	arena_clear(&arena);
}

static void takes_other_cards_over(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *id = create(w, 0);
	struct provider_creation what = creation_of(w, 0);
	struct provider_card *found = NULL;

	(void)state;
	start(id);
	stop(id, PROVIDER_STOP_FORCE, 0);
	what.image = NULL;
	rack.cards[RACK_FIRST] = rack.cards[RACK_SECOND];
	w->machines[0].card_count = 2;
	must(provider_machine_update(bench.provider, id, &what, err));
	found = rack_cards(id, 2);
	assert_string_equal(found[0].network, "management");
	assert_string_equal(found[1].network, rack.names[RACK_SECOND]);
	provider_cards_free(found, 2);
	assert_int_equal(see(w, 0)->card_count, 2);
	start(id);
	stop(id, PROVIDER_STOP_FORCE, 0);
	w->machines[0].card_count = 1;
	must(provider_machine_update(bench.provider, id, &what, err));
	provider_cards_free(rack_cards(id, 1), 1);
	start(id);
}

/* Machine "one" with that card alone; the caller frees its id. */
static char *create_with(const struct card *card)
{
	bench.world.env.networks = rack.networks;
	bench.world.env.network_count = RACK_NETWORKS;
	rack.cards[RACK_MANAGEMENT] = *card;
	bench.world.machines[0].card_count = 1;
	return create(&bench.world, 0);
}

static void is_reached_by_an_address_that_was_said(void **state)
{
	struct card card = rack.cards[RACK_FIRST];
	cleanup_free char *id = create_with(&card), *address = address_of(id);

	(void)state;
	assert_string_equal(address, RACK_SAID);
	assert_string_equal(see(&bench.world, 0)->address, address);
	start(id);
}

static void is_reached_by_a_reservation_of_others(void **state)
{
	struct card card = rack.cards[RACK_SECOND];
	cleanup_free char *id = create_with(&card), *address = address_of(id);

	(void)state;
	assert_string_equal(address, RACK_RESERVED);
}

static void says_that_it_is_not_reached(void **state)
{
	struct card card = rack.cards[RACK_FIRST];
	struct provider_address address = { 0 };
	struct error err = { 0 };
	cleanup_free char *id = NULL;

	(void)state;
	card.ip = NULL;
	id = create_with(&card);
	assert_int_equal(provider_machine_address(bench.provider, id, &address, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_string_equal(err.text, "machine 'one' has no card that this host can reach");
	assert_string_equal(err.hint, "bothy console one");
	assert_null(see(&bench.world, 0)->address);
	error_clear(&err);
	start(id);
}

static void joins_a_bridge_of_the_host(void **state)
{
	struct card card = rack.cards[RACK_BRIDGE];
	cleanup_free char *id = NULL, *address = NULL;
	cleanup_free char *ports = xasprintf("/sys/class/net/%s/brif", rack.names[RACK_BRIDGE]);

	(void)state;
	card.ip = "10.63.0.5";
	id = create_with(&card);
	address = address_of(id);
	assert_string_equal(address, "10.63.0.5");
	start(id);
	assert_int_equal(rack_command("sh", "-c", "ls $0 | grep -q .", ports), 0);
}

static void joins_a_card_of_the_host(void **state)
{
	struct provider_address address = { 0 };
	static const char *devices[] = { "ctmacvtap" };
	struct card card = rack.cards[RACK_BRIDGE];
	cleanup_free char *id = NULL;

	(void)state;
	rack.networks[RACK_BRIDGE].devices = (struct strings){ devices, 1 };
	assert_int_equal(rack_command("ip", "link", "add", devices[0], "type", "veth"), 0);
	assert_int_equal(rack_command("ip", "link", "set", devices[0], "up"), 0);
	card.ip = "10.63.0.5";
	id = create_with(&card);
	must_fail(ERROR_GUEST, provider_machine_address(bench.provider, id, &address, err));
	start(id);
	/* QEMU has a cable of its own; a container's card is part of the host's. */
	if (rack_has_containers())
		must_fail(ERROR_PROVIDER,
			  provider_card_link(bench.provider, id, rack.cards[0].mac, false, err));
	else
		must(provider_card_link(bench.provider, id, rack.cards[0].mac, false, err));
	must(provider_machine_remove(bench.provider, id, err));
	assert_int_equal(rack_command("ip", "link", "del", devices[0]), 0);
}

static void asks_this_host_for_names_first(void **state)
{
	static const char *servers[] = { "192.0.2.53" };
	cleanup_free char *id = NULL, *want = NULL;
	struct provider_card *found = NULL;
	cleanup_close int tree = -1, file = -1;
	char got[512] = "";

	(void)state;
	rack.cards[RACK_FIRST].dns = (struct strings){ servers, 1 };
	id = create(&bench.world, 0);
	found = rack_cards(id, 3);
	want = xasprintf("nameserver %s\nnameserver 192.0.2.53\nsearch contract-test.test\n",
			 found[RACK_MANAGEMENT].gateway);
	provider_cards_free(found, 3);
	must(provider_machine_tree(bench.provider, id, &tree, err));
	file = openat(tree, "etc/resolv.conf", O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	assert_true(read(file, got, sizeof(got) - 1) > 0);
	assert_string_equal(got, want);
}

static void tells_guests_their_mtu(void **state)
{
	cleanup_free char *id = NULL;

	(void)state;
	rack.networks[RACK_FIRST].mtu = 1350;
	rack.cards[RACK_SECOND].mtu = 1350;
	id = create(&bench.world, 0);
	start(id);
	assert_int_equal(rack_command("sh", "-c",
				      "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | "
				      "grep -c '^{.*host_mtu\":1350' | grep -qx 2"),
			 0);
}

/* That its firmware and kernel count cards as its definition does: it asks for the address of the first only. */
static void boots_with_the_first_card(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *address = address_of(id);
	cleanup_free char *script = xasprintf(RACK_ASK("%s"), address);
	int64_t deadline_ms = clock_ms() + BOOT_MS;
	int status;

	(void)state;
	start(id);
	while ((status = rack_command("bash", "-c", script)) != 0 && deadline_left_ms(deadline_ms))
		stop_wait_ms(200);
	assert_int_equal(status, 0);
}

#define LIBVIRT_CASE(name) RACK_CASE(rack_has_libvirt, "it has no networks of others", name)

const struct contract_case card_cases[] = {
	LIBVIRT_CASE(tells_all_cards_in_order),
	LIBVIRT_CASE(takes_other_cards_over),
	LIBVIRT_CASE(is_reached_by_an_address_that_was_said),
	LIBVIRT_CASE(is_reached_by_a_reservation_of_others),
	LIBVIRT_CASE(says_that_it_is_not_reached),
	RACK_CASE(rack_is_real, "nothing is real", joins_a_bridge_of_the_host),
	RACK_CASE(rack_is_real, "nothing is real", joins_a_card_of_the_host),
	RACK_CASE(rack_has_containers, "it runs no containers", asks_this_host_for_names_first),
	RACK_CASE(rack_has_vms, "it boots no machines", tells_guests_their_mtu),
	RACK_CASE(rack_has_vms, "it boots no machines", boots_with_the_first_card),
};
const size_t card_case_count = ARRAY_SIZE(card_cases);
