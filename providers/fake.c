/* SPDX-License-Identifier: Apache-2.0 */
/* The slots of the fake provider; each that changes something is one change of the state file. */
#include "providers/fake.h"

#include <stdlib.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/fake_base.h"
#include "providers/fake_cards.h"
#include "providers/fake_change.h"
#include "providers/fake_disk.h"
#include "providers/fake_machine.h"
#include "providers/fake_network.h"
#include "providers/fake_state.h"

static int fake_open(const struct provider_conf *conf, struct provider **out, struct error *err)
{
	const char *given = getenv("BOTHY_FAKE_STATE");
	struct fake_faults faults = { 0 };
	struct fake *fake;

	if (fake_faults_parse(getenv("BOTHY_FAKE"), &faults, err) < 0 || faults.down) {
		if (faults.down)
			error_set(err, ERROR_ENGINE, "cannot reach the fake engine: it is down");
		if (faults.down)
			error_hint(err, "take 'down' out of BOTHY_FAKE");
		fake_faults_clear(&faults);
		return -1;
	}
	fake = xcalloc(1, sizeof(*fake));
	fake->base.ops = &provider_fake;
	fake->bases = fs_join(conf->home, "fake-bases");
	fake->path = given && *given ? xstrdup(given) : fs_join(conf->home, "fake.json");
	fake->faults = faults;
	*out = &fake->base;
	return 0;
}

static void fake_close(struct provider *p)
{
	struct fake *fake = (struct fake *)p;

	free(fake->path);
	free(fake->bases);
	fake_faults_clear(&fake->faults);
	free(fake);
}

static int fake_check(struct provider *p, const struct env *env, struct problems *out,
		      struct error *err)
{
	json_t *root;

	if (fake_state_read(fake_of(p)->path, &root, err) < 0)
		return -1;
	fake_networks_check(root, env, provider_fake.name, out);
	json_decref(root);
	return 0;
}

static void fake_report(const struct provider_conf *conf, struct problems *out)
{
	(void)conf, (void)out;
}

/* Plans can be tried with it; nothing is brought anywhere. */
static void fake_folders(const struct provider_conf *conf, struct folder_abilities *out)
{
	static const struct folder_ability cannot = { "the fake provider shares nothing", NULL };

	(void)conf;
	out->of[FOLDER_BIND] = out->of[FOLDER_VIRTIOFS] = out->of[FOLDER_9P] = cannot;
}

static int fake_observe(struct provider *p, const char *project_id, struct observed *out,
			struct error *err)
{
	json_t *root;

	if (fake_state_read(fake_of(p)->path, &root, err) < 0)
		return -1;
	fake_state_observe(root, project_id, out);
	json_decref(root);
	return 0;
}

static int fake_network_ensure(struct provider *p, const struct env *env, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;

	if (fake_change_begin(&c, p, "network_ensure", env->project.name, err) < 0)
		return -1;
	if (fake_networks_add(c.root, env, provider_fake.name, err) < 0)
		return error_wrap(err, "network_ensure '%s'", env->project.name);
	if (fake_change_half(&c, err) < 0)
		return -1;
	if (fake_networks_join(c.root, env, provider_fake.name, err) < 0)
		return error_wrap(err, "network_ensure '%s'", env->project.name);
	return fake_change_commit(&c, err);
}

static int fake_network_remove(struct provider *p, const char *project_id, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;

	if (fake_change_begin(&c, p, "network_remove", project_id, err) < 0)
		return -1;
	if (fake_state_has_machines(c.root, project_id))
		return fake_change_finish(&c, err);
	fake_networks_stop(c.root, project_id);
	if (fake_change_half(&c, err) < 0)
		return -1;
	fake_networks_remove(c.root, project_id);
	json_object_del(json_object_get(c.root, "parted"), project_id);
	return fake_change_commit(&c, err);
}

