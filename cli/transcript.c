/* SPDX-License-Identifier: Apache-2.0 */
/* What a provisioner says while it runs. */
#include "cli/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "cli/lines.h"
#include "cli/logfile.h"
#include "cli/logs.h"
#include "cli/plaintext.h"
#include "core/stop.h"

#define LAST_LINES 10
#define LAST_LINE_BYTES 300
#define LAST_BYTES ((size_t)8192)
#define COMMAND_BYTES 120
#define HIDDEN "(sensitive: what it says is neither shown nor kept)"

struct transcript {
	struct session *session;
	const struct watcher *watch;
	const struct step *step;
	struct watcher keeper; /* what the lines go to: the log, then `watch` */
	struct lines lines;
	struct logfile *log; /* NULL: it cannot be written */
	struct text last;
};

static void keep(void *ctx, const struct event *ev)
{
	struct transcript *t = ctx;

	if (t->log)
		logfile_add(t->log, ev->data, ev->len);
	text_add_end(&t->last, ev->data, ev->len, LAST_BYTES);
	watcher_emit(t->watch, ev);
}

static int open_log(struct transcript *t, struct error *err)
{
	struct session *s = t->session;
	cleanup_free char *directory = logs_directory(s, logs_machine(s, t->step));
	cleanup_free char *name = logs_file_name(t->step->provisioner->name);
	cleanup_free char *path = fs_join(directory, name);

	if (fs_make_dirs(directory, 0700, &s->owner, err) < 0)
		return -1;
	return logfile_open(path, &s->owner, &t->log, err);
}

int transcript_open(struct session *s, const struct watcher *watch, const struct step *step,
		    struct transcript **out, struct error *err)
{
	struct transcript *t = xcalloc(1, sizeof(*t));

	t->session = s;
	t->watch = watch;
	t->step = step;
	t->keeper = (struct watcher){ .emit = keep, .ctx = t };
	t->lines =
		(struct lines){ .watch = &t->keeper, .machine = step->machine, .step = step->id };
	if (!t->lines.machine && !s->out->json)
		t->lines.machine = LOGS_ONCE;
	if (open_log(t, err) < 0) {
		free(t);
		return -1;
	}
	if (step->provisioner->sensitive)
		transcript_say(t, HIDDEN);
	*out = t;
	return 0;
}

int transcript_write(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct transcript *t = ctx;

	(void)err;
	return t->step->provisioner->sensitive ? 0 : lines_add(&t->lines, stream, data, len);
}

void transcript_say(struct transcript *t, const char *line)
{
	cleanup_free char *whole = xasprintf("%s\n", line);

	lines_finish(&t->lines);
	lines_add(&t->lines, 1, whole, strlen(whole));
}

/* What was run, as far as one line tells. Caller frees; NULL where the provisioner's name says it all. */
static char *command_of(const struct provisioner *p)
{
	if (p->kind == PROVISION_SHELL && p->content)
		return plaintext_first_line(p->content, strlen(p->content), COMMAND_BYTES);
	if (p->kind == PROVISION_ANSIBLE && p->from)
		return xasprintf("ansible-playbook %s", p->from);
	return p->from ? xstrdup(p->from) : NULL;
}

/* What is brought there, and is no program. */
static bool is_file(const struct provisioner *p)
{
	return p->kind == PROVISION_UPLOAD || p->kind == PROVISION_COMPOSE ||
	       p->kind == PROVISION_CLOUD_INIT;
}

static void add_lines(struct text *to, const struct text *last)
{
	cleanup_free char *end =
		plaintext_end(text_str(last), last->len, LAST_LINES, LAST_LINE_BYTES);

	if (!*end)
		return;
	text_add(to, "\n  | ");
	for (const char *c = end; *c; c++) {
		text_addn(to, c, 1);
		if (*c == '\n')
			text_add(to, "  | ");
	}
}

static void advise(const struct transcript *t, struct error *failed)
{
	const struct provisioner *p = t->step->provisioner;
	const char *where = logs_machine(t->session, t->step);
	cleanup_free char *again = NULL, *log = NULL;

	/* What runs only when it is asked for is none that up goes on with. */
	again = p->when == WHEN_NEVER ? xasprintf("'bothy provision --with %s%s%s' runs it again",
						  p->name, where ? " " : "", where ? where : "") :
					xstrdup("'bothy up' goes on from there");
	log = p->sensitive ? xstrdup("") :
			     xasprintf("; the whole log: 'bothy logs%s%s'",
				       where ? " " : " --provisioner ", where ? where : p->name);
	error_hint(failed, "mend it, then %s%s", again, log);
}

static void explain(const struct transcript *t, struct error *failed)
{
	const struct provisioner *p = t->step->provisioner;
	const struct out *o = t->session->out;
	/* Where there are several machines, lines of others may stand between. */
	bool was_read = o->terminal && !o->json && !o->quiet && t->session->env.machine_count < 2;
	cleanup_free char *command = p->sensitive ? NULL : command_of(p);
	struct text whole = { 0 };

	if (failed->kind == ERROR_STOPPED)
		return;
	text_add(&whole, failed->text ? failed->text : "unknown cause");
	if (command && *command)
		text_addf(&whole, "\n  %s: %s", is_file(p) ? "file" : "command", command);
	if (!p->sensitive && !was_read)
		add_lines(&whole, &t->last);
	free(failed->text);
	failed->text = text_take(&whole);
	advise(t, failed);
}

void transcript_close(struct transcript **t, struct error *failed)
{
	cleanup_error struct error unkept = { 0 };

	if (!*t)
		return;
	lines_finish(&(*t)->lines);
	if (logfile_close(&(*t)->log, &unkept) < 0)
		watcher_emit((*t)->watch, &(struct event){ .kind = EVENT_NOTE,
							   .machine = (*t)->step->machine,
							   .step = (*t)->step->id,
							   .text = unkept.text });
	if (failed)
		explain(*t, failed);
	text_clear(&(*t)->last);
	free(*t);
	*t = NULL;
}
