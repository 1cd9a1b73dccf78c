/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of a container, and that libvirt's own schema accepts it. */
#include "providers/container_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/xml_schema.h"

static const char *words[] = { "/usr/sbin/sshd", "-D", "a <b> & 'c'" };
static struct card cards[] = {
	{ .mac = "52:54:00:aa:bb:01", .configure = true },
	{ .mac = "52:54:00:AA:bb:02", .configure = true },
};
static const struct network management = { .name = "management", .kind = NETWORK_MANAGEMENT };
static struct machine machines[] = {
	{ .name = "db",
	  .hostname = "db",
	  .provider = "container",
	  .cpus = 2,
	  .memory_mib = 256,
	  .cards = &cards[0],
	  .card_count = 1 },
	{ .name = "web",
	  .hostname = "www.example",
	  .provider = "kvm",
	  .cpus = 1,
	  .memory_mib = 256,
	  .cards = &cards[1],
	  .card_count = 1 },
};
static char network[] = "bothy-0123abcd", address[] = "10.87.5.2", prefix[] = "24",
	    gateway[] = "10.87.5.1";
static const struct place places[] = {
	{ .network = network, .address = address, .prefix = prefix, .gateway = gateway }
};
static const struct tag tag = { .project_id = "0123abcd",
				.project = "My Project!",
				.machine = "db" };

static struct container_domain domain(void)
{
	return (struct container_domain){
		.name = "demo-db-0123abcd",
		.root = "/var/lib/bothy/machines/demo-db-0123abcd/root",
		.machine = &machines[0],
		.places = places,
		.networks = &management,
		.tag = &tag,
	};
}

static xmlDocPtr parsed(const char *text)
{
	cleanup_error struct error err = { 0 };
	xmlDocPtr doc = NULL;

	assert_int_equal(xml_parse(text, "a description", &doc, &err), 0);
	return doc;
}

static const char *at(xmlDocPtr doc, const char *path, const char *attribute)
{
	xmlNodePtr node = xml_find(xml_root(doc), path);

	assert_non_null(node);
	return attribute ? xml_get(node, attribute) : xml_text(node);
}

static void limits_memory_and_cpus(void **state)
{
	struct container_domain d = domain();
	cleanup_free char *text = container_xml(&d);
	cleanup_xml_doc xmlDocPtr doc = parsed(text);

	(void)state;
	assert_string_equal(xml_get(xml_root(doc), "type"), "lxc");
	assert_string_equal(at(doc, "memory", NULL), "256");
	assert_string_equal(at(doc, "vcpu", NULL), "2");
	assert_string_equal(at(doc, "cputune/quota", NULL), "200000");
}

static void has_a_network_of_its_own(void **state)
{
	struct container_domain d = domain();
	cleanup_free char *text = container_xml(&d);
	cleanup_xml_doc xmlDocPtr doc = parsed(text);

	(void)state;
	assert_non_null(xml_find(xml_root(doc), "features/privnet"));
	assert_string_equal(at(doc, "devices/interface/ip", "address"), "10.87.5.2");
	assert_string_equal(at(doc, "devices/interface/route", "gateway"), "10.87.5.1");
	assert_string_equal(at(doc, "devices/interface/guest", "dev"), "eth0");
	assert_string_equal(at(doc, "devices/filesystem/source", "dir"), d.root);
}

static void runs_init_or_the_command(void **state)
{
	struct container_domain d = domain();
	struct machine own = machines[0];
	cleanup_free char *init = container_xml(&d), *command = NULL;
	cleanup_xml_doc xmlDocPtr with_init = parsed(init), with_command = NULL;
	xmlNodePtr arg;

	(void)state;
	assert_string_equal(at(with_init, "os/init", NULL), "/sbin/init");
	assert_null(xml_find(xml_root(with_init), "os/initarg"));
	own.command = (struct strings){ words, ARRAY_SIZE(words) };
	d.machine = &own;
	command = container_xml(&d);
	with_command = parsed(command);
	assert_string_equal(at(with_command, "os/init", NULL), words[0]);
	arg = xml_find(xml_root(with_command), "os/initarg");
	assert_string_equal(xml_text(arg), words[1]);
	assert_string_equal(xml_text(xml_next(arg)), words[2]);
	assert_schema(init, "domain");
	assert_schema(command, "domain");
}

static void writes_only_what_xml_can_hold(void **state)
{
	struct container_domain d = domain();
	struct tag odd = tag;
	cleanup_free char *text = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag got;

	(void)state;
	odd.directory = "/srv/\x01\xff/\xc3\xa9 ok";
	d.tag = &odd;
	text = container_xml(&d);
	doc = parsed(text);
	assert_true(tag_read(doc, "machine", &got));
	assert_string_equal(got.directory, "/srv/\?\?/\xc3\xa9 ok");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_memory_and_cpus),
		cmocka_unit_test(has_a_network_of_its_own),
		cmocka_unit_test(runs_init_or_the_command),
		cmocka_unit_test(writes_only_what_xml_can_hold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
