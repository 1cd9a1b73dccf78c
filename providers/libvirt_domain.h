/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What virtual machines and containers have in common as libvirt's domains: how they are found,
 * named, marked, started and stopped.
 */
#ifndef PROVIDERS_LIBVIRT_DOMAIN_H
#define PROVIDERS_LIBVIRT_DOMAIN_H

#include "providers/libvirt.h"
#include "providers/tag.h"
#include "providers/xml.h"

/* By UUID; *out is NULL if it is gone. */
int libvirt_find(struct libvirt_provider *p, const char *id, virDomainPtr *out, struct error *err);
/* The same, but gone is ERROR_NOT_FOUND. */
int libvirt_get(struct libvirt_provider *p, const char *id, virDomainPtr *out, struct error *err);
/* Its XML and, borrowed from that, what bothy wrote into it. ERROR_NOT_FOUND if it is none of ours. */
int libvirt_describe(virDomainPtr dom, xmlDocPtr *out, struct tag *tag, struct error *err);
/* Whether the connection has any domain of that project. */
int libvirt_has_domains(virConnectPtr conn, const char *project_id, bool *out, struct error *err);
/* "machine 'web' of project 'demo'" of the first machine made from the box of that digest, freed by the caller; NULL if there is none. */
int libvirt_find_box_user(virConnectPtr conn, const char *digest, char **out, struct error *err);

/* "<project>-<machine>-<project id>", of letters that libvirt, file systems and DNS agree on. Caller frees. */
char *libvirt_domain_name(const struct project *project, const char *machine);
/* Login name of who runs this program, also under sudo. Caller frees. */
char *libvirt_owner(void);
/* What is written into a new domain; `owner` and `disk_mib` are buffers that have to live as long. */
struct tag libvirt_tag(const struct provider *p, const struct provider_creation *what,
		       const char *owner);

/*
 * Removes what an interrupted creation of that machine left behind, by the provider's own
 * machine_remove. A machine whose creation came to its end is ERROR_PROVIDER.
 */
int libvirt_remove_leftovers(struct libvirt_provider *p, const struct provider_creation *what,
			     struct error *err);
int libvirt_define(struct libvirt_provider *p, const char *xml, virDomainPtr *out,
		   struct error *err);
/* Marks the creation as ended. */
int libvirt_set_complete(virDomainPtr dom, struct error *err);
char *libvirt_id(virDomainPtr dom); /* caller frees */

int libvirt_state(virDomainPtr dom, enum machine_state *out, struct error *err);
/* ERROR_PROVIDER unless it is off: a definition or a disk must not change below a running machine. */
int libvirt_must_be_off(virDomainPtr dom, struct error *err);
/* Starts or resumes it, described by `doc`, and its networks first. */
int libvirt_start(struct libvirt_provider *p, virDomainPtr dom, xmlDocPtr doc, struct error *err);
/* Off at once. Off already is success. */
int libvirt_force_off(virDomainPtr dom, struct error *err);
/*
 * Asks by `ask` (0 or -1 like libvirt's calls) until it is off or the deadline has passed, and calls
 * `force` then. ERROR_STOPPED if the user interrupts; it may still be running.
 */
int libvirt_stop(virDomainPtr dom, int (*ask)(virDomainPtr dom),
		 int (*force)(virDomainPtr dom, struct error *err), int64_t deadline_ms,
		 struct error *err);
int libvirt_undefine(virDomainPtr dom, unsigned flags, struct error *err);

/* Behind the slot of both providers. */
int libvirt_machine_state(struct provider *p, const char *id, enum machine_state *out,
			  struct error *err);

#endif
