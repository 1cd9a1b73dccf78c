/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of a virtual machine: what must be in it, and that libvirt's own schema accepts it. */
#include "providers/kvm_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/xml_schema.h"

static char management[] = "bothy-0123abcd", bridge[] = "br0", eth[] = "eth7";
static const struct place places[IMAGE_MAX_DISKS] = {
	{ .network = management }, { .bridge = bridge },      { .device = eth },
	{ .network = management }, { .network = management }, { .network = management },
	{ .network = management }, { .network = management },
};
static const struct network network = { .name = "any" };
static struct card cards[ARRAY_SIZE(places)] = {
	{ .mac = "52:54:00:aa:bb:cc", .configure = true },
	{ .mac = "52:54:00:aa:bb:01", .mtu = 1400 },
	{ .mac = "52:54:00:aa:bb:02" },
	{ .mac = "52:54:00:aa:bb:03" },
	{ .mac = "52:54:00:aa:bb:04" },
	{ .mac = "52:54:00:aa:bb:05" },
	{ .mac = "52:54:00:aa:bb:06" },
	{ .mac = "52:54:00:aa:bb:07" },
};
static const struct machine machine = {
	.name = "web",
	.hostname = "web",
	.provider = "kvm",
	.cpus = 3,
	.memory_mib = 768,
	.cards = cards,
	.card_count = 1,
};
static const struct tag tag = {
	.version = "1",
	.project_id = "0123abcd",
	.project = "a & b",
	.directory = "/srv/<odd> \"dir\" 'x'",
	.machine = "web",
	.provider = "kvm",
	.complete = "no",
};

static char disk[] = "/pool/demo & co.qcow2", second[] = "/pool/demo-1.qcow2";
static char *const disks[] = { disk, second };

static struct kvm_domain domain(const struct kvm_arch *arch)
{
	return (struct kvm_domain){
		.name = "demo-web-0123abcd",
		.type = "qemu",
		.arch = arch,
		.disk_paths = disks,
		.disk_count = 1,
		.machine = &machine,
		.places = places,
		.networks = &network,
		.tag = &tag,
	};
}

static const char *const features[] = { "sse4.2", NULL }, *const none[] = { NULL };
static const struct kvm_arch x86 = { "x86_64", "q35", "qemu64", features, true };
static const struct kvm_arch arm = { "aarch64", "virt", "cortex-a57", none, false };

static xmlDocPtr parsed(const struct kvm_domain *d)
{
	cleanup_free char *text = kvm_xml(d);
	cleanup_error struct error err = { 0 };
	xmlDocPtr doc = NULL;

	assert_int_equal(xml_parse(text, "a machine", &doc, &err), 0);
	return doc;
}

static const char *at(xmlDocPtr doc, const char *path, const char *attribute)
{
	xmlNodePtr node = xml_find(xml_root(doc), path);

	assert_non_null(node);
	return attribute ? xml_get(node, attribute) : xml_text(node);
}

static void says_what_was_asked_for(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr doc = parsed(&d);

	(void)state;
	assert_string_equal(xml_get(xml_root(doc), "type"), "qemu");
	assert_string_equal(at(doc, "name", NULL), "demo-web-0123abcd");
	assert_string_equal(at(doc, "memory", NULL), "768");
	assert_string_equal(at(doc, "memory", "unit"), "MiB");
	assert_string_equal(at(doc, "vcpu", NULL), "3");
	assert_string_equal(at(doc, "os/type", "machine"), "q35");
	assert_string_equal(at(doc, "os/boot", "dev"), "hd");
	assert_string_equal(at(doc, "on_poweroff", NULL), "destroy");
	assert_string_equal(at(doc, "on_reboot", NULL), "restart");
	assert_null(xml_find(xml_root(doc), "uuid"));
}

static void has_one_disk_and_one_card(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr doc = parsed(&d);

	(void)state;
	assert_string_equal(at(doc, "devices/disk/source", "file"), "/pool/demo & co.qcow2");
	assert_string_equal(at(doc, "devices/disk/target", "bus"), "virtio");
	assert_string_equal(at(doc, "devices/disk/driver", "type"), "qcow2");
	assert_null(xml_next(xml_find(xml_root(doc), "devices/disk")));
	assert_string_equal(at(doc, "devices/interface/mac", "address"), "52:54:00:aa:bb:cc");
	assert_string_equal(at(doc, "devices/interface/source", "network"), "bothy-0123abcd");
	assert_string_equal(at(doc, "devices/interface/rom", "enabled"), "no");
	assert_null(xml_next(xml_find(xml_root(doc), "devices/interface")));
	assert_null(xml_find(xml_root(doc), "devices/graphics"));
}

