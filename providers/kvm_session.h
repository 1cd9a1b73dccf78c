/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMs of a user's own libvirt, which may not make networks: each of their cards is a NAT that QEMU itself makes, and
 * ports of this host lead through it. Which, is in the machine's tag (user_net.h).
 */
#ifndef PROVIDERS_KVM_SESSION_H
#define PROVIDERS_KVM_SESSION_H

#include "providers/libvirt.h"
#include "providers/tag.h"

/* The tag's text for a new machine: a free port for its SSH. Caller frees *out. */
int kvm_session_new(const struct machine *m, char **out, struct error *err);
/* Before a start: another port for SSH if somebody else has that one by now. *doc and *tag become the new description. */
int kvm_session_refresh(struct libvirt_provider *p, virDomainPtr *dom, xmlDocPtr *doc,
			struct tag *tag, struct error *err);
/* Behind the slot; *out_done is false for machines on networks. */
int kvm_machine_forward(struct provider *p, const char *id, struct port *ports, size_t count,
			bool *out_done, struct error *err);

#endif
