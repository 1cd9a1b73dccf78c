/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of networks of every kind, that libvirt's own schema accepts it, and that it is understood again. */
#include "providers/network_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/network_view.h"
#include "tests/unit/xml_schema.h"

static const char *aliases[] = { "www", "www.shop.test", "web" };
static const struct machine db = { .name = "db", .hostname = "db" };
static const struct machine web = { .name = "web",
				    .hostname = "web.example",
				    .aliases = { aliases, ARRAY_SIZE(aliases) } };
static const struct card db_card = { .mac = "52:54:00:aa:bb:01", .configure = true };
static const struct card web_card = { .mac = "52:54:00:AA:bb:02", .configure = true };
static struct seat seats_at[] = { { &db, &db_card }, { &web, &web_card } };
static const struct seats seats = { seats_at, ARRAY_SIZE(seats_at) };
static const struct reservations nobody = { 0 };

struct drawn { /* a network, written and read */
	char *text;
	xmlDocPtr doc;
	struct network_view view;
};

static void drawn_clear(struct drawn *d)
{
	free(d->text);
	network_view_clear(&d->view);
	xml_doc_clear(&d->doc);
}

#define cleanup_drawn cleanup(drawn_clear)

static xmlDocPtr parsed(const char *text)
{
	cleanup_error struct error err = { 0 };
	xmlDocPtr doc = NULL;

	assert_int_equal(xml_parse(text, "a network", &doc, &err), 0);
	return doc;
}

static struct drawn draw(const struct network *n, const char *subnet)
{
	cleanup_reservations struct reservations r = { 0 };
	cleanup_error struct error err = { 0 };
	const struct tag tag = { .project_id = "0123abcd",
				 .project = "My Project!",
				 .directory = "/srv/demo" };
	struct network_design design = { .seating = { .network = n },
					 .tag = &tag,
					 .reservations = &r };
	struct drawn d = { 0 };

	assert_true(subnet_read(subnet, &design.seating.subnet));
	assert_int_equal(seating_assign(&design.seating, &seats, &nobody, &r, &err), 0);
	d.text = network_xml(&design);
	assert_schema(d.text, "network");
	d.doc = parsed(d.text);
	assert_true(network_view_read(d.doc, &d.view));
	return d;
}

static const char *at(const struct drawn *d, const char *path, const char *attribute)
{
	xmlNodePtr node = xml_find(xml_root(d->doc), path);

	assert_non_null(node);
	return attribute ? xml_get(node, attribute) : xml_text(node);
}

static bool has(const struct drawn *d, const char *path)
{
	return xml_find(xml_root(d->doc), path) != NULL;
}

static void check_seats(const struct drawn *d, uint32_t base)
{
	const struct reservations *r = &d->view.reservations;

	assert_int_equal(r->count, 2);
	assert_int_equal(reservations_by_name(r, "db")->address, base + 2);
	assert_int_equal(reservations_by_mac(r, "52:54:00:aa:BB:02")->address, base + 3);
	assert_null(reservations_by_name(r, "web.example"));
}

static void manages_as_ever(void **state)
{
	const struct network n = { .name = "management",
				   .kind = NETWORK_MANAGEMENT,
				   .dhcp = true,
				   .settings = "management dhcp" };
	cleanup_drawn struct drawn d = draw(&n, "10.87.5.0/24");

	(void)state;
	assert_string_equal(d.view.name, "bothy-0123abcd");
	assert_string_equal(d.view.bridge, "by0123abcd");
	assert_string_equal(d.view.domain, "my-project.test");
	assert_string_equal(d.view.network, "management");
	assert_string_equal(d.view.tag.settings, "management dhcp");
	assert_null(d.view.tag.reservations);
	assert_int_equal(d.view.kind, NETWORK_MANAGEMENT);
	assert_int_equal(d.view.gateway, 0x0a570501);
	assert_true(d.view.leads_out);
	assert_string_equal(at(&d, "bridge", "stp"), "off");
	assert_string_equal(at(&d, "bridge", "delay"), "0");
	assert_string_equal(at(&d, "forward", "mode"), "nat");
	assert_string_equal(at(&d, "ip/dhcp/range", "start"), "10.87.5.128");
	assert_string_equal(at(&d, "ip/dhcp/range", "end"), "10.87.5.254");
	check_seats(&d, 0x0a570500);
}

