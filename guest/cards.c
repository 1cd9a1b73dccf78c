/* SPDX-License-Identifier: Apache-2.0 */
/* One script for all cards, so that cards which are as said cost one command. */
#include "guest/cards.h"

#include <string.h>

#include "core/stop.h"
#include "guest/become.h"
#include "guest/cards_script.h"
#include "guest/link.h"
#include "guest/run.h"

#define PATIENCE_DS 300
#define GRACE_DS 50

/* The script has to end before the deadline, or nobody would hear its reason. */
static unsigned patience_until(int64_t deadline_ms)
{
	int64_t left_ds = (deadline_ms - clock_ms()) / 100 - 2 * GRACE_DS;

	if (deadline_ms == 0 || left_ds > PATIENCE_DS)
		return PATIENCE_DS;
	return left_ds > GRACE_DS ? (unsigned)left_ds : GRACE_DS;
}

int guest_configure_cards(struct guest *g, const struct guest_card *cards, size_t count,
			  int64_t deadline_ms, struct error *err)
{
	cleanup_free char *reached = xstrndup(g->place, strrchr(g->place, ':') - g->place);
	const struct cards_place place = { "", reached, patience_until(deadline_ms), GRACE_DS };
	cleanup_text struct text script = { 0 }, said = { 0 };
	cleanup_free char *command = NULL;
	struct run_spec spec = { .deadline_ms = deadline_ms };
	int status;

	if (cards_script(cards, count, &place, &script, err) < 0 ||
	    become_check(g, NULL, deadline_ms, err) < 0)
		return error_wrap(err, "cannot configure the cards of '%s'", g->machine);
	spec.command = command = become_command(g, NULL, script.ptr);
	if (run_capture(g, &spec, &said, &status, err) < 0)
		return error_wrap(err, "cannot configure the cards of '%s'", g->machine);
	if (status != 0)
		return error_set(err, ERROR_GUEST, "cannot configure the cards of '%s': %s",
				 g->machine, run_last_line(&said));
	return 0;
}