static void has_more_disks_and_a_seed(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr doc = NULL;
	xmlNodePtr node;

	(void)state;
	d.disk_count = 2;
	d.seed_path = "/pool/demo-seed.iso";
	doc = parsed(&d);
	node = xml_next(xml_find(xml_root(doc), "devices/disk"));
	assert_string_equal(xml_get(xml_find(node, "source"), "file"), second);
	assert_string_equal(xml_get(xml_find(node, "target"), "dev"), "vdb");
	assert_null(xml_find(node, "readonly"));
	node = xml_next(node);
	assert_string_equal(xml_get(xml_find(node, "source"), "file"), d.seed_path);
	assert_string_equal(xml_get(xml_find(node, "target"), "dev"), "vdz");
	assert_string_equal(xml_get(xml_find(node, "driver"), "type"), "raw");
	assert_non_null(xml_find(node, "readonly"));
	assert_null(xml_next(node));
}

static void has_all_cards_in_order(void **state)
{
	struct kvm_domain d = domain(&x86);
	struct machine three = machine;
	cleanup_free char *text = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	xmlNodePtr node;

	(void)state;
	three.card_count = 3;
	d.machine = &three;
	text = kvm_xml(&d);
	assert_schema(text, "domain");
	doc = parsed(&d);
	node = xml_find(xml_root(doc), "devices/interface");
	assert_string_equal(xml_get(node, "type"), "network");
	assert_null(xml_find(node, "mtu"));
	node = xml_next(node);
	assert_string_equal(xml_get(node, "type"), "bridge");
	assert_string_equal(xml_get(xml_find(node, "mac"), "address"), cards[1].mac);
	assert_string_equal(xml_get(xml_find(node, "source"), "bridge"), "br0");
	assert_string_equal(xml_get(xml_find(node, "mtu"), "size"), "1400");
	assert_string_equal(xml_get(xml_find(node, "rom"), "enabled"), "no");
	node = xml_next(node);
	assert_string_equal(xml_get(node, "type"), "direct");
	assert_string_equal(xml_get(xml_find(node, "source"), "dev"), "eth7");
	assert_string_equal(xml_get(xml_find(node, "source"), "mode"), "bridge");
	assert_null(xml_next(node));
}

/* Guests count them by slot: the first is the one that a first boot asks for an address on. */
static void check_card_slots(xmlDocPtr doc, size_t count)
{
	xmlNodePtr node = xml_find(xml_root(doc), "devices/interface");
	unsigned long last = 0;

	for (size_t i = 0; i < count; i++, node = xml_next(node)) {
		const char *slot = xml_get(xml_find(node, "address"), "slot");

		assert_non_null(slot);
		assert_string_equal(xml_get(xml_find(node, "mac"), "address"), cards[i].mac);
		assert_true(strtoul(slot, NULL, 16) > last);
		last = strtoul(slot, NULL, 16);
	}
	assert_null(node);
}

/* Two devices in one slot of the bus would keep the machine from starting. */
static void gives_every_device_a_slot(void **state)
{
	static char *const many[IMAGE_MAX_DISKS] = { disk, second, disk, second,
						     disk, second, disk, second };
	struct kvm_domain d = domain(&x86);
	struct folder folders[12];
	struct machine full = machine;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	bool taken[32] = { false };

	(void)state;
	d.disk_paths = many;
	d.disk_count = IMAGE_MAX_DISKS;
	d.seed_path = "/pool/demo-seed.iso";
	full.card_count = ARRAY_SIZE(cards);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		folders[i] = (struct folder){ .to = "/x", .kind = FOLDER_VIRTIOFS };
	full.folders = folders;
	full.folder_count = ARRAY_SIZE(folders);
	d.machine = &full;
	doc = parsed(&d);
	check_card_slots(doc, ARRAY_SIZE(cards));
	for (xmlNodePtr n = xml_find(xml_root(doc), "devices")->children; n; n = n->next) {
		const char *slot = xml_get(xml_find(n, "address"), "slot");

		if (!slot)
			continue;
		assert_false(taken[strtoul(slot, NULL, 16)]);
		taken[strtoul(slot, NULL, 16)] = true;
	}
	assert_true(taken[2] && !taken[0] && !taken[1] && !taken[31]);
}

