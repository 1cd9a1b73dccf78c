/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of a virtual machine: virtio throughout, its disks and cards, a serial console, nothing else. */
#include "providers/kvm_xml.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/mem.h"
#include "core/text.h"
#include "providers/card_xml.h"
#include "providers/folder_view.h"
#include "providers/user_net.h"
#include "providers/xml.h"

/*
 * On the root bus, where 1 is the graphics card's and 0x1f the chipset's. Guests count cards in this order. Slot 12
 * stays free for the bridge behind which libvirt puts what has no slot here.
 */
enum {
	SLOT_DISK = 2,
	SLOT_CARD,
	SLOT_RNG,
	SLOT_MORE_DISKS,
	SLOT_SEED = SLOT_MORE_DISKS + IMAGE_MAX_DISKS,
	SLOT_MORE_CARDS,
	SLOT_FOLDERS = 0x1e, /* and downwards, as far as there are no cards */
	SLOT_CHIPSET,
};

/*
 * What qemu64 lacks of x86-64-v2, which current distributions ask for. A model that has it all, such
 * as Nehalem, boots Debian a third slower under TCG: for an Intel CPU of that age the guest's kernel
 * switches its guards against Meltdown on, and those are dear to emulate.
 */
static const char *const x86_64_v2[] = { "cx16",   "lahf_lm", "popcnt", "sse4.1",
					 "sse4.2", "ssse3",   NULL };
static const char *const nothing_more[] = { NULL };

static const struct kvm_arch archs[] = {
	{ "x86_64", "q35", "qemu64", x86_64_v2, true },
	{ "aarch64", "virt", "cortex-a57", nothing_more, false },
};

const struct kvm_arch *kvm_arch_host(void)
{
	struct utsname host;

	if (uname(&host) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (strcmp(archs[i].name, host.machine) == 0)
			return &archs[i];
	return NULL;
}

static void write_size(struct xml *x, const struct machine *m)
{
	xml_memory(x, m->memory_mib);
	xml_element(x, "vcpu", "%u", m->cpus);
}

static void write_os(struct xml *x, const struct kvm_domain *d)
{
	if (d->credential) {
		xml_open(x, "sysinfo", "type", "smbios", NULL);
		xml_begin(x, "oemStrings");
		xml_element(x, "entry", "%s", d->credential);
		xml_end(x);
		xml_end(x);
	}
	xml_begin(x, "os");
	if (!d->arch->is_x86)
		xml_attr(x, "firmware", "efi");
	xml_begin(x, "type");
	xml_attr(x, "arch", d->arch->name);
	xml_attr(x, "machine", d->arch->machine);
	xmlTextWriterWriteString(x->writer, (const xmlChar *)"hvm");
	xml_end(x);
	xml_empty(x, "boot", "dev", "hd", NULL);
	if (d->credential)
		xml_empty(x, "smbios", "mode", "sysinfo", NULL);
	xml_end(x);
	xml_begin(x, "features");
	xml_empty(x, "acpi", NULL);
	if (d->arch->is_x86)
		xml_empty(x, "apic", NULL);
	xml_end(x);
}

static void write_cpu(struct xml *x, const struct kvm_domain *d)
{
	if (strcmp(d->type, "kvm") == 0) {
		xml_empty(x, "cpu", "mode", "host-passthrough", "check", "none", NULL);
		return;
	}
	if (strcmp(d->type, "qemu") != 0)
		return;
	xml_open(x, "cpu", "mode", "custom", "match", "exact", "check", "none", NULL);
	xml_begin(x, "model");
	xml_attr(x, "fallback", "forbid");
	xmlTextWriterWriteString(x->writer, (const xmlChar *)d->arch->tcg_cpu);
	xml_end(x);
	for (const char *const *feature = d->arch->tcg_features; *feature; feature++)
		xml_empty(x, "feature", "policy", "require", "name", *feature, NULL);
	xml_end(x);
}

static void write_life(struct xml *x)
{
	xml_empty(x, "clock", "offset", "utc", NULL);
	xml_element(x, "on_poweroff", "destroy");
	xml_element(x, "on_reboot", "restart");
	xml_element(x, "on_crash", "destroy");
}

/*
 * Straight on the root bus: without an address libvirt gives each device a PCIe root port of its
 * own, and a guest takes a tenth of a small boot to look behind them. The price is that these
 * cannot be unplugged.
 */
static void write_slot(struct xml *x, const struct kvm_domain *d, unsigned slot)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%02x", slot);
	if (d->arch->is_x86)
		xml_empty(x, "address", "type", "pci", "domain", "0x0000", "bus", "0x00", "slot",
			  text, "function", "0x0", NULL);
}