static void knows_machines_by_all_of_their_names(void **state)
{
	static const char *const expected[] = { "web", "web.example", "www", "www.shop.test" };
	const struct network n = { .name = "management", .kind = NETWORK_MANAGEMENT, .dhcp = true };
	cleanup_drawn struct drawn d = draw(&n, "10.87.5.0/24");
	const struct reservation *r = reservations_by_name(&d.view.reservations, "web");

	(void)state;
	assert_int_equal(r->name_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(r->names[i], expected[i]);
	assert_int_equal(reservations_by_name(&d.view.reservations, "db")->name_count, 1);
}

static void shares_a_nat_with_all_that_can_be_said(void **state)
{
	const struct network n = { .name = "lan",
				   .kind = NETWORK_NAT_NETWORK,
				   .ipv6 = "fd00:20::/64",
				   .dhcp = true,
				   .dhcp_from = "10.20.0.100",
				   .dhcp_to = "10.20.0.110",
				   .domain = "lan.test",
				   .mtu = 1400,
				   .settings =
					   "nat_network subnet=10.20.0.0/24 ipv6=fd00:20::/64" };
	cleanup_drawn struct drawn d = draw(&n, "10.20.0.0/24");
	const struct reservation *r = reservations_by_name(&d.view.reservations, "web");

	(void)state;
	assert_string_equal(d.view.name, "bothy-0123abcd-lan");
	assert_true(strncmp(d.view.bridge, "by", 2) == 0 && strlen(d.view.bridge) == 13);
	assert_int_equal(d.view.kind, NETWORK_NAT_NETWORK);
	assert_string_equal(d.view.domain, "lan.test");
	assert_string_equal(at(&d, "mtu", "size"), "1400");
	assert_string_equal(at(&d, "forward/nat", "ipv6"), "yes");
	assert_string_equal(at(&d, "ip/dhcp/range", "start"), "10.20.0.100");
	assert_string_equal(at(&d, "ip/dhcp/range", "end"), "10.20.0.110");
	assert_true(d.view.has_ipv6);
	assert_int_equal(subnet_prefix(&d.view.ipv6), 64);
	assert_string_equal(r->ipv6, "fd00:20::3");
	check_seats(&d, 0x0a140000);
}

static void keeps_host_only_from_the_way_out(void **state)
{
	const struct network n = { .name = "host-only-192.168.56.0",
				   .kind = NETWORK_HOST_ONLY,
				   .dhcp = true,
				   .settings = "host_only dhcp" };
	cleanup_drawn struct drawn d = draw(&n, "192.168.56.0/24");

	(void)state;
	assert_false(has(&d, "forward"));
	assert_false(d.view.leads_out);
	assert_int_equal(d.view.gateway, 0xc0a83801);
	assert_int_equal(d.view.kind, NETWORK_HOST_ONLY);
	check_seats(&d, 0xc0a83800);
}

/* libvirt has no place for the subnet and the reservations, so that the tag keeps them. */
static void puts_nothing_of_the_host_on_internal(void **state)
{
	const struct network n = { .name = "backend",
				   .kind = NETWORK_INTERNAL,
				   .ipv6 = "fd00:9::/80",
				   .settings = "internal subnet=10.9.0.0/24 ipv6=fd00:9::/80" };
	cleanup_drawn struct drawn d = draw(&n, "10.9.0.0/24");
	const struct reservation *r = reservations_by_name(&d.view.reservations, "web");

	(void)state;
	assert_false(has(&d, "ip") || has(&d, "forward") || has(&d, "dns"));
	assert_int_equal(d.view.gateway, 0);
	assert_int_equal(d.view.kind, NETWORK_INTERNAL);
	assert_true(d.view.has_subnet && d.view.has_ipv6);
	assert_int_equal(subnet_first(&d.view.subnet), 0x0a090000);
	assert_int_equal(subnet_prefix(&d.view.ipv6), 80);
	assert_string_equal(r->ipv6, "fd00:9::3");
	check_seats(&d, 0x0a090000);
}

static void keeps_places_without_dhcp(void **state)
{
	const struct network n = { .name = "fixed",
				   .kind = NETWORK_NAT_NETWORK,
				   .settings = "nat_network" };
	cleanup_drawn struct drawn d = draw(&n, "10.30.0.0/16");

	(void)state;
	assert_false(has(&d, "ip/dhcp"));
	assert_string_equal(at(&d, "ip", "prefix"), "16");
	assert_non_null(d.view.tag.reservations);
	check_seats(&d, 0x0a1e0000);
	assert_int_equal(reservations_by_name(&d.view.reservations, "db")->name_count, 1);
}

static void reads_what_an_older_bothy_wrote(void **state)
{
	static const char text[] =
		"<network><name>bothy-0123abcd</name><metadata>"
		"<bothy:network xmlns:bothy='urn:bothy:machine:1' project-id='0123abcd'/>"
		"</metadata><forward mode='nat'/><bridge name='by0123abcd'/>"
		"<dns><host ip='10.87.5.2'><hostname>db</hostname></host></dns>"
		"<ip address='10.87.5.1' netmask='255.255.255.0'><dhcp>"
		"<host mac='52:54:00:aa:bb:01' name='db' ip='10.87.5.2'/></dhcp></ip></network>";
	cleanup_xml_doc xmlDocPtr doc = parsed(text);
	cleanup_network_view struct network_view v = { 0 };

	(void)state;
	assert_true(network_view_read(doc, &v));
	assert_string_equal(v.network, "management");
	assert_int_equal(v.kind, NETWORK_MANAGEMENT);
	assert_null(v.tag.settings);
	assert_int_equal(subnet_prefix(&v.subnet), 24);
	assert_int_equal(v.reservations.count, 1);
}

static void knows_others_networks_from_ours(void **state)
{
	static const char text[] =
		"<network><name>default</name><metadata><x:network xmlns:x='urn:other' "
		"project-id='1'/></metadata><forward/><ip address='192.168.122.1' prefix='24'>"
		"<dhcp><host mac='52:54:00:00:00:01' ip='192.168.122.7'/></dhcp></ip></network>";
	cleanup_xml_doc xmlDocPtr doc = parsed(text);
	cleanup_network_view struct network_view v = { 0 };

	(void)state;
	assert_false(network_view_read(doc, &v));
	assert_false(tag_maybe(text));
	network_view_read_any(doc, &v);
	assert_null(v.network);
	assert_int_equal(v.kind, NETWORK_FOREIGN);
	assert_true(v.leads_out);
	assert_int_equal(reservations_by_mac(&v.reservations, "52:54:00:00:00:01")->address,
			 0xc0a87a07);
}

static void has_a_bridge_for_each_name(void **state)
{
	char a[NETWORK_BRIDGE_BYTES], b[NETWORK_BRIDGE_BYTES], c[NETWORK_BRIDGE_BYTES];

	(void)state;
	assert_int_equal(network_bridge("0123abcd", "management", a), 0x0123abcd);
	assert_int_not_equal(network_bridge("0123abcd", "lan", a),
			     network_bridge("0123abcd", "wan", b));
	network_bridge("0123abce", "lan", c);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manages_as_ever),
		cmocka_unit_test(knows_machines_by_all_of_their_names),
		cmocka_unit_test(shares_a_nat_with_all_that_can_be_said),
		cmocka_unit_test(keeps_host_only_from_the_way_out),
		cmocka_unit_test(puts_nothing_of_the_host_on_internal),
		cmocka_unit_test(keeps_places_without_dhcp),
		cmocka_unit_test(reads_what_an_older_bothy_wrote),
		cmocka_unit_test(knows_others_networks_from_ours),
		cmocka_unit_test(has_a_bridge_for_each_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
