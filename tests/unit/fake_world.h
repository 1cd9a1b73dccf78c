/* SPDX-License-Identifier: Apache-2.0 */
/* A fake engine of its own for each test, a box that can be poured into it, and machines to be. */
#ifndef TESTS_UNIT_FAKE_WORLD_H
#define TESTS_UNIT_FAKE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/stop.h"
#include "providers/fake.h"
#include "providers/fake_change.h"
#include "providers/fake_state.h"

static char directory[64], *state_path;
static struct network management = { .name = "management", .dhcp = true };
static struct card cards[] = { { .mac = "52:54:00:00:00:01" }, { .mac = "52:54:00:00:00:02" } };
#define MACHINE(name_, card_)                                                                \
	{                                                                                    \
		.name = name_, .hostname = name_, .provider = "fake", .box = "b", .cpus = 1, \
		.memory_mib = 64, .cards = card_, .card_count = 1,                           \
	}
static struct machine machines[] = { MACHINE("web", &cards[0]), MACHINE("db", &cards[1]) };
static const struct env env = {
	.project = { .id = "0123abcd", .name = "demo", .directory = "/srv/demo" },
	.machines = machines,
	.machine_count = 2,
	.networks = &management,
	.network_count = 1,
};
static const struct image image = { .digest = "aa",
				    .name = "b",
				    .disks = { { "raw", 4, 4, 0 } },
				    .disk_count = 1,
				    .user = "root" };
static const struct seed seed = { .hostname = "web" };

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-fake.XXXXXX");
	assert_non_null(mkdtemp(directory));
	state_path = fs_join(directory, "fake.json");
	unsetenv("BOTHY_FAKE");
	unsetenv("BOTHY_FAKE_STATE");
	fake_change_count_anew();
	stop_set(false);
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(state_path);
	return fs_remove(directory, &err);
}

static struct provider *connect_with(const char *faults, struct error *err)
{
	struct provider_conf conf = { .home = directory };
	struct provider *p = NULL;

	if (faults)
		setenv("BOTHY_FAKE", faults, 1);
	else
		unsetenv("BOTHY_FAKE");
	fake_change_count_anew();
	if (provider_open(&provider_fake, &conf, &p, err) < 0)
		return NULL;
	return p;
}

static struct provider *connect_told(const char *faults)
{
	cleanup_error struct error err = { 0 };
	struct provider *p = connect_with(faults, &err);

	assert_non_null(p);
	return p;
}

static int pour(void *ctx, const struct image_target *target, struct image *out, struct error *err)
{
	struct image_sink sink;

	(void)ctx;
	if (target->begin(target->ctx, "raw", 0, &sink, err) < 0 ||
	    sink.write(sink.ctx, "disk", 4, err) < 0)
		return -1;
	*out = image;
	return 0;
}

static int import_base(struct provider *p, struct error *err)
{
	struct image_source source = { .pour = pour };
	struct image got = { .name = "b" };

	return provider_base_import(p, &got, &source, err);
}

static struct provider_creation creation_of(size_t machine)
{
	return (struct provider_creation){ .env = &env,
					   .machine = &machines[machine],
					   .image = &image,
					   .seed = &seed,
					   .login_user = "root",
					   .key_id = "k" };
}

/* The id of a whole machine "web", made if there is none. The caller frees it. */
static int bring(struct provider *p, char **out_id, struct error *err)
{
	struct provider_creation what = creation_of(0);
	const struct observed_machine *m;
	cleanup_observed struct observed o = { 0 };

	if (provider_observe(p, NULL, &o, err) < 0)
		return -1;
	m = observed_machine(&o, env.project.id, "web");
	if (!m || !m->complete)
		return provider_machine_create(p, &what, out_id, err);
	*out_id = xstrdup(m->id);
	return 0;
}

static json_t *read_state(void)
{
	cleanup_error struct error err = { 0 };
	json_t *root = NULL;

	assert_int_equal(fake_state_read(state_path, &root, &err), 0);
	return root;
}

#endif
