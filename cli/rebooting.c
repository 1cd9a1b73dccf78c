/* SPDX-License-Identifier: Apache-2.0 */
/* reboot(): what tells that a machine has booted is that it runs another boot, not that it went away for a while. */
#include "cli/rebooting.h"

#include <stdlib.h>

#include "cli/folders.h"
#include "cli/publish.h"
#include "cli/reach.h"
#include "core/stop.h"
#include "guest/reboot.h"

#define ANSWER_MS 10000
#define PAUSE_MS 100
#define REFUSALS_MOST 4 /* of 10 s each, see guest_wait() */

struct wait {
	const struct inside *in;
	int64_t deadline_ms;
	char *before; /* the mark of the boot that is to end */
};

/* Its ports ended with it, if the forwarder saw that. */
static int start_again(const struct inside *in, struct error *err)
{
	const struct publish p = { .session = in->session,
				   .watch = in->watch,
				   .provider = in->provider,
				   .machine = in->step->want,
				   .id = in->id,
				   .step = in->step->id };

	if (publish_machine(&p, err) < 0 || provider_machine_start(in->provider, in->id, err) < 0)
		return error_wrap(err, "cannot start machine '%s' again", in->step->machine);
	return 0;
}

/* An engine may end a machine that reboots from inside. */
static int alive(void *ctx, struct error *err)
{
	const struct wait *w = ctx;
	const struct inside *in = w->in;
	enum machine_state state;

	if (provider_machine_state(in->provider, in->id, &state, err) < 0)
		return -1;
	return state == MACHINE_RUNNING ? 0 : start_again(in, err);
}

static int log_in(struct wait *w, struct guest **out, struct error *err)
{
	const struct inside *in = w->in;
	const struct observed_machine have = inside_machine(in);
	struct guest_wait wait = { .deadline_ms = w->deadline_ms, .alive = alive, .ctx = w };
	cleanup_reach struct reach t = { 0 };

	return reach_init(in->session, &have, in->step->want, &t, err) < 0 ?
		       -1 :
		       guest_wait(&t.target, &wait, out, err);
}

/* Whether who answers now is another boot. One that goes down while it is asked is none yet. */
static bool is_another(const struct wait *w, struct guest *g)
{
	cleanup_error struct error unimportant = { 0 };
	cleanup_free char *now = NULL;

	return guest_boot_mark(g, clock_ms() + ANSWER_MS, &now, &unimportant) == 0 &&
	       !text_equal(now, w->before);
}

/* A machine that goes down refuses logins for a while: only what lasts is final. */
static bool may_pass(const struct wait *w, unsigned refusals, const struct error *err)
{
	return err->kind == ERROR_GUEST && refusals < REFUSALS_MOST &&
	       deadline_left_ms(w->deadline_ms) > 0;
}

static int wait_for_other_boot(struct wait *w, struct error *err)
{
	for (unsigned refusals = 0;;) {
		cleanup_guest struct guest *g = NULL;

		if (log_in(w, &g, err) < 0) {
			if (!may_pass(w, ++refusals, err))
				return -1;
			error_clear(err);
		} else if (is_another(w, g)) {
			return 0;
		}
		stop_wait_ms(PAUSE_MS);
		if (stop_check(w->deadline_ms, "waiting for its reboot", err) < 0)
			return -1;
	}
}

static int ask(const struct inside *in, struct wait *w, struct error *err)
{
	if (guest_boot_mark(*in->guest, w->deadline_ms, &w->before, err) < 0 ||
	    guest_ask_reboot(*in->guest, w->deadline_ms, err) < 0)
		return -1;
	guest_close(in->guest);
	return 0;
}

static int did_not_come_back(const struct inside *in, struct error *err)
{
	if (err->kind == ERROR_STOPPED)
		return -1;
	error_wrap(err, "machine '%s' did not come back from its reboot", in->step->machine);
	return error_hint(err, "'bothy console %s' shows it; boot_timeout gives it longer",
			  in->step->machine);
}

int rebooting(const struct inside *in, struct error *err)
{
	struct wait w = {
		.in = in, .deadline_ms = clock_ms() + in->step->want->boot_timeout_s * INT64_C(1000)
	};
	int rc = ask(in, &w, err);

	if (rc == 0 && wait_for_other_boot(&w, err) < 0)
		rc = did_not_come_back(in, err);
	free(w.before);
	if (rc == 0)
		rc = inside_log_in(in, err);
	if (rc == 0)
		rc = folders_bring(in, err);
	if (rc < 0)
		guest_close(in->guest);
	return rc;
}
