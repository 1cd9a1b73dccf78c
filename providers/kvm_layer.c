/* SPDX-License-Identifier: Apache-2.0 */
/* Layers over the disks of a virtual machine. */
#include "providers/kvm_layer.h"

#include <stdlib.h>
#include <string.h>

#include "providers/kvm_xml.h"
#include "providers/libvirt_disk.h"
#include "providers/libvirt_domain.h"

size_t kvm_disk_count(const struct tag *tag)
{
	unsigned long count = tag->disks ? strtoul(tag->disks, NULL, 10) : 1;

	return count && count <= IMAGE_MAX_DISKS ? count : 1;
}

/* What a guest's memory was saved with must not change below it. */
static int must_be_stopped(virDomainPtr dom, struct error *err)
{
	enum machine_state state;

	if (libvirt_state(dom, &state, err) < 0)
		return -1;
	if (state == MACHINE_STOPPED)
		return 0;
	return error_set(err, ERROR_PROVIDER, "it is %s", machine_state_name(state));
}

static xmlNodePtr find_disk(xmlDocPtr doc, size_t number)
{
	xmlNodePtr disk = xml_find(xml_root(doc), "devices/disk");
	char target[KVM_TARGET_BYTES];
	const char *own;

	kvm_disk_target(number, target);
	for (; disk; disk = xml_next(disk)) {
		own = xml_get(xml_find(disk, "target"), "dev");
		if (own && strcmp(own, target) == 0)
			return disk;
	}
	return NULL;
}

/* All else in the definition stays as libvirt has it. */
static int redefine(struct libvirt_provider *p, xmlDocPtr doc, const struct disk_paths *paths,
		    bool layer, struct error *err)
{
	cleanup_domain virDomainPtr changed = NULL;
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < paths->count; i++) {
		xmlNodePtr source = xml_find(find_disk(doc, i), "source");

		if (!source)
			return error_set(err, ERROR_PROVIDER,
					 "the machine's definition has no disk %zu", i);
		xml_set(source, "file", paths->at[i]);
	}
	tag_change(doc, "machine", "layer", layer ? "yes" : NULL);
	text = xml_dump(doc);
	return libvirt_define(p, text, &changed, err);
}

static int point_to(struct libvirt_provider *p, virDomainPtr dom, bool layer, struct error *err)
{
	cleanup_disk_paths struct disk_paths paths = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	if (libvirt_describe(dom, &doc, &tag, err) < 0 ||
	    libvirt_disk_paths(p, virt.DomainGetName(dom), kvm_disk_count(&tag), layer, &paths,
			       err) < 0)
		return -1;
	if (!layer && !tag.layer)
		return 0;
	if (must_be_stopped(dom, err) < 0)
		return -1;
	return redefine(p, doc, &paths, layer, err);
}

/* The volumes go last: what a definition names is always there. */
int kvm_layer_drop(struct libvirt_provider *p, virDomainPtr dom, struct error *err)
{
	if (point_to(p, dom, false, err) < 0)
		return -1;
	return libvirt_layer_remove(p, virt.DomainGetName(dom), err);
}

static int put_on(struct libvirt_provider *p, virDomainPtr dom, const struct tag *tag,
		  struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	const char *name = virt.DomainGetName(dom);

	if (libvirt_layer_make(p, name, kvm_disk_count(tag), err) == 0 &&
	    point_to(p, dom, true, err) == 0)
		return 0;
	kvm_layer_drop(p, dom, &ignored);
	return -1;
}

int kvm_layer(struct provider *base, const char *id, bool on, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	if (libvirt_get(p, id, &dom, err) < 0 || libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	if ((on && must_be_stopped(dom, err) < 0) || kvm_layer_drop(p, dom, err) < 0 ||
	    (on && put_on(p, dom, &tag, err) < 0))
		return error_wrap(err, "cannot change the layer of machine '%s'", tag.machine);
	return 0;
}

int kvm_export(struct provider *base, const char *id, const struct image_target *target,
	       struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	if (libvirt_get(p, id, &dom, err) < 0 || libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	if (must_be_stopped(dom, err) < 0 ||
	    libvirt_disk_export(p, virt.DomainGetName(dom), kvm_disk_count(&tag), tag.layer != NULL,
				target, err) < 0)
		return error_wrap(err, "cannot export machine '%s'", tag.machine);
	return 0;
}
