/* SPDX-License-Identifier: Apache-2.0 */
/* bothy logs: what provisioners said when they ran last, and what consoles showed at the last boot. */
#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/follow.h"
#include "cli/logs.h"
#include "cli/plaintext.h"
#include "cli/progress.h"
#include "core/names.h"
#include "core/schema.h"
#include "core/stop.h"
#include "core/strings.h"

#define LOOK_EVERY_MS 200
#define READ_BYTES ((size_t)256 << 20)
#define CONSOLE_LOG "console.log"

struct request {
	struct session *session;
	struct strings machines; /* whose; what belongs to none is NULL, the last of all */
	const char *provisioner; /* NULL: all */
	const char *tail_word;
	size_t tail; /* lines; SIZE_MAX: all */
	bool follow, console;
	bool named;       /* on the command line */
	bool plain;       /* one log: its bytes and nothing else */
	char *shown_last; /* path of the log that the last line was of */
	struct follower follower;
};

static void add_name(struct strings *names, const char *name)
{
	for (size_t i = 0; name && i < names->count; i++) {
		if (text_equal(names->at[i], name))
			return;
	}
	names->at = xgrow(names->at, names->count, sizeof(*names->at));
	names->at[names->count++] = name ? xstrdup(name) : NULL;
}

/* No engine is asked: what there are logs of is on disk. */
static int add_all(struct request *r, struct error *err)
{
	const struct session *s = r->session;
	cleanup_free char *directory = fs_join(s->state_dir, "machines");
	cleanup_names struct names names = { 0 };

	for (size_t i = 0; s->has_env && i < s->env.machine_count; i++)
		add_name(&r->machines, s->env.machines[i].name);
	if (fs_exists(directory) && names_in(directory, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		if (schema_is_name(names.at[i]))
			add_name(&r->machines, names.at[i]);
	}
	if (!r->console)
		add_name(&r->machines, NULL);
	return 0;
}

static int choose_machines(struct request *r, int argc, char **argv, struct error *err)
{
	r->named = argc > 0;
	return argc ? session_select(r->session, argc, argv, &r->machines, err) : add_all(r, err);
}

static int add_console(const struct session *s, const char *machine, struct log_list *list)
{
	cleanup_free char *path = xasprintf("%s/logs/%s/" CONSOLE_LOG, s->state_dir, machine);

	if (!fs_exists(path))
		return 0;
	list->at = xgrow(list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = (struct log){ .machine = xstrdup(machine),
						.provisioner = NULL,
						.path = take_ptr(path) };
	return 0;
}

static bool is_wanted(const struct request *r, const struct log *log)
{
	return !r->provisioner || text_equal(r->provisioner, log->provisioner);
}

static int find_all(const struct request *r, struct log_list *out, struct error *err)
{
	struct log_list list = { 0 };
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->machines.count; i++)
		rc = r->console ? add_console(r->session, r->machines.at[i], &list) :
				  logs_find(r->session, r->machines.at[i], &list, err);
	for (size_t i = 0; i < list.count; i++) {
		if (is_wanted(r, &list.at[i]))
			list.at[kept++] = list.at[i];
		else
			log_clear(&list.at[i]);
	}
	list.count = kept;
	if (rc == 0)
		*out = list;
	else
		log_list_clear(&list);
	return rc;
}

/* Where the last `lines` lines begin. */
static size_t tail_of(const char *data, size_t len, size_t lines)
{
	size_t at = len;

	if (lines == SIZE_MAX)
		return 0;
	for (size_t seen = 0; at > 0; at--) {
		if (data[at - 1] == '\n' && at < len && ++seen == lines)
			break;
		if (!lines)
			break;
	}
	return at;
}

static const char *column_of(const struct log *log)
{
	return log->machine ? log->machine : LOGS_ONCE;
}

static void print_lines(struct out *o, const struct log *log, const char *data, size_t len)
{
	const char *at = data, *end = data + len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((newline ? newline : end) - at);

		fprintf(o->to, "%s%-*s%s  %s|%s ", out_color(o, COLOR_CYAN), o->name_width,
			column_of(log), out_color(o, COLOR_PLAIN), out_color(o, COLOR_DIM),
			out_color(o, COLOR_PLAIN));
		fwrite(at, 1, line, o->to);
		fputc('\n', o->to);
		at += line + 1;
	}
}

static void show(void *ctx, const struct log *log, const char *data, size_t len)
{
	struct request *r = ctx;
	struct out *o = r->session->out;

	if (!len)
		return;
	if (!r->plain && log->provisioner && !text_equal(r->shown_last, log->path))
		out_machine(o, column_of(log), COLOR_BOLD, "%s", log->provisioner);
	if (!text_equal(r->shown_last, log->path)) {
		free(r->shown_last);
		r->shown_last = xstrdup(log->path);
	}
	out_begin(o);
	if (r->plain)
		fwrite(data, 1, len, o->to);
	else
		print_lines(o, log, data, len);
	out_end(o);
}

/* What machines drew on their console was for another screen. */
static void make_printable(struct text *content)
{
	char *clean = plaintext_of(text_str(content), content->len);

	text_clear(content);
	text_add(content, clean);
	free(clean);
}

