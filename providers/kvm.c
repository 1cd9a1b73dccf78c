/* SPDX-License-Identifier: Apache-2.0 */
/* The provider "kvm": virtual machines by libvirt's QEMU driver, run by KVM or, where there is none, TCG. */
#include "providers/kvm.h"

#include "core/folder_note.h"
#include "providers/accel.h"
#include "providers/folder_ability.h"
#include "providers/folder_tree.h"
#include "providers/folder_view.h"
#include "providers/kvm_layer.h"
#include "providers/kvm_session.h"
#include "providers/kvm_xml.h"
#include "providers/libvirt_base.h"
#include "providers/libvirt_card.h"
#include "providers/libvirt_console.h"
#include "providers/libvirt_disk.h"
#include "providers/libvirt_doctor.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_link.h"
#include "providers/libvirt_network.h"
#include "providers/libvirt_observe.h"
#include "providers/libvirt_parting.h"
#include "providers/libvirt_pool.h"
#include "providers/tmpfiles.h"

#include <string.h>
#include <unistd.h>

#define OWN_URI "qemu:///system"
#define PEER_URI "lxc:///system"
/* QEMU makes the table of SMBIOS strings no larger than 64 KiB. */
#define CREDENTIAL_MAX 60000u

static int kvm_open(const struct provider_conf *conf, struct provider **out, struct error *err)
{
	return libvirt_open(&provider_kvm, OWN_URI, PEER_URI, conf, out, err);
}

static const struct kvm_arch *find_arch(struct error *err)
{
	const struct kvm_arch *arch = kvm_arch_host();

	if (!arch)
		error_set(err, ERROR_PROVIDER,
			  "virtual machines are not supported on this architecture");
	return arch;
}

static int kvm_check(struct provider *base, const struct env *env, struct problems *out,
		     struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	const struct kvm_arch *arch = find_arch(err);

	if (!arch)
		return -1;
	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];
		cleanup_error struct error problem = { 0 };
		const char *type;

		if (strcmp(m->provider, base->ops->name) != 0 ||
		    accel_choose(p, m, arch, &type, &problem) == 0)
			continue;
		problems_add(out, env->file, m->line, "%s", problem.text);
		if (problem.hint)
			problems_hint(out, "%s", problem.hint);
	}
	return libvirt_network_check(base, env, out, err);
}

/* Who asked for emulation knows. */
static char *slowness(struct libvirt_provider *p, const struct machine *m)
{
	cleanup_error struct error none = { 0 };
	const struct kvm_arch *arch = find_arch(&none);
	const char *why;

	if (!arch || p->is_test || m->accel != ACCEL_AUTO || accel_kvm_usable(p, arch, &why))
		return NULL;
	return xasprintf("runs by emulation (TCG), slowly: %s", why);
}

static char *kvm_caveat(struct provider *base, const struct env *env, const struct machine *m)
{
	cleanup_free char *slow = slowness(libvirt_of(base), m);
	cleanup_free char *deaf = libvirt_card_caveat(base, env, m);

	if (slow && deaf)
		return xasprintf("%s; %s", slow, deaf);
	return slow ? take_ptr(slow) : take_ptr(deaf);
}

static void kvm_report(const struct provider_conf *conf, struct problems *out)
{
	libvirt_report_kvm(conf->uri ? conf->uri : OWN_URI, out);
}

static int make_credential(const struct provider_creation *what, char **out, struct error *err)
{
	cleanup_free char *credential = NULL;

	if (what->seed && what->seed->file_count)
		credential = tmpfiles_credential(what->seed);
	if (credential && strlen(credential) > CREDENTIAL_MAX)
		return error_set(err, ERROR_PROVIDER,
				 "the first-boot files of machine '%s' are too large",
				 what->machine->name);
	*out = take_ptr(credential);
	return 0;
}

/*
 * Defines it, or with a uuid gives the domain of that uuid a new definition. The tag says already how
 * many disks it has and whether there is one for cloud-init.
 */
static int define(struct libvirt_provider *p, const struct provider_creation *what, struct tag *tag,
		  struct kvm_domain *d, virDomainPtr *out, struct error *err)
{
	cleanup_free char *credential = NULL, *text = NULL;
	cleanup_free char *disk_mib =
		xasprintf("%llu", (unsigned long long)what->machine->disk_mib);
	cleanup_free char *cards = card_notes_settings(what->env, what->machine);
	cleanup_free char *kinds = card_notes_kinds(what->env, what->machine);
	cleanup_free char *folders =
		folder_note_text(what->machine->folders, what->machine->folder_count);
	cleanup_disk_paths struct disk_paths paths = { 0 };
	cleanup_places struct places places = { 0 };

