/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness. */
#include "cli/readiness.h"

#include <stdlib.h>

#include "core/record.h"
#include "core/stop.h"
#include "guest/ready.h"

struct waiting {
	const struct inside *in;
	int64_t start_ms;
};

static void reached(void *ctx, const char *what)
{
	const struct waiting *w = ctx;

	watcher_emit(w->in->watch, &(struct event){ .kind = EVENT_STAGE,
						    .machine = w->in->step->machine,
						    .step = w->in->step->id,
						    .text = what,
						    .elapsed_ms = clock_ms() - w->start_ms });
}

/* Behind user-mode networking it is this host's own address, where a port would be somebody else's. */
static char *address_from_here(const struct inside *in)
{
	struct provider_address address = { 0 };
	cleanup_error struct error none = { 0 };

	if (provider_machine_address(in->provider, in->id, &address, &none) < 0)
		return NULL;
	if (!address.port)
		return address.ip;
	free(address.ip);
	return NULL;
}

static int explain(const struct inside *in, struct error *err)
{
	const struct machine *m = in->step->want;

	if (err->kind != ERROR_TIMEOUT)
		return error_wrap(err, "cannot see whether machine '%s' is ready", m->name);
	error_wrap(err, "machine '%s' is up, but was not ready after %u s", m->name,
		   m->ready.timeout_s);
	if (m->no_guest)
		return error_hint(err,
				  "look at it with 'bothy console %s'; ready = { timeout = … } "
				  "gives it longer",
				  m->name);
	return error_hint(err,
			  "look at it with 'bothy ssh %s'; ready = { timeout = … } gives it longer",
			  m->name);
}

/* Taken before it is waited for: if it starts anew meanwhile, the record is about a start that is over. */
static char *start_of(const struct inside *in)
{
	cleanup_observed struct observed now = { 0 };
	cleanup_error struct error ignored = { 0 };
	const struct observed_machine *m;

	if (provider_observe(in->provider, in->session->project.id, &now, &ignored) < 0)
		return NULL;
	m = observed_machine(&now, in->session->project.id, in->step->machine);
	return m && m->start ? xstrdup(m->start) : NULL;
}

static int save(const struct inside *in, bool ready, const char *start, struct error *err)
{
	char digest[DIGEST_HEX_BYTES];
	const struct session *s = in->session;
	cleanup_free char *path = session_machine_path(s, in->step->machine, MACHINE_RECORD);
	cleanup_record struct record record = { 0 };

	record_load(path, &record);
	record_for_machine(&record, in->id);
	readiness_digest(&in->step->want->ready, digest);
	record_set_ready(&record, ready ? digest : NULL, start);
	return record_save(&record, path, &s->owner, err);
}

int readiness_forget(const struct session *s, const char *machine, struct error *err)
{
	cleanup_free char *path = session_machine_path(s, machine, MACHINE_RECORD);
	cleanup_record struct record record = { 0 };

	record_load(path, &record);
	if (!record.ready[0])
		return 0;
	record_set_ready(&record, NULL, NULL);
	return record_save(&record, path, &s->owner, err);
}

static int wait_until_ready(const struct inside *in, struct error *err)
{
	const struct machine *m = in->step->want;
	cleanup_free char *address = NULL;
	struct waiting w = { .in = in, .start_ms = clock_ms() };
	struct ready_wait what = { .machine = m->name,
				   .port = m->ready.port,
				   .command = m->ready.command,
				   .reached = reached,
				   .ctx = &w };

	if (!in->provider->ops->has_guest)
		return 0;
	if (!m->no_guest && inside_log_in(in, err) < 0)
		return -1;
	address = address_from_here(in);
	what.address = address;
	what.deadline_ms = w.start_ms + m->ready.timeout_s * 1000LL;
	if (guest_ready(m->no_guest ? NULL : *in->guest, &what, err) < 0)
		return explain(in, err);
	return 0;
}

int readiness_wait(const struct inside *in, struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_free char *start = start_of(in);

	if (wait_until_ready(in, err) == 0)
		return save(in, true, start, err);
	/* Who was interrupted has seen nothing. */
	if (err->kind != ERROR_STOPPED)
		save(in, false, NULL, &ignored);
	return -1;
}
