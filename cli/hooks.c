/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks. A shell runs on this host for them, and nowhere else: who wrote the command wrote it for one. */
#include "cli/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "cli/lines.h"
#include "cli/trust.h"
#include "core/printable.h"
#include "core/proc.h"
#include "guest/become.h"

static int relay_output(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)err;
	return lines_add(ctx, stream, data, len);
}

static int check_status(const struct inside *in, int status, struct error *err)
{
	const struct hook *h = in->step->hook;
	cleanup_free char *whole = printable_line(h->text), *line = text_shorten(whole, 200);

	if (status == 0)
		return 0;
	error_set(err, ERROR_SYSTEM, "'%s' ended with status %d", line, status);
	if (h->kind == HOOK_GUEST)
		err->kind = ERROR_GUEST;
	err->code = status;
	return -1;
}

static int run_on_host(const struct inside *in, struct lines *lines, struct error *err)
{
	const struct hook *h = in->step->hook;
	cleanup_free char *machine = xasprintf("BOTHY_MACHINE=%s", in->step->machine);
	cleanup_free char *project = xasprintf("BOTHY_PROJECT=%s", in->session->project.name);
	cleanup_free char *event = xasprintf("BOTHY_EVENT=%s", hook_event_name(h->event));
	const char *const argv[] = { "sh", "-c", h->text, NULL };
	const char *const environment[] = { machine, project, event, NULL };
	const struct proc_output output = { .write = relay_output, .ctx = lines };
	const struct proc_spec spec = { .argv = argv,
					.directory = in->session->project.directory,
					.environment = environment,
					.output = &output };
	int status, rc;

	if (!trust_given(in->session)) {
		error_set(err, ERROR_DECLINED, "'%s' is not trusted", in->session->env.file);
		return error_hint(err, "'bothy trust' trusts it");
	}
	trust_enter(in->session);
	rc = proc_stream(&spec, &status, err);
	trust_leave(in->session);
	return rc < 0 ? -1 : check_status(in, status, err);
}

/* Where there are no guests the engine stands in for them. */
static int run_by_engine(const struct inside *in, struct error *err)
{
	const struct hook *h = in->step->hook;
	struct provisioner stand_in = { .kind = PROVISION_SHELL,
					.name = hook_event_name(h->event),
					.content = h->text };

	digest_of(h->text, strlen(h->text), stand_in.digest);
	return provider_machine_provision(in->provider, in->id, &stand_in, err);
}

static int run_in_guest(const struct inside *in, struct lines *lines, struct error *err)
{
	const struct guest_output output = { .write = relay_output, .ctx = lines };
	cleanup_free char *command = NULL;
	int status, rc;

	if (!in->provider->ops->has_guest)
		return run_by_engine(in, err);
	if (inside_log_in(in, err) < 0)
		return -1;
	rc = become_check(*in->guest, NULL, 0, err);
	if (rc == 0) {
		command = become_command(*in->guest, NULL, in->step->hook->text);
		rc = guest_run(*in->guest, command, &output, 0, &status, err);
	}
	/* The connection may be what was lost. */
	if (rc < 0) {
		guest_close(in->guest);
		return -1;
	}
	return check_status(in, status, err);
}

static int show_note(const struct inside *in)
{
	watcher_emit(in->watch, &(struct event){ .kind = EVENT_NOTE,
						 .machine = in->step->machine,
						 .step = in->step->id,
						 .text = in->step->hook->text });
	return 0;
}

static int run(const struct inside *in, struct lines *lines, struct error *err)
{
	switch (in->step->hook->kind) {
	case HOOK_HOST:
		return run_on_host(in, lines, err);
	case HOOK_GUEST:
		return run_in_guest(in, lines, err);
	case HOOK_NOTE:
		break;
	}
	return show_note(in);
}

int hook_run(const struct inside *in, struct error *err)
{
	const struct hook *h = in->step->hook;
	struct lines lines = { .watch = in->watch,
			       .machine = in->step->machine,
			       .step = in->step->id };
	int rc = run(in, &lines, err);

	lines_finish(&lines);
	if (rc == 0)
		return 0;
	error_wrap(err, "%s of machine '%s' (%s:%d)", hook_event_name(h->event), in->step->machine,
		   h->file, h->line);
	return err->kind == ERROR_STOPPED ?
		       -1 :
		       error_hint(err, "mend it, or leave hooks out with --no-hooks");
}