	d->arch = find_arch(err);
	if (!d->arch || accel_choose(p, what->machine, d->arch, &d->type, err) < 0 ||
	    libvirt_disk_paths(p, d->name, kvm_disk_count(tag), false, &paths, err) < 0 ||
	    make_credential(what, &credential, err) < 0 ||
	    (!tag->forwards && libvirt_places(p, what, &places, err) < 0))
		return -1;
	tag->accel_wanted = accel_name(what->machine->accel);
	tag->disk_mib = disk_mib;
	tag->cards = cards;
	tag->kinds = kinds;
	tag->folders = folders;
	d->disk_paths = paths.at;
	d->disk_count = paths.count;
	d->seed_path = tag->seed ? paths.seed : NULL;
	d->places = places.at;
	d->networks = what->env->networks;
	d->credential = credential;
	d->virtiofsd = folder_ability_virtiofsd();
	d->machine = what->machine;
	d->tag = tag;
	text = kvm_xml(d);
	if (folder_tree_create(what->machine->folders, what->machine->folder_count,
			       what->env->project.directory, err) < 0)
		return -1;
	return libvirt_define(p, text, out, err);
}

static int remove_domain(struct libvirt_provider *p, virDomainPtr dom, struct error *err)
{
	if (libvirt_force_off(dom, err) < 0)
		return -1;
	libvirt_withdraw_cards(p, dom);
	if (folder_views_unmount(virt.DomainGetName(dom), err) < 0 ||
	    libvirt_disk_remove(p, virt.DomainGetName(dom), err) < 0)
		return -1;
	return libvirt_undefine(
		dom,
		VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
			VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM,
		err);
}

static int make_disks(struct libvirt_provider *p, const struct provider_creation *what,
		      const char *name, const struct tag *tag, struct error *err)
{
	if (libvirt_disk_create(p, name, what->image, what->machine->disk_mib, err) < 0)
		return -1;
	return tag->seed ? libvirt_seed_write(p, name, what->seed, err) : 0;
}

/* The definition comes first and goes last, so that there is never a disk that nothing names. */
static int kvm_create(struct provider *base, const struct provider_creation *what, char **out_id,
		      struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_free char *owner = libvirt_owner();
	cleanup_free char *name = libvirt_domain_name(&what->env->project, what->machine->name);
	cleanup_free char *disks = xasprintf("%zu", what->image->disk_count), *forwards = NULL;
	struct tag tag = libvirt_tag(base, what, owner);
	struct kvm_domain d = { .name = name };
	cleanup_domain virDomainPtr dom = NULL;

	tag.disks = disks;
	if (libvirt_is_session(p) && kvm_session_new(what->machine, &forwards, err) < 0)
		return error_wrap(err, "cannot create machine '%s'", what->machine->name);
	tag.forwards = forwards;
	if (what->image->first_boot & FIRST_BOOT_NOCLOUD && what->seed->disk)
		tag.seed = "nocloud";
	if (libvirt_remove_leftovers(p, what, err) < 0 || define(p, what, &tag, &d, &dom, err) < 0)
		return error_wrap(err, "cannot create machine '%s'", what->machine->name);
	if (make_disks(p, what, name, &tag, err) < 0 || libvirt_set_complete(dom, err) < 0) {
		cleanup_error struct error undo = { 0 };

		error_wrap(err, "cannot create machine '%s'", what->machine->name);
		if (remove_domain(p, dom, &undo) < 0)
			error_hint(err, "domain '%s' remains: %s", name, undo.text);
		return -1;
	}
	*out_id = libvirt_id(dom);
	return 0;
}

static int kvm_update(struct provider *base, const char *id, const struct provider_creation *what,
		      struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL, changed = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct kvm_domain d = { .uuid = id };
	struct tag old, tag;

	if (libvirt_get(p, id, &dom, err) < 0 || libvirt_must_be_off(dom, err) < 0 ||
	    kvm_layer_drop(p, dom, err) < 0 || libvirt_describe(dom, &doc, &old, err) < 0)
		return error_wrap(err, "cannot change machine '%s'", what->machine->name);
	tag = libvirt_tag(base, what, old.owner);
	tag.box = old.box;
	tag.box_digest = old.box_digest;
	tag.disks = old.disks;
	tag.seed = old.seed;
	tag.forwards = old.forwards;
	tag.complete = old.complete;
	d.name = virt.DomainGetName(dom);
	if (libvirt_disk_grow(p, d.name, what->machine->disk_mib, err) < 0 ||
	    (tag.seed && what->seed->disk && libvirt_seed_write(p, d.name, what->seed, err) < 0) ||
	    define(p, what, &tag, &d, &changed, err) < 0)
		return error_wrap(err, "cannot change machine '%s'", what->machine->name);
	return 0;
}

