/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a machine and waiting for its login. */
#include "cli/boot.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cards.h"
#include "cli/reach.h"
#include "core/stop.h"

#define CONSOLE_LIMIT ((size_t)256 * 1024)
#define CONSOLE_LINES 12
#define AUTHORIZED_LIMIT ((size_t)1024 * 1024)
#define AUTHORIZE_MS 60000

struct waiting {
	const struct boot *boot;
	int64_t start_ms;
	const char *address;
	struct provider_console *console;
	struct text log;
};

static void read_console(struct waiting *w)
{
	char buf[4096];
	ssize_t n;

	while (w->console &&
	       (n = provider_console_read(w->boot->provider, w->console, buf, sizeof(buf))) > 0) {
		if (w->log.len < CONSOLE_LIMIT)
			text_addn(&w->log, buf, (size_t)n);
	}
}

static void reached(void *ctx, enum guest_stage stage)
{
	struct waiting *w = ctx;
	cleanup_free char *address = xasprintf("address %s answers", w->address);
	const char *text = stage == GUEST_STAGE_ADDRESS ? address : guest_stage_name(stage);

	watcher_emit(w->boot->watch, &(struct event){ .kind = EVENT_STAGE,
						      .machine = w->boot->machine->name,
						      .step = w->boot->step,
						      .text = text,
						      .elapsed_ms = clock_ms() - w->start_ms });
}

static int alive(void *ctx, struct error *err)
{
	struct waiting *w = ctx;
	enum machine_state state;

	read_console(w);
	if (provider_machine_state(w->boot->provider, w->boot->id, &state, err) < 0)
		return -1;
	if (state == MACHINE_RUNNING)
		return 0;
	return error_set(err, ERROR_GUEST, "it is %s", machine_state_name(state));
}

static int save_log(const struct waiting *w, struct error *err)
{
	struct session *s = w->boot->session;
	cleanup_free char *directory =
		xasprintf("%s/logs/%s", s->state_dir, w->boot->machine->name);
	cleanup_free char *path = fs_join(directory, "console.log");

	if (fs_make_dirs(directory, 0755, &s->owner, err) < 0)
		return -1;
	return fs_write(path, text_str(&w->log), w->log.len, 0644, &s->owner, err);
}

/* The last lines of the console without what would move the user's cursor or colour their screen. */
static char *console_tail(struct text *log)
{
	struct text t = { 0 };
	size_t at = log->len, lines = 0;
	bool escape = false;

	while (at > 0 && lines <= CONSOLE_LINES)
		lines += log->ptr[--at] == '\n';
	for (at += lines > CONSOLE_LINES; at < log->len; at++) {
		unsigned char c = (unsigned char)log->ptr[at];

		if (escape) {
			escape = !isalpha(c);
			continue;
		}
		escape = c == 0x1b;
		if (c == '\n')
			text_add(&t, "\n  | ");
		else if (c >= 32 && c != 127)
			text_addn(&t, &c, 1);
	}
	return text_take(&t);
}

static void show_console(struct waiting *w)
{
	cleanup_free char *tail = NULL, *note = NULL;

	read_console(w);
	if (!w->log.len)
		return;
	tail = console_tail(&w->log);
	note = xasprintf("the last lines of its console:\n  | %s", tail);
	watcher_emit(w->boot->watch, &(struct event){ .kind = EVENT_NOTE,
						      .machine = w->boot->machine->name,
						      .step = w->boot->step,
						      .text = note });
}

static void tell_first_login(const struct boot *b, const struct guest *g)
{
	static const char *const texts[] = {
		[GUEST_FIRST_NONE] = NULL,
		[GUEST_FIRST_KEY] = "replaced the box's well-known key; its host key was taken on "
				    "first use",
		[GUEST_FIRST_PASSWORD] =
			"replaced the box's password by a key of its own; its host "
			"key was taken on first use",
		[GUEST_FIRST_LOCKED] = "took the box's password away; its key is all that lets in",
	};
	const char *text = texts[guest_first_login(g)];

	if (text)
		watcher_emit(b->watch, &(struct event){ .kind = EVENT_NOTE,
							.machine = b->machine->name,
							.step = b->step,
							.text = text });
}

static char *joined(const struct strings *keys)
{
	struct text t = { 0 };

	for (size_t i = 0; i < keys->count; i++)
		text_addf(&t, "%s\n", keys->at[i]);
	return text_take(&t);
}

