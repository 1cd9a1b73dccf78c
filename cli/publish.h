/* SPDX-License-Identifier: Apache-2.0 */
/* Making a machine known on this host: its ports forwarded, its names in the hosts file. And taking that back. */
#ifndef CLI_PUBLISH_H
#define CLI_PUBLISH_H

#include "cli/forwarder.h"
#include "core/event.h"

struct publish { /* all borrowed */
	struct session *session;
	const struct watcher *watch;
	struct provider *provider;
	const struct machine *machine;
	const char *id;   /* the engine's */
	const char *step; /* for notes */
};

/* Ports and names are then as the file has them, also none; may be done at any time, before booting at best. */
int publish_machine(const struct publish *p, struct error *err);
/* The machine is off: its ports end. The names stay while it exists. */
int publish_end_ports(struct session *s, const char *machine, struct error *err);
/* The machine is gone: nothing of it stays on this host. Where names need root to go, it says so. */
int publish_end(struct session *s, const struct watcher *watch, const char *machine,
		struct error *err);

/* What is forwarded now for that project, by whomever. Needs session_observe(). */
int publish_list(const struct session *s, const struct project *project, struct forwarded_list *out,
		 struct error *err);
/* Adds an object a port: {"machine" if asked for,"host_ip","host","guest","protocol"}. */
void forwarded_document(const struct forwarded *f, bool with_machine, json_t *list);
/* Why publishing is due, as struct machine_view has it; NULL: it is not. `now` as publish_list() gave it. Caller frees. */
char *publish_reason(struct session *s, const struct machine *m, const struct forwarded_list *now);

#endif