/* Makes room for a new machine: what a creation left behind half-way goes, a whole one must not. */
static int make_room(const struct fake_change *c, const struct provider_creation *what,
		     struct error *err)
{
	const char *id = fake_state_find(c->root, what->env->project.id, what->machine->name);

	if (!id)
		return 0;
	if (fake_is_complete(fake_state_machine(c->root, id)))
		return error_set(err, ERROR_PROVIDER,
				 "cannot create machine '%s': it exists already",
				 what->machine->name);
	json_object_del(json_object_get(c->root, "machines"), id);
	return 0;
}

static int check_base(const struct fake_change *c, const struct image *image, struct error *err)
{
	if (image->kind != IMAGE_DISK || fake_is_complete(fake_state_base(c->root, image->digest)))
		return 0;
	return error_set(err, ERROR_BOX,
			 "cannot create machine '%s': the base of box '%s' is not there",
			 c->subject, image->name);
}

static int fake_machine_create(struct provider *p, const struct provider_creation *what,
			       char **out_id, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	json_t *machine;
	const char *id;

	if (fake_change_begin(&c, p, "machine_create", what->machine->name, err) < 0 ||
	    check_base(&c, what->image, err) < 0 || make_room(&c, what, err) < 0)
		return -1;
	machine = fake_machine_add(c.root, what, &id);
	if (fake_change_half(&c, err) < 0)
		return -1;
	json_object_set_new(machine, "complete", json_true());
	if (fake_change_commit(&c, err) < 0)
		return -1;
	*out_id = xstrdup(id);
	return 0;
}

static int fake_machine_update(struct provider *p, const char *id,
			       const struct provider_creation *what, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	json_t *machine;

	if (fake_change_begin(&c, p, "machine_update", what->machine->name, err) < 0)
		return -1;
	machine = fake_change_machine(&c, id, err);
	if (!machine)
		return -1;
	if (!fake_is_complete(machine) || fake_machine_state(machine) != MACHINE_STOPPED)
		return error_set(err, ERROR_PROVIDER, "cannot update machine '%s': it is %s",
				 c.subject,
				 fake_is_complete(machine) ?
					 machine_state_name(fake_machine_state(machine)) :
					 "incomplete");
	fake_machine_resize(machine, what->machine);
	json_object_del(machine, "layered");
	if (fake_change_half(&c, err) < 0)
		return -1;
	fake_machine_identify(machine, what);
	return fake_change_commit(&c, err);
}

static int fake_machine_start(struct provider *p, const char *id, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	if (fake_change_begin(&c, p, "machine_start", name, err) < 0)
		return -1;
	machine = fake_change_machine(&c, id, err);
	if (!machine)
		return -1;
	if (!fake_is_complete(machine))
		return error_set(err, ERROR_PROVIDER, "it is incomplete");
	if (fake_machine_state(machine) == MACHINE_STOPPED)
		fake_machine_count_start(machine);
	fake_machine_set_state(machine, MACHINE_RUNNING);
	return fake_change_finish(&c, err);
}

static int fake_machine_stop(struct provider *p, const char *id, enum provider_stop how,
			     int64_t deadline_ms, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	/* Without the power there is nothing to wait for. */
	c.deadline_ms = how == PROVIDER_STOP_FORCE ? clock_ms() : deadline_ms;
	if (fake_change_begin(&c, p, "machine_stop", name, err) < 0)
		return -1;
	machine = fake_state_machine(c.root, id);
	if (machine)
		fake_machine_set_state(machine, MACHINE_STOPPED);
	return fake_change_finish(&c, err);
}

static int fake_machine_remove(struct provider *p, const char *id, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	if (fake_change_begin(&c, p, "machine_remove", name, err) < 0)
		return -1;
	machine = fake_state_machine(c.root, id);
	if (!machine)
		return fake_change_finish(&c, err);
	fake_machine_set_state(machine, MACHINE_STOPPED);
	json_object_set_new(machine, "complete", json_false());
	if (fake_change_half(&c, err) < 0)
		return -1;
	json_object_del(json_object_get(c.root, "machines"), id);
	return fake_change_commit(&c, err);
}