static int read_log(const struct request *r, const struct log *log, struct text *content,
		    size_t *out_from, struct error *err)
{
	if (fs_read(log->path, READ_BYTES, content, err) < 0)
		return -1;
	if (r->console)
		make_printable(content);
	*out_from = tail_of(text_str(content), content->len, r->tail);
	return 0;
}

static int show_log(struct request *r, const struct log *log, struct error *err)
{
	cleanup_text struct text content = { 0 };
	size_t from;

	if (read_log(r, log, &content, &from, err) < 0)
		return -1;
	follow_skip(&r->follower, log, content.len);
	if (!content.len && !r->plain && log->provisioner)
		out_machine(r->session->out, column_of(log), COLOR_BOLD, "%s wrote nothing",
			    log->provisioner);
	show(r, log, text_str(&content) + from, content.len - from);
	return 0;
}

static int add_document(const struct request *r, const struct log *log, json_t *list,
			struct error *err)
{
	cleanup_text struct text content = { 0 };
	size_t from;

	if (read_log(r, log, &content, &from, err) < 0)
		return -1;
	json_array_append_new(
		list,
		json_pack("{s:s?, s:s?, s:o, s:I, s:o}", "machine", log->machine, "provisioner",
			  log->provisioner, "path", plaintext_json_text(log->path), "size_bytes",
			  (json_int_t)content.len, "text",
			  plaintext_json(text_str(&content) + from, content.len - from)));
	return 0;
}

static int follow(struct request *r, struct error *err)
{
	for (;;) {
		cleanup_logs struct log_list logs = { 0 };

		if (find_all(r, &logs, err) < 0)
			return -1;
		for (size_t i = 0; i < logs.count; i++) {
			if (follow_look(&r->follower, &logs.at[i], err) < 0)
				return -1;
		}
		if (out_is_unread(r->session->out)) {
			r->session->exit_status = OUT_UNREAD;
			return 0;
		}
		stop_wait_ms(LOOK_EVERY_MS);
		if (stop_check(0, NULL, err) < 0)
			return -1;
	}
}

static int none(const struct request *r, struct error *err)
{
	if (r->provisioner) {
		error_set(err, ERROR_NOT_FOUND, "%s has a log of a provisioner '%s'",
			  r->named ? "none of the machines named" : "no machine", r->provisioner);
		return error_hint(err, "'bothy logs' shows those there are");
	}
	out_info(r->session->out, r->console ? "no console was watched yet" :
					       "no logs: nothing was provisioned yet");
	return 0;
}

static int show_all(struct request *r, const struct log_list *logs, struct error *err)
{
	json_t *list = r->session->out->json ? json_array() : NULL;
	int rc = 0;

	if (!logs->count && !r->follow && !list)
		return none(r, err);
	r->plain = logs->count == 1 && (r->provisioner || r->console) && !r->follow;
	for (size_t i = 0; rc == 0 && i < logs->count; i++)
		rc = list ? add_document(r, &logs->at[i], list, err) :
			    show_log(r, &logs->at[i], err);
	if (list && rc == 0)
		out_document(r->session->out, list);
	else
		json_decref(list);
	return rc == 0 && r->follow ? follow(r, err) : rc;
}

static int check(struct request *r, struct error *err)
{
	char *end = NULL;

	r->tail = SIZE_MAX;
	if (r->tail_word) {
		errno = 0;
		r->tail = strtoul(r->tail_word, &end, 10);
		if (*r->tail_word < '0' || *r->tail_word > '9' || *end || errno)
			return error_set(err, ERROR_USAGE, "'%s' is no number of lines",
					 r->tail_word);
	}
	if (r->follow && r->session->out->json)
		return error_set(err, ERROR_USAGE, "--json is one document: --follow has no end");
	if (r->follow && r->console) {
		error_set(err, ERROR_USAGE, "--console is what was seen while it booted");
		return error_hint(err, "'bothy console' shows a console as it goes on");
	}
	if (r->console && r->provisioner)
		return error_set(err, ERROR_USAGE, "--console and --provisioner name two things");
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct request r = { .session = s };
	const struct option_row rows[] = {
		{ 0, "provisioner", OPTION_STRING, &r.provisioner, "NAME", "only that one's" },
		{ 0, "tail", OPTION_STRING, &r.tail_word, "N", "only the last N lines of each" },
		{ 'f', "follow", OPTION_FLAG, &r.follow, NULL, "go on as they grow" },
		{ 0, "console", OPTION_FLAG, &r.console, NULL,
		  "what consoles showed at the last boot" },
	};
	cleanup_logs struct log_list logs = { 0 };
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	r.follower = (struct follower){ .show = show, .ctx = &r };
	if (check(&r, err) < 0 || session_find_for(s, argc, "", err) < 0 ||
	    choose_machines(&r, argc, argv, err) < 0)
		return -1;
	rc = find_all(&r, &logs, err);
	if (rc == 0)
		rc = show_all(&r, &logs, err);
	follow_clear(&r.follower);
	free(r.shown_last);
	strings_free(&r.machines);
	return rc;
}

const struct command cmd_logs = {
	"logs", "reach", "[OPTIONS] [MACHINE…]", "Show what provisioners said when they ran last",
	run,
};
