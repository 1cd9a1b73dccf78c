/* SPDX-License-Identifier: Apache-2.0 */
/* Networks for tests of cards, and machine "one" on them. */
#include "tests/contract/rack.h"

#include <stdio.h>
#include <string.h>

#include "core/proc.h"
#include "core/stop.h"
#include "providers/libvirt.h"

#define COMMAND_MS 120000

struct rack rack;

bool rack_has_libvirt(void)
{
	return strcmp(bench.ops->engine, "libvirt") == 0;
}

bool rack_is_real(void)
{
	return rack_has_libvirt() && !bench.test_driver;
}

bool rack_has_containers(void)
{
	return rack_is_real() && bench.image.kind == IMAGE_ROOTFS;
}

bool rack_has_vms(void)
{
	return rack_is_real() && !rack_has_containers();
}

int rack_run(const char *const argv[])
{
	struct error err = { 0 };
	int status, ret = proc_must(argv, clock_ms() + COMMAND_MS, &err);

	status = ret == 0 ? 0 : err.code ? err.code : -1;
	error_clear(&err);
	return status;
}

static void make_foreign(int which)
{
	struct libvirt_provider *p = libvirt_of(bench.provider);
	cleanup_free char *xml = xasprintf(
		"<network><name>%s</name><bridge stp='off' delay='0'/><mtu size='" RACK_MTU "'/>"
		"<ip address='10.6%d.0.1' prefix='24'><dhcp><host mac='%s' ip='10.6%d.0.7'/></dhcp>"
		"</ip></network>",
		rack.names[which], which, rack.cards[RACK_SECOND].mac, which);
	cleanup_network virNetworkPtr net = virt.NetworkDefineXML(p->conn, xml);

	assert_non_null(net);
}

void rack_remove_network(int which)
{
	struct libvirt_provider *p = libvirt_of(bench.provider);
	cleanup_network virNetworkPtr net = virt.NetworkLookupByName(p->conn, rack.names[which]);

	assert_non_null(net);
	if (virt.NetworkIsActive(net) == 1)
		assert_int_equal(virt.NetworkDestroy(net), 0);
	assert_int_equal(virt.NetworkUndefine(net), 0);
}

static void make_bridge(void)
{
	static const char *devices[1];

	snprintf(rack.names[RACK_BRIDGE], sizeof(rack.names[RACK_BRIDGE]), "ct%.8s",
		 bench.world.env.project.id);
	devices[0] = rack.names[RACK_BRIDGE];
	rack.networks[RACK_BRIDGE].devices = (struct strings){ devices, 1 };
	assert_int_equal(
		rack_command("ip", "link", "add", rack.names[RACK_BRIDGE], "type", "bridge"), 0);
	assert_int_equal(rack_command("ip", "link", "set", rack.names[RACK_BRIDGE], "up"), 0);
}

int rack_setup(void **state)
{
	struct world *w = &bench.world;
	int ret = bench_setup(state);

	rack = (struct rack){ 0 };
	rack.networks[RACK_MANAGEMENT] = w->management;
	rack.cards[RACK_MANAGEMENT] = w->cards[0];
	for (size_t i = RACK_FIRST; i < RACK_NETWORKS; i++) {
		snprintf(rack.names[i], sizeof(rack.names[i]), "foreign-%.8s-%zu",
			 w->env.project.id, i);
		rack.networks[i] =
			(struct network){ .name = rack.names[i],
					  .kind = i == RACK_BRIDGE ? NETWORK_BRIDGED :
								     NETWORK_FOREIGN,
					  .settings = i == RACK_BRIDGE ? "bridged" : "foreign" };
		rack.cards[i] = (struct card){ .network = i, .configure = true };
		snprintf(rack.cards[i].mac, sizeof(rack.cards[i].mac), "52:54:%02zx:%.8s", i,
			 w->cards[0].mac + 9);
	}
	rack.cards[RACK_FIRST].ip = RACK_SAID;
	make_foreign(RACK_FIRST);
	make_foreign(RACK_SECOND);
	if (rack_is_real())
		make_bridge();
	w->env.networks = rack.networks;
	w->env.network_count = RACK_BRIDGE;
	w->machines[0].cards = rack.cards;
	w->machines[0].card_count = RACK_BRIDGE;
	must(provider_network_ensure(bench.provider, &w->env, err));
	return ret;
}

int rack_teardown(void **state)
{
	struct observed o = look(&bench.world);

	for (size_t i = 0; i < o.machine_count; i++)
		must(provider_machine_remove(bench.provider, o.machines[i].id, err));
	observed_clear(&o);
	rack_remove_network(RACK_FIRST);
	rack_remove_network(RACK_SECOND);
	if (rack_is_real())
		assert_int_equal(rack_command("ip", "link", "del", rack.names[RACK_BRIDGE]), 0);
	return bench_teardown(state);
}

struct provider_card *rack_cards(const char *id, size_t want)
{
	struct provider_card *found = NULL;
	size_t count = 0;

	must(provider_machine_cards(bench.provider, id, &found, &count, err));
	assert_int_equal(count, want);
	return found;
}