static void shares_folders(void **state)
{
	struct folder folders[] = {
		{ .to = "/c", .kind = FOLDER_COPY },
		{ .to = "/project", .kind = FOLDER_VIRTIOFS },
		{ .to = "/srv", .kind = FOLDER_9P },
	};
	struct kvm_domain d = domain(&x86);
	struct machine sharing = machine;
	cleanup_free char *text = NULL;
	cleanup_xml_doc xmlDocPtr doc = parsed(&d);
	xmlNodePtr node;

	(void)state;
	assert_null(xml_find(xml_root(doc), "memoryBacking"));
	xml_doc_clear(&doc);
	sharing.folders = folders;
	sharing.folder_count = ARRAY_SIZE(folders);
	d.machine = &sharing;
	d.virtiofsd = "/opt/virtiofsd";
	text = kvm_xml(&d);
	assert_schema(text, "domain");
	doc = parsed(&d);
	assert_string_equal(at(doc, "memoryBacking/source", "type"), "memfd");
	assert_string_equal(at(doc, "memoryBacking/access", "mode"), "shared");
	node = xml_find(xml_root(doc), "devices/filesystem");
	assert_string_equal(xml_get(xml_find(node, "driver"), "type"), "virtiofs");
	assert_string_equal(xml_get(xml_find(node, "binary"), "path"), "/opt/virtiofsd");
	assert_string_equal(xml_get(xml_find(node, "source"), "dir"),
			    "/run/bothy/views/demo-web-0123abcd/1");
	assert_string_equal(xml_get(xml_find(node, "target"), "dir"), "bothy-ea0135bc");
	node = xml_next(node);
	assert_null(xml_find(node, "driver"));
	assert_string_equal(xml_get(xml_find(node, "source"), "dir"),
			    "/run/bothy/views/demo-web-0123abcd/2");
	assert_null(xml_next(node));
}

static void keeps_its_uuid(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr doc = NULL;

	(void)state;
	d.uuid = "01234567-89ab-4cde-8f01-23456789abcd";
	doc = parsed(&d);
	assert_string_equal(at(doc, "uuid", NULL), d.uuid);
}

static void chooses_the_cpu_by_accelerator(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr tcg = parsed(&d), kvm = NULL;

	(void)state;
	assert_string_equal(at(tcg, "cpu/model", NULL), x86.tcg_cpu);
	assert_string_equal(at(tcg, "cpu/feature", "name"), features[0]);
	d.type = "kvm";
	kvm = parsed(&d);
	assert_string_equal(xml_get(xml_root(kvm), "type"), "kvm");
	assert_string_equal(at(kvm, "cpu", "mode"), "host-passthrough");
	assert_null(xml_find(xml_root(kvm), "cpu/model"));
}

static void carries_the_credential(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr without = parsed(&d), with = NULL;

	(void)state;
	assert_null(xml_find(xml_root(without), "sysinfo"));
	d.credential = "io.systemd.credential.binary:tmpfiles.extra=AA==";
	with = parsed(&d);
	assert_string_equal(at(with, "sysinfo/oemStrings/entry", NULL), d.credential);
	assert_string_equal(at(with, "os/smbios", "mode"), "sysinfo");
}

static void carries_its_tag(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_xml_doc xmlDocPtr doc = parsed(&d);
	struct tag got;

	(void)state;
	assert_true(tag_read(doc, "machine", &got));
	assert_string_equal(got.project, tag.project);
	assert_string_equal(got.directory, tag.directory);
	assert_string_equal(got.complete, "no");
	assert_null(got.box);
	assert_false(tag_read(doc, "network", &got));
}

static void is_what_libvirt_accepts(void **state)
{
	struct kvm_domain d = domain(&x86);
	cleanup_free char *tcg = kvm_xml(&d), *kvm = NULL, *on_arm = NULL;

	(void)state;
	assert_schema(tcg, "domain");
	d.type = "kvm";
	d.credential = "io.systemd.credential.binary:tmpfiles.extra=AA==";
	d.uuid = "01234567-89ab-4cde-8f01-23456789abcd";
	kvm = kvm_xml(&d);
	assert_schema(kvm, "domain");
	d.arch = &arm;
	d.disk_count = 2;
	d.seed_path = "/pool/demo-seed.iso";
	on_arm = kvm_xml(&d);
	assert_schema(on_arm, "domain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_asked_for),
		cmocka_unit_test(has_one_disk_and_one_card),
		cmocka_unit_test(has_more_disks_and_a_seed),
		cmocka_unit_test(has_all_cards_in_order),
		cmocka_unit_test(gives_every_device_a_slot),
		cmocka_unit_test(shares_folders),
		cmocka_unit_test(keeps_its_uuid),
		cmocka_unit_test(chooses_the_cpu_by_accelerator),
		cmocka_unit_test(carries_the_credential),
		cmocka_unit_test(carries_its_tag),
		cmocka_unit_test(is_what_libvirt_accepts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
