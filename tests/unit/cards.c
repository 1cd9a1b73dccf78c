/* SPDX-License-Identifier: Apache-2.0 */
/* Cards of containers, the way out of a machine, and what a machine's tag says of its cards. */
#include "providers/card_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/card_xml.h"
#include "providers/container_xml.h"
#include "tests/unit/xml_schema.h"

static const char *servers[] = { "192.0.2.53" };
static struct network networks[] = {
	{ .name = "management", .kind = NETWORK_MANAGEMENT },
	{ .name = "lan", .kind = NETWORK_NAT_NETWORK, .mtu = 1300 },
	{ .name = "backend", .kind = NETWORK_INTERNAL },
	{ .name = "bridged-eth0", .kind = NETWORK_BRIDGED, .mtu = 9000 },
	{ .name = "default", .kind = NETWORK_FOREIGN },
};
static const struct card made[] = {
	{ .network = 0, .mac = "52:54:00:00:00:01", .configure = true },
	{ .network = 1, .mac = "52:54:00:00:00:02", .ip = "10.20.0.7", .configure = true },
	{ .network = 2,
	  .mac = "52:54:00:00:00:03",
	  .ip = "10.9.0.5",
	  .prefix = 25,
	  .ipv6 = "fd00::5",
	  .configure = true,
	  .dns = { servers, 1 } },
	{ .network = 3, .mac = "52:54:00:00:00:04", .configure = true, .dhcp = true },
	{ .network = 4, .mac = "52:54:00:00:00:05", .ip = "192.0.2.9", .mtu = 1400 },
};
static char management[] = "bothy-0123abcd", lan[] = "bothy-0123abcd-lan",
	    backend[] = "bothy-0123abcd-backend", eth0[] = "eth0", others[] = "default";
static char first[] = "10.87.5.2", host[] = "10.87.5.1", second[] = "10.20.0.7",
	    lan_host[] = "10.20.0.1", third[] = "10.9.0.5", six[] = "fd00::5",
	    fifth[] = "192.0.2.9", wide[] = "24", narrow[] = "25", wide6[] = "64";
static const struct place places[] = {
	{ .network = management, .address = first, .prefix = wide, .gateway = host },
	{ .network = lan, .address = second, .prefix = wide, .gateway = lan_host },
	{ .network = backend,
	  .address = third,
	  .prefix = narrow,
	  .ipv6 = six,
	  .ipv6_prefix = wide6 },
	{ .device = eth0 },
	{ .network = others, .address = fifth },
};
static struct card cards[ARRAY_SIZE(made)];
static struct machine machine = {
	.name = "web", .provider = "container", .cpus = 1, .memory_mib = 128, .cards = cards
};
static const struct env env = { .networks = networks, .network_count = ARRAY_SIZE(networks) };

static int reset(void **state)
{
	(void)state;
	memcpy(cards, made, sizeof(cards));
	machine.card_count = ARRAY_SIZE(made);
	return 0;
}

static xmlDocPtr container(const struct tag *tag)
{
	const struct container_domain d = { .name = "web",
					    .root = "/root",
					    .machine = &machine,
					    .places = places,
					    .networks = networks,
					    .tag = tag };
	cleanup_free char *text = container_xml(&d);
	cleanup_error struct error err = { 0 };
	xmlDocPtr doc = NULL;

	assert_schema(text, "domain");
	assert_int_equal(xml_parse(text, "a container", &doc, &err), 0);
	return doc;
}

static xmlNodePtr nth_interface(xmlDocPtr doc, size_t n)
{
	xmlNodePtr node = xml_find(xml_root(doc), "devices/interface");

	while (n--)
		node = xml_next(node);
	return node;
}

static const struct tag plain = { .project_id = "0123abcd", .machine = "web" };

static void containers_have_all_cards_with_addresses(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = container(&plain);
	xmlNodePtr ip;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		char name[] = { 'e', 't', 'h', (char)('0' + i), '\0' };

		assert_string_equal(xml_get(xml_find(nth_interface(doc, i), "guest"), "dev"), name);
	}
	ip = xml_find(nth_interface(doc, 2), "ip");
	assert_string_equal(xml_get(ip, "address"), third);
	assert_string_equal(xml_get(ip, "prefix"), "25");
	ip = xml_next(ip);
	assert_string_equal(xml_get(ip, "family"), "ipv6");
	assert_string_equal(xml_get(ip, "address"), six);
	assert_string_equal(xml_get(nth_interface(doc, 3), "type"), "direct");
}

static void cards_say_their_mtu(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = container(&plain);

	(void)state;
	assert_null(xml_find(nth_interface(doc, 0), "mtu"));
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 1), "mtu"), "size"), "1300");
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 3), "mtu"), "size"), "9000");
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 4), "mtu"), "size"), "1400");
}

static void guests_address_what_is_theirs(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = NULL;

	(void)state;
	cards[1].dhcp = true;
	doc = container(&plain);
	assert_null(xml_find(nth_interface(doc, 1), "ip")); /* asks for it */
	assert_null(xml_find(nth_interface(doc, 3), "ip")); /* not known */
	assert_null(xml_find(nth_interface(doc, 4), "ip")); /* not to be configured */
}

static void takes_a_usual_prefix(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = NULL;

	(void)state;
	cards[4].configure = true;
	doc = container(&plain);
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 4), "ip"), "prefix"), "24");
}