static int fake_machine_address_of(struct provider *p, const char *id, struct provider_address *out,
				   struct error *err)
{
	const json_t *machine;
	const char *address;
	json_t *root;
	int result = 0;

	if (fake_state_read(fake_of(p)->path, &root, err) < 0)
		return -1;
	machine = fake_state_machine(root, id);
	address = machine ? fake_machine_address(root, machine) : NULL;
	if (address)
		*out = (struct provider_address){ .ip = xstrdup(address) };
	else if (machine)
		result = error_set(err, ERROR_GUEST,
				   "machine '%s' has no card that this host can reach",
				   json_string_value(json_object_get(machine, "name")));
	else
		result = error_set(err, ERROR_NOT_FOUND, "no machine has the id '%s'", id);
	json_decref(root);
	return result;
}

static int fake_machine_state_of(struct provider *p, const char *id, enum machine_state *out,
				 struct error *err)
{
	const json_t *machine;
	json_t *root;

	if (fake_state_read(fake_of(p)->path, &root, err) < 0)
		return -1;
	machine = fake_state_machine(root, id);
	*out = machine ? fake_machine_state(machine) : MACHINE_NOT_CREATED;
	json_decref(root);
	return 0;
}

/* A provisioner that fails has run all the same: only its success is not written down. */
static int run_provisioner(const struct fake_change *c, const json_t *machine,
			   const struct provisioner *what, struct error *err)
{
	const struct fake_faults *faults = &c->fake->faults;

	if (fake_machine_state(machine) != MACHINE_RUNNING)
		return error_set(err, ERROR_GUEST, "cannot reach machine '%s': it is not running",
				 c->subject);
	if (text_equal(faults->unreachable, c->subject))
		return error_set(err, ERROR_GUEST, "cannot reach machine '%s': no route to host",
				 c->subject);
	if (!text_equal(faults->fail_provision, what->name))
		return 0;
	error_set(err, ERROR_GUEST, "provisioner '%s' of machine '%s' failed: exit status 1",
		  what->name, c->subject);
	err->code = 1;
	return -1;
}

static int fake_machine_provision(struct provider *p, const char *id,
				  const struct provisioner *what, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	if (fake_change_begin(&c, p, "machine_provision", name, err) < 0)
		return -1;
	machine = fake_change_machine(&c, id, err);
	if (!machine || run_provisioner(&c, machine, what, err) < 0 ||
	    fake_change_half(&c, err) < 0)
		return -1;
	json_array_append_new(json_object_get(machine, "provisioned"), json_string(what->digest));
	return fake_change_commit(&c, err);
}

const struct provider_ops provider_fake = {
	.name = "fake",
	.engine = "fake",
	.summary = "machines that exist in a file only, for demonstrations and tests",
	.image_kind = IMAGE_DISK,
	.open = fake_open,
	.close = fake_close,
	.check = fake_check,
	.report = fake_report,
	.folders = fake_folders,
	.observe = fake_observe,
	.base_exists = fake_base_exists,
	.base_import = fake_base_import,
	.base_remove = fake_base_remove,
	.base_sweep = fake_base_sweep,
	.network_ensure = fake_network_ensure,
	.network_remove = fake_network_remove,
	.machine_create = fake_machine_create,
	.machine_update = fake_machine_update,
	.machine_start = fake_machine_start,
	.machine_stop = fake_machine_stop,
	.machine_remove = fake_machine_remove,
	.machine_address = fake_machine_address_of,
	.machine_cards = fake_machine_cards,
	.machine_places = fake_machine_places,
	.card_link = fake_card_link,
	.cards_part = fake_cards_part,
	.machine_state = fake_machine_state_of,
	.machine_layer = fake_machine_layer,
	.machine_export = fake_machine_export,
	.machine_provision = fake_machine_provision,
};
