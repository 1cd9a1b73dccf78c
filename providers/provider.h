/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling providers: the registry, and one wrapper a slot of providers/provider_ops.h, where the
 * contract stands. The wrappers check arguments and results; nobody calls a slot directly.
 */
#ifndef PROVIDERS_PROVIDER_H
#define PROVIDERS_PROVIDER_H

#include "providers/provider_ops.h"

/* All providers, NULL-terminated; the first is the default where it works. */
extern const struct provider_ops *const providers[];
/* By name, or NULL. */
const struct provider_ops *provider_find(const char *name);

/* One wrapper a slot: they trace, check the arguments and the result. Same contract as the slots. */
int provider_open(const struct provider_ops *ops, const struct provider_conf *conf,
		  struct provider **out, struct error *err);
void provider_close(struct provider **p);
#define cleanup_provider cleanup(provider_close)
int provider_check(struct provider *p, const struct env *env, struct problems *out,
		   struct error *err);
void provider_folders(const struct provider_ops *ops, const struct provider_conf *conf,
		      struct folder_abilities *out);
int provider_observe(struct provider *p, const char *project_id, struct observed *out,
		     struct error *err);
int provider_base_exists(struct provider *p, const char *digest, bool *out, struct error *err);
int provider_base_import(struct provider *p, struct image *image, const struct image_source *source,
			 struct error *err);
int provider_base_remove(struct provider *p, const char *digest, struct error *err);
int provider_base_sweep(struct provider *p, struct error *err);
int provider_network_ensure(struct provider *p, const struct env *env, struct error *err);
int provider_network_remove(struct provider *p, const char *project_id, struct error *err);
int provider_machine_create(struct provider *p, const struct provider_creation *what, char **out_id,
			    struct error *err);
int provider_machine_update(struct provider *p, const char *id,
			    const struct provider_creation *what, struct error *err);
int provider_machine_start(struct provider *p, const char *id, struct error *err);
int provider_machine_stop(struct provider *p, const char *id, enum provider_stop how,
			  int64_t deadline_ms, struct error *err);
int provider_machine_remove(struct provider *p, const char *id, struct error *err);
int provider_machine_address(struct provider *p, const char *id, struct provider_address *out,
			     struct error *err);
int provider_machine_cards(struct provider *p, const char *id, struct provider_card **out,
			   size_t *out_count, struct error *err);
int provider_machine_places(struct provider *p, const struct provider_creation *what,
			    struct provider_card **out, size_t *out_count, struct error *err);
/* These three: -1 with ERROR_PROVIDER where the provider has no such thing; the third finds nothing done. */
int provider_card_link(struct provider *p, const char *id, const char *mac, bool up,
		       struct error *err);
int provider_cards_part(struct provider *p, const char *project_id, const struct strings *a,
			const struct strings *b, struct error *err);
int provider_machine_forward(struct provider *p, const char *id, struct port *ports, size_t count,
			     bool *out_done, struct error *err);
int provider_machine_state(struct provider *p, const char *id, enum machine_state *out,
			   struct error *err);
char *provider_caveat(struct provider *p, const struct env *env, const struct machine *m);
int provider_machine_provision(struct provider *p, const char *id, const struct provisioner *what,
			       struct error *err);
/* These three: -1 with ERROR_PROVIDER where the provider has no such thing. */
int provider_machine_layer(struct provider *p, const char *id, bool on, struct error *err);
int provider_machine_export(struct provider *p, const char *id, const struct image_target *target,
			    struct error *err);
int provider_machine_tree(struct provider *p, const char *id, int *out_root_fd, struct error *err);
/* -1 with ERROR_PROVIDER where the provider has no console. */
int provider_console_open(struct provider *p, const char *id, struct provider_console **out,
			  struct error *err);
ssize_t provider_console_read(struct provider *p, struct provider_console *c, void *buf,
			      size_t size);
int provider_console_attach(struct provider *p, const char *id, int in_fd, int out_fd,
			    struct error *err);
void provider_console_close(struct provider *p, struct provider_console *c);

#endif