/* What was put in last time is kept here, so that what is taken out of the file is taken out of the guest. */
static int authorize(const struct boot *b, struct guest *g, struct error *err)
{
	cleanup_free char *path = session_machine_path(b->session, b->machine->name, "authorized");
	cleanup_free char *wanted = joined(&b->machine->ssh_authorize);
	cleanup_text struct text before = { 0 };

	if (fs_exists(path) && fs_read(path, AUTHORIZED_LIMIT, &before, err) < 0)
		return -1;
	if (text_equal(text_str(&before), wanted))
		return 0;
	if (guest_authorize(g, text_str(&before), wanted, clock_ms() + AUTHORIZE_MS, err) < 0)
		return -1;
	return fs_write(path, wanted, strlen(wanted), 0600, &b->session->owner, err);
}

static int log_in(const struct boot *b, struct waiting *w, struct guest **out, struct error *err)
{
	struct session *s = b->session;
	struct observed_machine have = { .provider = b->provider->ops->name,
					 .id = b->id,
					 .name = b->machine->name,
					 .login_user = b->user };
	struct guest_wait wait = { .deadline_ms = w->start_ms + b->machine->boot_timeout_s * 1000LL,
				   .reached = reached,
				   .alive = alive,
				   .ctx = w };
	cleanup_reach struct reach t = { 0 };
	int rc;

	if (reach_init(s, &have, b->machine, &t, err) < 0)
		return -1;
	w->address = t.address;
	rc = guest_wait(&t.target, &wait, out, err);
	w->address = NULL;
	if (rc < 0)
		return -1;
	tell_first_login(b, *out);
	if (guest_set_hostname(*out, b->machine->hostname, err) < 0 ||
	    cards_configure(b, *out, err) < 0 || authorize(b, *out, err) < 0)
		return -1;
	return reach_write_known_hosts(s, &t, err);
}

static int wait_for_it(const struct boot *b, struct guest **out, struct error *err)
{
	struct waiting w = { .boot = b, .start_ms = clock_ms() };
	cleanup_error struct error unimportant = { 0 };
	int rc;

	if (provider_console_open(b->provider, b->id, &w.console, &unimportant) < 0)
		w.console = NULL;
	rc = log_in(b, &w, out, err);
	/* Of a machine whose boot was interrupted there is nothing to explain. */
	if (rc < 0 && err->kind != ERROR_STOPPED)
		show_console(&w);
	if (w.console)
		provider_console_close(b->provider, w.console);
	error_clear(&unimportant);
	if (w.log.len)
		save_log(&w, &unimportant);
	text_clear(&w.log);
	return rc < 0 ? error_wrap(err, "machine '%s' did not come up", b->machine->name) : 0;
}

static int start(const struct boot *b, struct error *err)
{
	if (provider_machine_start(b->provider, b->id, err) < 0)
		return error_wrap(err, "cannot start machine '%s'", b->machine->name);
	return 0;
}

/* Without a way in there is nothing to wait for; the user should not think that it is ready. */
static int start_unreachable(const struct boot *b, struct error *why, struct error *err)
{
	cleanup_free char *note = xasprintf("%s: it was started, but not waited for; "
					    "'bothy console %s' shows it",
					    why->text, b->machine->name);

	if (start(b, err) < 0)
		return -1;
	watcher_emit(b->watch, &(struct event){ .kind = EVENT_NOTE,
						.machine = b->machine->name,
						.step = b->step,
						.text = note });
	return 0;
}

static bool has_way_in(const struct boot *b, struct error *why)
{
	struct provider_address address = { 0 };
	bool reached = provider_machine_address(b->provider, b->id, &address, why) == 0 ||
		       why->kind != ERROR_GUEST;

	free(address.ip);
	return reached;
}

bool boot_has_way_in(const struct boot *b)
{
	cleanup_error struct error why = { 0 };

	return has_way_in(b, &why);
}

int boot_machine(const struct boot *b, struct guest **out, struct error *err)
{
	cleanup_free char *mark = session_machine_path(b->session, b->machine->name, BOOT_MARK);
	cleanup_error struct error why = { 0 };

	if (!b->provider->ops->has_guest)
		return start(b, err);
	if (b->machine->no_guest) {
		error_set(&why, ERROR_GUEST, "guest = \"none\"");
		return start_unreachable(b, &why, err);
	}
	if (!has_way_in(b, &why))
		return start_unreachable(b, &why, err);
	if (fs_write(mark, "", 0, 0600, &b->session->owner, err) < 0 || start(b, err) < 0 ||
	    wait_for_it(b, out, err) < 0)
		return -1;
	return fs_remove(mark, err);
}