void kvm_disk_target(size_t number, char out[static KVM_TARGET_BYTES])
{
	snprintf(out, KVM_TARGET_BYTES, "vd%c", (char)('a' + number));
}

static void write_disk(struct xml *x, const struct kvm_domain *d, size_t number)
{
	char target[KVM_TARGET_BYTES];

	kvm_disk_target(number, target);
	xml_open(x, "disk", "type", "file", "device", "disk", NULL);
	xml_empty(x, "driver", "name", "qemu", "type", "qcow2", "discard", "unmap", NULL);
	xml_empty(x, "source", "file", d->disk_paths[number], NULL);
	xml_empty(x, "target", "dev", target, "bus", "virtio", NULL);
	write_slot(x, d, number ? SLOT_MORE_DISKS + (unsigned)number - 1 : SLOT_DISK);
	xml_end(x);
}

static void write_seed(struct xml *x, const struct kvm_domain *d)
{
	xml_open(x, "disk", "type", "file", "device", "disk", NULL);
	xml_empty(x, "driver", "name", "qemu", "type", "raw", NULL);
	xml_empty(x, "source", "file", d->seed_path, NULL);
	xml_empty(x, "target", "dev", KVM_SEED_TARGET, "bus", "virtio", NULL);
	xml_empty(x, "readonly", NULL);
	write_slot(x, d, SLOT_SEED);
	xml_end(x);
}

/* Without its option ROM the firmware does not stop to look for something to boot from the network. */
static void write_card(struct xml *x, const struct kvm_domain *d, size_t number)
{
	const struct card *card = &d->machine->cards[number];
	size_t slot = number ? SLOT_MORE_CARDS + number - 1 : SLOT_CARD;

	card_xml_open(x, &d->networks[card->network], card, &d->places[number]);
	xml_empty(x, "model", "type", "virtio", NULL);
	xml_empty(x, "rom", "enabled", "no", NULL);
	if (slot < SLOT_CHIPSET)
		write_slot(x, d, (unsigned)slot);
	xml_end(x);
}

/* Who serves a folder reads and writes the guest's memory. */
static void write_memory_backing(struct xml *x)
{
	xml_begin(x, "memoryBacking");
	xml_empty(x, "source", "type", "memfd", NULL);
	xml_empty(x, "access", "mode", "shared", NULL);
	xml_end(x);
}

static void write_folder(struct xml *x, const struct kvm_domain *d, const struct folder *f,
			 size_t number)
{
	cleanup_free char *view = folder_view_path(d->name, number);
	size_t last_card = SLOT_MORE_CARDS + d->machine->card_count;
	char tag[FOLDER_TAG_BYTES];

	folder_tag(f->to, tag);
	xml_open(x, "filesystem", "type", "mount", "accessmode", "passthrough", NULL);
	if (f->kind == FOLDER_VIRTIOFS)
		xml_empty(x, "driver", "type", "virtiofs", NULL);
	if (f->kind == FOLDER_VIRTIOFS && d->virtiofsd)
		xml_empty(x, "binary", "path", d->virtiofsd, NULL);
	xml_empty(x, "source", "dir", view, NULL);
	xml_empty(x, "target", "dir", tag, NULL);
	if (SLOT_FOLDERS - number > last_card)
		write_slot(x, d, (unsigned)(SLOT_FOLDERS - number));
	xml_end(x);
}

