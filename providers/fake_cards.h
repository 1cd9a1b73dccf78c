/* SPDX-License-Identifier: Apache-2.0 */
/* The cards of the fake provider's machines. */
#ifndef PROVIDERS_FAKE_CARDS_H
#define PROVIDERS_FAKE_CARDS_H

#include "providers/fake_state.h"

/* Writes the machine's cards into its entry. */
void fake_cards_set(json_t *machine, const struct env *env, const struct machine *m);
/* Fills cards and address. */
void fake_cards_observe(const json_t *root, const json_t *machine, struct arena *arena,
			struct observed_machine *out);
/* Where the host reaches it; NULL if no card lets it in, or it has no place. Borrowed from root. */
const char *fake_machine_address(const json_t *root, const json_t *machine);

/* The slots. */
int fake_machine_cards(struct provider *p, const char *id, struct provider_card **out,
		       size_t *out_count, struct error *err);
int fake_machine_places(struct provider *p, const struct provider_creation *what,
			struct provider_card **out, size_t *out_count, struct error *err);
int fake_card_link(struct provider *p, const char *id, const char *mac, bool up, struct error *err);
/* Adds what is parted in that project (NULL: in all). */
void fake_partings_observe(struct observed *o, const json_t *root, const char *project_id);
int fake_cards_part(struct provider *p, const char *project_id, const struct strings *a,
		    const struct strings *b, struct error *err);

#endif