static int mount_views(virDomainPtr dom, const struct tag *tag, struct error *err)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	enum machine_state state;
	struct folders folders;

	if (!folder_note_read(tag->folders, &arena, &folders))
		return error_set(err, ERROR_PROVIDER,
				 "the machine's definition names folders unreadably");
	if (libvirt_state(dom, &state, err) < 0)
		return -1;
	if (!folder_note_shares(&folders) || state == MACHINE_RUNNING || state == MACHINE_PAUSED)
		return 0;
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED, "sharing folders needs root");
		return error_hint(err, "sudo bothy up %s", tag->machine);
	}
	return folder_views_mount(virt.DomainGetName(dom), &folders, tag->directory, err);
}

/* Of a machine that did not start. */
static void drop_views(virDomainPtr dom)
{
	cleanup_error struct error ignored = { 0 };
	enum machine_state state;

	if (libvirt_state(dom, &state, &ignored) == 0 && state == MACHINE_STOPPED)
		folder_views_unmount(virt.DomainGetName(dom), &ignored);
}

static int kvm_start(struct provider *base, const char *id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	if (libvirt_get(p, id, &dom, err) < 0 || libvirt_describe(dom, &doc, &tag, err) < 0 ||
	    kvm_session_refresh(p, &dom, &doc, &tag, err) < 0 || mount_views(dom, &tag, err) < 0)
		return -1;
	if (libvirt_start(p, dom, doc, err) < 0) {
		drop_views(dom);
		return -1;
	}
	libvirt_announce_cards(p, doc, &tag);
	return 0;
}

static int press_power_button(virDomainPtr dom)
{
	return virt.DomainShutdown(dom);
}

static int kvm_stop(struct provider *base, const char *id, enum provider_stop how,
		    int64_t deadline_ms, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;
	int ret;

	if (libvirt_find(p, id, &dom, err) < 0)
		return -1;
	if (!dom)
		return 0;
	if (how == PROVIDER_STOP_FORCE)
		ret = libvirt_force_off(dom, err);
	else
		ret = libvirt_stop(dom, press_power_button, libvirt_force_off, deadline_ms, err);
	if (ret < 0)
		return -1;
	libvirt_withdraw_cards(p, dom);
	/* A member of libvirt's group may stop what root has started; what is left is in nobody's way. */
	return geteuid() == 0 ? folder_views_unmount(virt.DomainGetName(dom), err) : 0;
}

static int kvm_remove(struct provider *base, const char *id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_domain virDomainPtr dom = NULL;

	if (libvirt_find(p, id, &dom, err) < 0)
		return -1;
	return dom ? remove_domain(p, dom, err) : 0;
}

const struct provider_ops provider_kvm = {
	.name = "kvm",
	.engine = "libvirt",
	.summary = "virtual machines, by KVM or QEMU's emulation",
	.image_kind = IMAGE_DISK,
	.has_guest = true,
	.open = kvm_open,
	.close = libvirt_close,
	.check = kvm_check,
	.report = kvm_report,
	.folders = folder_ability_kvm,
	.observe = libvirt_observe,
	.base_exists = libvirt_base_exists,
	.base_import = libvirt_base_import,
	.base_remove = libvirt_base_remove,
	.base_sweep = libvirt_base_tidy,
	.network_ensure = libvirt_network_ensure,
	.network_remove = libvirt_network_remove,
	.machine_create = kvm_create,
	.machine_update = kvm_update,
	.machine_start = kvm_start,
	.machine_stop = kvm_stop,
	.machine_remove = kvm_remove,
	.machine_address = libvirt_machine_address,
	.machine_cards = libvirt_machine_cards,
	.machine_places = libvirt_machine_places,
	.machine_state = libvirt_machine_state,
	.machine_forward = kvm_machine_forward,
	.caveat = kvm_caveat,
	.machine_layer = kvm_layer,
	.machine_export = kvm_export,
	.card_link = libvirt_card_link,
	.cards_part = libvirt_cards_part,
	.console_open = libvirt_console_open,
	.console_read = libvirt_console_read,
	.console_attach = libvirt_console_attach,
	.console_close = libvirt_console_close,
};