static void write_folders(struct xml *x, const struct kvm_domain *d)
{
	for (size_t i = 0; i < d->machine->folder_count; i++)
		if (folder_is_shared(d->machine->folders[i].kind))
			write_folder(x, d, &d->machine->folders[i], i);
}

static void write_console(struct xml *x)
{
	xml_open(x, "serial", "type", "pty", NULL);
	xml_empty(x, "target", "port", "0", NULL);
	xml_end(x);
	xml_open(x, "console", "type", "pty", NULL);
	xml_empty(x, "target", "type", "serial", "port", "0", NULL);
	xml_end(x);
}

static void write_devices(struct xml *x, const struct kvm_domain *d)
{
	xml_begin(x, "devices");
	for (size_t i = 0; i < d->disk_count; i++)
		write_disk(x, d, i);
	if (d->seed_path)
		write_seed(x, d);
	xml_empty(x, "controller", "type", "usb", "model", "none", NULL);
	for (size_t i = 0; i < d->machine->card_count && !d->tag->forwards; i++)
		write_card(x, d, i);
	write_folders(x, d);
	write_console(x);
	xml_open(x, "rng", "model", "virtio", NULL);
	xml_begin(x, "backend");
	xml_attr(x, "model", "random");
	xmlTextWriterWriteString(x->writer, (const xmlChar *)"/dev/urandom");
	xml_end(x);
	write_slot(x, d, SLOT_RNG);
	xml_end(x);
	xml_empty(x, "memballoon", "model", "none", NULL);
	xml_end(x);
}

static void write_argument(struct xml *x, const char *value)
{
	xml_empty(x, "qemu:arg", "value", value, NULL);
}

/* libvirt 9.0 has user-mode networking, but no ports that lead through it: QEMU is told directly. */
static void write_user_cards(struct xml *x, const struct kvm_domain *d)
{
	cleanup_user_net struct user_net net = { 0 };

	if (!d->tag->forwards || !user_net_parse(d->tag->forwards, &net))
		return;
	xml_begin(x, "qemu:commandline");
	for (size_t i = 0; i < d->machine->card_count; i++) {
		cleanup_free char *option = user_net_option(&net, i);
		cleanup_text struct text device = { 0 };

		text_addf(&device, "virtio-net-pci,netdev=bothy%zu,mac=%s,romfile=", i,
			  d->machine->cards[i].mac);
		if (d->arch->is_x86)
			text_addf(&device, ",bus=pcie.0,addr=0x%zx",
				  i ? SLOT_MORE_CARDS + i - 1 : (size_t)SLOT_CARD);
		write_argument(x, "-netdev");
		write_argument(x, option);
		write_argument(x, "-device");
		write_argument(x, text_str(&device));
	}
	xml_end(x);
}

char *kvm_xml(const struct kvm_domain *d)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_open(&x, "domain", "type", d->type, NULL);
	if (d->tag->forwards)
		xml_attr(&x, "xmlns:qemu", "http://libvirt.org/schemas/domain/qemu/1.0");
	xml_element(&x, "name", "%s", d->name);
	if (d->uuid)
		xml_element(&x, "uuid", "%s", d->uuid);
	xml_begin(&x, "metadata");
	tag_write(&x, "machine", d->tag);
	xml_end(&x);
	write_size(&x, d->machine);
	if (folder_note_shares(&(struct folders){ d->machine->folders, d->machine->folder_count }))
		write_memory_backing(&x);
	write_os(&x, d);
	write_cpu(&x, d);
	write_life(&x);
	write_devices(&x, d);
	write_user_cards(&x, d);
	xml_end(&x);
	return xml_take(&x);
}
