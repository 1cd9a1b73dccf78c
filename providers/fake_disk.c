/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up disks, and layers over them that take nothing. */
#include "providers/fake_disk.h"

#include <stdlib.h>
#include <string.h>

#include "providers/fake_change.h"
#include "providers/fake_state.h"

/* The image, in clusters: QEMU's docs/interop/qcow2.txt. */
enum {
	AT_HEADER,
	AT_REFCOUNT_TABLE,
	AT_REFCOUNT_BLOCK,
	AT_L1,
	AT_L2,
	AT_DATA,
	CLUSTERS,
};
#define CLUSTER_BITS 16
#define CLUSTER_BYTES ((size_t)1 << CLUSTER_BITS)
#define DISK_BYTES ((uint64_t)1 << 20)
#define HEADER_BYTES 104
#define COPIED ((uint64_t)1 << 63) /* flag of a table's entry: nothing else refers to it */
#define USED_BYTES 512             /* of each cluster; the rest is zeroes */

static void put(unsigned char *at, size_t bytes, uint64_t value)
{
	while (bytes--) {
		at[bytes] = (unsigned char)value;
		value >>= 8;
	}
}

static void fill_header(unsigned char *at)
{
	put(at, 4, 0x514649fb);
	put(at + 4, 4, 3);
	put(at + 20, 4, CLUSTER_BITS);
	put(at + 24, 8, DISK_BYTES);
	put(at + 36, 4, 1);
	put(at + 40, 8, AT_L1 * CLUSTER_BYTES);
	put(at + 48, 8, AT_REFCOUNT_TABLE * CLUSTER_BYTES);
	put(at + 56, 4, 1);
	put(at + 96, 4, 4);
	put(at + 100, 4, HEADER_BYTES);
}

static void fill_cluster(unsigned char at[static USED_BYTES], unsigned cluster, const char *content)
{
	memset(at, 0, USED_BYTES);
	if (cluster == AT_HEADER)
		fill_header(at);
	else if (cluster == AT_REFCOUNT_TABLE)
		put(at, 8, AT_REFCOUNT_BLOCK * CLUSTER_BYTES);
	else if (cluster == AT_REFCOUNT_BLOCK)
		for (size_t i = 0; i < CLUSTERS; i++)
			put(at + 2 * i, 2, 1);
	else if (cluster == AT_L1)
		put(at, 8, COPIED | AT_L2 * CLUSTER_BYTES);
	else if (cluster == AT_L2)
		put(at, 8, COPIED | AT_DATA * CLUSTER_BYTES);
	else
		memcpy(at, content, strnlen(content, USED_BYTES));
}

static int pour_zeroes(const struct image_sink *sink, struct error *err)
{
	static const char zeroes[CLUSTER_BYTES - USED_BYTES];

	if (sink->hole)
		return sink->hole(sink->ctx, sizeof(zeroes), err);
	return sink->write(sink->ctx, zeroes, sizeof(zeroes), err);
}

static int pour_disk(const char *content, const struct image_target *target, struct error *err)
{
	unsigned char used[USED_BYTES];
	struct image_sink sink;

	if (target->begin(target->ctx, "qcow2", CLUSTERS * CLUSTER_BYTES, &sink, err) < 0)
		return -1;
	for (unsigned i = 0; i < CLUSTERS; i++) {
		fill_cluster(used, i, content);
		if (sink.write(sink.ctx, used, sizeof(used), err) < 0 ||
		    pour_zeroes(&sink, err) < 0)
			return -1;
	}
	return 0;
}

/* Borrowed from c. NULL with err unless it is there, whole and off. */
static json_t *stopped_machine(const struct fake_change *c, const char *id, struct error *err)
{
	json_t *machine = fake_change_machine(c, id, err);

	if (machine && fake_is_complete(machine) && fake_machine_state(machine) == MACHINE_STOPPED)
		return machine;
	if (machine)
		error_set(err, ERROR_PROVIDER, "cannot copy machine '%s': it is %s", c->subject,
			  fake_is_complete(machine) ?
				  machine_state_name(fake_machine_state(machine)) :
				  "incomplete");
	return NULL;
}

int fake_machine_layer(struct provider *p, const char *id, bool on, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	if (fake_change_begin(&c, p, "machine_layer", name, err) < 0)
		return -1;
	machine = fake_change_machine(&c, id, err);
	if (machine && !on && !json_object_get(machine, "layered"))
		return fake_change_finish(&c, err);
	machine = machine ? stopped_machine(&c, id, err) : NULL;
	if (!machine)
		return -1;
	if (on)
		json_object_set_new(machine, "layered", json_true());
	else
		json_object_del(machine, "layered");
	return fake_change_finish(&c, err);
}

int fake_machine_export(struct provider *p, const char *id, const struct image_target *target,
			struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;
	json_int_t disks;

	if (fake_change_begin(&c, p, "machine_export", name, err) < 0)
		return -1;
	machine = stopped_machine(&c, id, err);
	if (!machine)
		return -1;
	disks = json_integer_value(json_object_get(machine, "disks"));
	for (json_int_t i = 0; i < disks || i == 0; i++) {
		cleanup_free char *content = xasprintf("disk %d of machine '%s'\n", (int)i, name);

		if (pour_disk(content, target, err) < 0 ||
		    (i == 0 && fake_change_half(&c, err) < 0))
			return -1;
	}
	return fake_change_commit(&c, err);
}