static void one_card_leads_out(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = container(&plain);

	(void)state;
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 0), "route"), "gateway"), host);
	for (size_t i = 1; i < ARRAY_SIZE(made); i++)
		assert_null(xml_find(nth_interface(doc, i), "route"));
}

static void a_gateway_takes_the_way_out_over(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = NULL, by_dhcp = NULL;

	(void)state;
	cards[2].gateway = "10.9.0.1";
	doc = container(&plain);
	assert_null(xml_find(nth_interface(doc, 0), "route"));
	assert_string_equal(xml_get(xml_find(nth_interface(doc, 2), "route"), "gateway"),
			    "10.9.0.1");
	cards[2].dhcp = true;
	by_dhcp = container(&plain);
	assert_null(xml_find(nth_interface(by_dhcp, 0), "route"));
	assert_null(xml_find(nth_interface(by_dhcp, 2), "route"));
}

static void without_management_the_next_leads_out(void **state)
{
	struct way_out way;

	(void)state;
	machine.cards = cards + 1;
	machine.card_count = 2;
	way = way_out_of(&machine, places + 1);
	assert_int_equal(way.card, 0);
	assert_string_equal(way.gateway, lan_host);
	machine.cards = cards + 2;
	way = way_out_of(&machine, places + 2);
	assert_int_equal(way.card, SIZE_MAX);
	assert_null(way.gateway);
	machine.cards = cards;
}

static void tags_remember_cards(void **state)
{
	cleanup_free char *settings = card_notes_settings(&env, &machine);
	cleanup_free char *kinds = card_notes_kinds(&env, &machine);
	struct tag tag = plain, read;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct card_notes notes;
	struct arena a = { 0 };

	(void)state;
	tag.cards = settings;
	tag.kinds = kinds;
	doc = container(&tag);
	assert_true(tag_read(doc, "machine", &read));
	notes = card_notes_read(&read, doc, &a);
	assert_int_equal(notes.count, ARRAY_SIZE(made));
	for (size_t i = 0; i < notes.count; i++) {
		const struct card_note *n = &notes.at[i];
		const struct network *network = &networks[cards[i].network];

		assert_string_equal(n->settings, card_settings(network, &cards[i], &a));
		assert_string_equal(n->network, network->name);
		assert_int_equal(n->kind, network->kind);
		assert_string_equal(n->mac, cards[i].mac);
		assert_ptr_equal(n->interface, nth_interface(doc, i));
		assert_ptr_equal(card_notes_by_mac(&notes, cards[i].mac), n);
	}
	assert_string_equal(notes.at[2].ip, "10.9.0.5");
	assert_string_equal(notes.at[2].prefix, "25");
	assert_string_equal(notes.at[2].ipv6, "fd00::5");
	assert_null(notes.at[0].ip);
	assert_string_equal(card_note_network(&notes.at[1]), lan);
	assert_null(card_note_network(&notes.at[3]));
	assert_true(card_note_lets_host_in(&notes.at[0]) && card_note_lets_host_in(&notes.at[1]));
	assert_false(card_note_lets_host_in(&notes.at[2])); /* internal */
	assert_false(card_note_lets_host_in(&notes.at[3])); /* macvtap */
	assert_true(card_note_lets_host_in(&notes.at[4]));
	assert_null(card_notes_by_mac(&notes, "52:54:00:00:00:99"));
	arena_clear(&a);
}

static void older_tags_mean_one_card(void **state)
{
	cleanup_xml_doc xmlDocPtr doc = container(&plain);
	struct card_notes notes;
	struct arena a = { 0 };

	(void)state;
	notes = card_notes_read(&plain, doc, &a);
	assert_int_equal(notes.count, 1);
	assert_string_equal(notes.at[0].network, "management");
	assert_string_equal(notes.at[0].mac, cards[0].mac);
	assert_null(notes.at[0].settings);
	assert_true(card_note_lets_host_in(&notes.at[0]));
	arena_clear(&a);
}

static void damaged_tags_are_survived(void **state)
{
	static const struct {
		const char *cards, *kinds;
		size_t count;
	} tags[] = {
		{ "", "", 0 },
		{ "; ; ", "management", 0 },
		{ "lan", NULL, 0 },
		{ "lan 52:54:00:00:00:02", NULL, 1 },
		{ "lan 52:54:00:00:00:aa; ", "odd nat x y", 1 },
	};
	cleanup_xml_doc xmlDocPtr doc = container(&plain);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		struct tag tag = { .cards = tags[i].cards, .kinds = tags[i].kinds };
		struct arena a = { 0 };
		struct card_notes notes = card_notes_read(&tag, doc, &a);

		assert_int_equal(notes.count, tags[i].count);
		for (size_t n = 0; n < notes.count; n++)
			assert_int_equal(notes.at[n].kind, NETWORK_FOREIGN);
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(containers_have_all_cards_with_addresses, reset),
		cmocka_unit_test_setup(cards_say_their_mtu, reset),
		cmocka_unit_test_setup(guests_address_what_is_theirs, reset),
		cmocka_unit_test_setup(takes_a_usual_prefix, reset),
		cmocka_unit_test_setup(one_card_leads_out, reset),
		cmocka_unit_test_setup(a_gateway_takes_the_way_out_over, reset),
		cmocka_unit_test_setup(without_management_the_next_leads_out, reset),
		cmocka_unit_test_setup(tags_remember_cards, reset),
		cmocka_unit_test_setup(older_tags_mean_one_card, reset),
		cmocka_unit_test_setup(damaged_tags_are_survived, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
