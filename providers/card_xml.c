/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, and the way out. */
#include "providers/card_xml.h"

static void write_source(struct xml *x, const struct place *place)
{
	if (place->network)
		xml_empty(x, "source", "network", place->network, NULL);
	else if (place->bridge)
		xml_empty(x, "source", "bridge", place->bridge, NULL);
	else
		xml_empty(x, "source", "dev", place->device, "mode", "bridge", NULL);
}

void card_xml_open(struct xml *x, const struct network *network, const struct card *card,
		   const struct place *place)
{
	const char *type = place->network ? "network" : place->bridge ? "bridge" : "direct";
	unsigned mtu = card->mtu ? card->mtu : network->mtu;

	xml_open(x, "interface", "type", type, NULL);
	xml_empty(x, "mac", "address", card->mac, NULL);
	write_source(x, place);
	if (mtu) {
		xml_begin(x, "mtu");
		xml_attrf(x, "size", "%u", mtu);
		xml_end(x);
	}
}

struct way_out way_out_of(const struct machine *m, const struct place *places)
{
	for (size_t i = 0; i < m->card_count; i++)
		if (m->cards[i].gateway)
			return (struct way_out){ i, m->cards[i].gateway };
	for (size_t i = 0; i < m->card_count; i++)
		if (places[i].gateway)
			return (struct way_out){ i, places[i].gateway };
	return (struct way_out){ .card = SIZE_MAX };
}
