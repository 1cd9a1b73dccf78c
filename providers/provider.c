/* SPDX-License-Identifier: Apache-2.0 */
/* The list of providers and the one wrapper for each of their slots. */
#include "providers/provider.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "providers/container.h"
#include "providers/fake.h"
#include "providers/kvm.h"

const struct provider_ops *const providers[] = { &provider_kvm, &provider_container, &provider_fake,
						 NULL };

const struct provider_ops *provider_find(const char *name)
{
	for (size_t i = 0; providers[i]; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

/* What every slot promises: 0, or -1 and an error that says something. */
static int checked(int result, const struct error *err)
{
	assert(result == 0 || (result == -1 && err->kind != ERROR_NONE && err->text));
	(void)err;
	return result;
}

int provider_open(const struct provider_ops *ops, const struct provider_conf *conf,
		  struct provider **out, struct error *err)
{
	assert(conf->home);
	return checked(ops->open(conf, out, err), err);
}

void provider_close(struct provider **p)
{
	if (*p)
		(*p)->ops->close(*p);
	*p = NULL;
}

int provider_check(struct provider *p, const struct env *env, struct problems *out,
		   struct error *err)
{
	return checked(p->ops->check(p, env, out, err), err);
}

void provider_folders(const struct provider_ops *ops, const struct provider_conf *conf,
		      struct folder_abilities *out)
{
	*out = (struct folder_abilities){ .has_guests = ops->has_guest };
	ops->folders(conf, out);
}

int provider_observe(struct provider *p, const char *project_id, struct observed *out,
		     struct error *err)
{
	return checked(p->ops->observe(p, project_id, out, err), err);
}

int provider_base_exists(struct provider *p, const char *digest, bool *out, struct error *err)
{
	assert(p->ops->base_exists && digest[0]);
	return checked(p->ops->base_exists(p, digest, out, err), err);
}

int provider_base_import(struct provider *p, struct image *image, const struct image_source *source,
			 struct error *err)
{
	int ret;

	assert(p->ops->base_import && image->name);
	ret = checked(p->ops->base_import(p, image, source, err), err);
	assert(ret < 0 || (image->kind == p->ops->image_kind && image->digest[0]));
	return ret;
}

int provider_base_remove(struct provider *p, const char *digest, struct error *err)
{
	assert(p->ops->base_remove && digest[0]);
	return checked(p->ops->base_remove(p, digest, err), err);
}

int provider_base_sweep(struct provider *p, struct error *err)
{
	assert(p->ops->base_sweep);
	return checked(p->ops->base_sweep(p, err), err);
}

int provider_network_ensure(struct provider *p, const struct env *env, struct error *err)
{
	assert(env->project.id[0]);
	return checked(p->ops->network_ensure(p, env, err), err);
}

int provider_network_remove(struct provider *p, const char *project_id, struct error *err)
{
	assert(project_id && project_id[0]);
	return checked(p->ops->network_remove(p, project_id, err), err);
}

int provider_machine_create(struct provider *p, const struct provider_creation *what, char **out_id,
			    struct error *err)
{
	int ret;

	assert(what->env && what->machine && what->image && what->seed);
	assert(strcmp(what->machine->provider, p->ops->name) == 0);
	assert(what->image->kind == p->ops->image_kind);
	ret = checked(p->ops->machine_create(p, what, out_id, err), err);
	assert(ret < 0 || *out_id);
	return ret;
}

int provider_machine_update(struct provider *p, const char *id,
			    const struct provider_creation *what, struct error *err)
{
	assert(id && what->env && what->machine && what->seed);
	return checked(p->ops->machine_update(p, id, what, err), err);
}

int provider_machine_start(struct provider *p, const char *id, struct error *err)
{
	assert(id);
	return checked(p->ops->machine_start(p, id, err), err);
}

int provider_machine_stop(struct provider *p, const char *id, enum provider_stop how,
			  int64_t deadline_ms, struct error *err)
{
	assert(id);
	return checked(p->ops->machine_stop(p, id, how, deadline_ms, err), err);
}

int provider_machine_remove(struct provider *p, const char *id, struct error *err)
{
	assert(id);
	return checked(p->ops->machine_remove(p, id, err), err);
}

int provider_machine_address(struct provider *p, const char *id, struct provider_address *out,
			     struct error *err)
{
	assert(id);
	return checked(p->ops->machine_address(p, id, out, err), err);
}

static int lacks(struct provider *p, const char *what, struct error *err)
{
	return error_set(err, ERROR_PROVIDER, "provider '%s' %s", p->ops->name, what);
}

int provider_machine_cards(struct provider *p, const char *id, struct provider_card **out,
			   size_t *out_count, struct error *err)
{
	assert(id);
	return checked(p->ops->machine_cards(p, id, out, out_count, err), err);
}

int provider_machine_places(struct provider *p, const struct provider_creation *what,
			    struct provider_card **out, size_t *out_count, struct error *err)
{
	assert(what->env && what->machine);
	return checked(p->ops->machine_places(p, what, out, out_count, err), err);
}

int provider_card_link(struct provider *p, const char *id, const char *mac, bool up,
		       struct error *err)
{
	assert(id && mac);
	if (!p->ops->card_link)
		return lacks(p, "cannot pull cables out", err);
	return checked(p->ops->card_link(p, id, mac, up, err), err);
}

int provider_cards_part(struct provider *p, const char *project_id, const struct strings *a,
			const struct strings *b, struct error *err)
{
	assert(project_id && (!a || b));
	if (!p->ops->cards_part)
		return lacks(p, "cannot part machines", err);
	return checked(p->ops->cards_part(p, project_id, a, b, err), err);
}

int provider_machine_forward(struct provider *p, const char *id, struct port *ports, size_t count,
			     bool *out_done, struct error *err)
{
	assert(id);
	if (!p->ops->machine_forward) {
		*out_done = false;
		return 0;
	}
	return checked(p->ops->machine_forward(p, id, ports, count, out_done, err), err);
}

int provider_machine_state(struct provider *p, const char *id, enum machine_state *out,
			   struct error *err)
{
	assert(id);
	return checked(p->ops->machine_state(p, id, out, err), err);
}

char *provider_caveat(struct provider *p, const struct env *env, const struct machine *m)
{
	return p->ops->caveat ? p->ops->caveat(p, env, m) : NULL;
}

int provider_machine_provision(struct provider *p, const char *id, const struct provisioner *what,
			       struct error *err)
{
	assert(id && p->ops->machine_provision);
	return checked(p->ops->machine_provision(p, id, what, err), err);
}

static int cannot(const struct provider *p, const char *what, struct error *err)
{
	return error_set(err, ERROR_PROVIDER, "machines of provider '%s' have no %s", p->ops->name,
			 what);
}

int provider_machine_layer(struct provider *p, const char *id, bool on, struct error *err)
{
	assert(id);
	if (!p->ops->machine_layer)
		return cannot(p, "disks", err);
	return checked(p->ops->machine_layer(p, id, on, err), err);
}

int provider_machine_export(struct provider *p, const char *id, const struct image_target *target,
			    struct error *err)
{
	assert(id && target->begin);
	if (!p->ops->machine_export)
		return cannot(p, "disks", err);
	return checked(p->ops->machine_export(p, id, target, err), err);
}

int provider_machine_tree(struct provider *p, const char *id, int *out_root_fd, struct error *err)
{
	assert(id);
	if (!p->ops->machine_tree)
		return cannot(p, "root directory", err);
	return checked(p->ops->machine_tree(p, id, out_root_fd, err), err);
}

int provider_console_open(struct provider *p, const char *id, struct provider_console **out,
			  struct error *err)
{
	assert(id);
	if (!p->ops->console_open)
		return cannot(p, "console", err);
	return checked(p->ops->console_open(p, id, out, err), err);
}

ssize_t provider_console_read(struct provider *p, struct provider_console *c, void *buf,
			      size_t size)
{
	ssize_t n = p->ops->console_read(c, buf, size);

	assert(n >= -1 && n <= (ssize_t)size);
	return n;
}

int provider_console_attach(struct provider *p, const char *id, int in_fd, int out_fd,
			    struct error *err)
{
	assert(id);
	if (!p->ops->console_attach)
		return cannot(p, "console", err);
	return checked(p->ops->console_attach(p, id, in_fd, out_fd, err), err);
}

void provider_console_close(struct provider *p, struct provider_console *c)
{
	if (c)
		p->ops->console_close(c);
}
