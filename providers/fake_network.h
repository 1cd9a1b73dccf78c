/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in the fake provider's state. */
#ifndef PROVIDERS_FAKE_NETWORK_H
#define PROVIDERS_FAKE_NETWORK_H

#include "providers/fake_state.h"

/* Of that project and name; borrowed from root, NULL if there is none. */
json_t *fake_network(const json_t *root, const char *project_id, const char *name);
/* The id of the project of an entry, "" if it has none; borrowed. */
const char *fake_project_of(const json_t *entry);
/* The networks of env that machines of `provider` are on exist after this, without the members they need. */
int fake_networks_add(json_t *root, const struct env *env, const char *provider, struct error *err);
/* Gives each card of those machines its place and its names, and takes away what the project needs no more. */
int fake_networks_join(json_t *root, const struct env *env, const char *provider,
		       struct error *err);
/* Adds the subnets that are another network's. */
void fake_networks_check(const json_t *root, const struct env *env, const char *provider,
			 struct problems *out);
/* All of the project. */
void fake_networks_remove(json_t *root, const char *project_id);
/* Off, all of the project: the first half of their removal. */
void fake_networks_stop(json_t *root, const char *project_id);
void fake_network_observe(struct observed *o, const json_t *network);

#endif
