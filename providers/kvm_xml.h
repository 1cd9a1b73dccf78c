/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as the XML of a virtual machine: pure. Format: libvirt's formatdomain document. */
#ifndef PROVIDERS_KVM_XML_H
#define PROVIDERS_KVM_XML_H

#include "core/env.h"
#include "core/image.h"
#include "providers/libvirt_network.h"
#include "providers/tag.h"

/* What differs between the architectures QEMU is run for. */
struct kvm_arch {
	const char *name;                /* as uname and libvirt say it */
	const char *machine;             /* QEMU's machine type */
	const char *tcg_cpu;             /* model */
	const char *const *tcg_features; /* beyond the model; ended by NULL */
	bool is_x86;                     /* has ACPI tables by itself, an I/O APIC and a BIOS */
};

/* Of this host, or NULL if bothy does not know it. Static. */
const struct kvm_arch *kvm_arch_host(void);

struct kvm_domain { /* all borrowed */
	const char *name;
	const char *uuid; /* NULL: libvirt makes one up */
	const char *type; /* "kvm", "qemu" or "test" */
	const struct kvm_arch *arch;
	char *const *disk_paths; /* qcow2; the one to boot from first */
	size_t disk_count;
	const char *seed_path;  /* of the disk for cloud-init; NULL: none */
	const char *virtiofsd;  /* serves folders; NULL: libvirt finds it */
	const char *credential; /* NULL: none; see tmpfiles_credential() */
	const struct machine *machine;
	const struct place *places;     /* of the machine's cards */
	const struct network *networks; /* that they are on, by card.network */
	const struct tag *tag;
};

#define KVM_TARGET_BYTES 4
#define KVM_SEED_TARGET "vdz" /* behind all others */

/* What the guest's n-th disk is called: "vda", … */
void kvm_disk_target(size_t number, char out[static KVM_TARGET_BYTES]);

/* Caller frees. */
char *kvm_xml(const struct kvm_domain *d);

#endif
