/* SPDX-License-Identifier: Apache-2.0 */
/* The host's rsync. */
#include "guest/rsync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ignore.h"
#include "core/proc.h"
#include "core/wildcard.h"
#include "guest/listing.h"

#define NO_RSYNC "bothy-no-rsync"
#define VARIANTS_MOST 4 /* patterns with more "**" inside match less than they should */

/* --- patterns -------------------------------------------------------------------------------- */

static void add_filter(struct strings *out, struct arena *a, char sign, const char *pattern)
{
	out->at = arena_grow(a, out->at, out->count, sizeof(*out->at));
	out->at[out->count++] = arena_printf(a, "--filter=%c %s", sign, pattern);
}

/*
 * To rsync each slash is one between names. In a set it is none, and no name has it: another byte that hardly any has
 * stands for it, or what is next to it in a range.
 */
static void add_set(struct text *t, const char *set, const char *end)
{
	for (const char *at = set; at < end; at++) {
		bool begins = at + 2 < end && at[1] == '-' && at[2] != ']';
		bool ends = at - set > 2 && at[-1] == '-';
		char byte = *at != '/' ? *at : begins ? '/' + 1 : ends ? '/' - 1 : '\1';

		text_addn(t, &byte, 1);
	}
}

/* Two asterisks mean more to rsync than to git, unless they are all that stands between slashes. */
static void add_segment(struct text *t, const char *segment)
{
	bool any = text_equal(segment, "**");
	const char *end = segment + strlen(segment);

	for (; *segment; segment++) {
		const char *behind = *segment == '[' ? wildcard_behind_set(segment, end) : NULL;

		if (behind) {
			add_set(t, segment, behind);
			segment = behind - 1;
			continue;
		}
		if (*segment == '*' && segment[1] == '*' && !any)
			continue;
		if (*segment == '\\' && segment[1])
			text_addn(t, segment++, 1);
		text_addn(t, segment, 1);
	}
}

/* rsync takes a backslash for an escape only where there is something to escape. */
static void unescape_plain(struct text *t)
{
	size_t len = 0;

	if (!t->ptr || strpbrk(t->ptr, "*?["))
		return;
	for (size_t i = 0; i < t->len; i++) {
		i += t->ptr[i] == '\\' && i + 1 < t->len;
		t->ptr[len++] = t->ptr[i];
	}
	t->ptr[len] = '\0';
	t->len = len;
}

/* `without`: a bit for each "**" in the middle that is to stand for no name at all, which rsync's does not. */
static void add_rule(struct strings *out, struct arena *a, const struct ignore_rule *rule,
		     unsigned without)
{
	cleanup_text struct text t = { 0 };
	size_t first = rule->anchored && text_equal(rule->segments[0], "**"), inner = 0;

	/* "**" alone behind a slash is everything. */
	if (first == rule->segment_count)
		first = 0;
	text_add(&t, rule->anchored && !first ? "/" : "");
	for (size_t i = first; i < rule->segment_count; i++) {
		bool last = i + 1 == rule->segment_count;

		if (text_equal(rule->segments[i], "**") && !last && (without >> inner++ & 1))
			continue;
		add_segment(&t, rule->segments[i]);
		text_add(&t, last ? "" : "/");
	}
	unescape_plain(&t);
	text_add(&t, rule->directory_only ? "/" : "");
	add_filter(out, a, rule->negated ? '+' : '-', text_str(&t));
}

struct strings rsync_filters(const struct strings *patterns, struct arena *a)
{
	cleanup_ignore struct ignore ig = { 0 };
	struct strings out = { 0 };

	ignore_init(&ig, patterns);
	add_filter(&out, a, '-', ".bothy");
	/* Here the last that matches decides, with rsync the first. */
	for (size_t i = ig.count; i-- > 0;) {
		const struct ignore_rule *rule = &ig.rules[i];
		unsigned inner = 0;

		for (size_t k = 1; k + 1 < rule->segment_count; k++)
			inner += text_equal(rule->segments[k], "**");
		inner = inner < VARIANTS_MOST ? inner : VARIANTS_MOST;
		for (unsigned without = 0; without < 1U << inner; without++)
			add_rule(&out, a, rule, without);
	}
	return out;
}

/* --- the command ----------------------------------------------------------------------------- */

void rsync_add_word(struct text *shell, const char *word)
{
	text_add(shell, shell->len ? " '" : "'");
	for (; *word; word++) {
		text_addn(shell, word, 1);
		if (*word == '\'')
			text_add(shell, "'");
	}
	text_add(shell, "'");
}

/*
 * What runs in the guest, whatever the login's shell is: the place made, names of owners looked up there, and rsync as
 * root where the login may be that.
 */
static char *remote_command(const struct rsync *r)
{
	const struct folder *f = r->folder;
	cleanup_text struct text script = { 0 };
	struct text command = { 0 };

	text_add(&script, "command -v rsync >/dev/null || { echo " NO_RSYNC " >&2; exit 1; }; to=");
	text_add_shell_quoted(&script, f->to);
	text_add(&script, "; o=");
	text_add_shell_quoted(&script, f->owner ? f->owner : r->user);
	text_add(&script, "; g=");
	text_add_shell_quoted(&script, f->group ? f->group : "");
	text_add(
		&script,
		"; [ -n \"$g\" ] || g=$(id -g \"$o\" 2>/dev/null) || g=$o; s=; "
		"if [ \"$(id -u)\" = 0 ]; then :; elif sudo -n true 2>/dev/null; then s='sudo -n'; else ");
	text_add(&script, f->group || (f->owner && !text_equal(f->owner, r->user)) ?
				  "echo \"$(id -un) may not give files to others\" >&2; exit 1; " :
				  "o=; ");
	text_add(&script,
		 "fi; [ -d \"$to\" ] || $s mkdir -p \"$to\" || exit 1; a=$1; shift; "
		 "if [ -n \"$o\" ]; then set -- \"--usermap=*:$o\" \"--groupmap=*:$g\" \"$@\"; "
		 "else set -- --no-owner --no-group \"$@\"; fi; ");
	if (f->mode)
		text_addf(&script,
			  "$s rsync \"$a\" \"$@\"; e=$?; $s chmod %04o \"$to\" || exit 1; exit $e",
			  f->mode);
	else
		text_add(&script, "exec $s rsync \"$a\" \"$@\"");
	text_add(&command, "sh -c ");
	text_add_shell_quoted(&command, text_str(&script));
	text_add(&command, " rsync");
	return text_take(&command);
}

/* "Number of created files: 3 (reg: 1, dir: 2)": the number behind the name. */
static uint64_t number_of(const char *output, const char *name)
{
	const char *at = strstr(output, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static uint64_t created_files(const char *output)
{
	const char *line = strstr(output, "Number of created files: ");
	cleanup_free char *one = line ? xstrndup(line, strcspn(line, "\n")) : xstrdup("");

	return number_of(one, "(reg: ");
}

/* "skipping non-regular file "fifo"" */
static void read_skipped(const char *output, struct rsync_result *out)
{
	static const char mark[] = "skipping non-regular file \"";

	for (const char *at = output; (at = strstr(at, mark)); out->skipped++) {
		at += strlen(mark);
		if (!out->skipped_first)
			out->skipped_first = xstrndup(at, strcspn(at, "\"\n"));
	}
}

static void read_numbers(const char *output, struct rsync_result *out)
{
	*out = (struct rsync_result){
		.files = number_of(output, "Number of regular files transferred: "),
		.others = number_of(output, "Number of created files: ") - created_files(output),
		.bytes = number_of(output, "Total transferred file size: "),
		.removed = number_of(output, "Number of deleted files: "),
	};
	read_skipped(output, out);
}

/* rsync's own last line tells where in its source it gave up; what happened stands above. */
static int failed(const struct rsync *r, struct proc_result *result, struct error *err)
{
	char *line;
	const char *cause = NULL;

	if (result->output.ptr && strstr(result->output.ptr, NO_RSYNC)) {
		error_set(err, ERROR_GUEST, "there is no 'rsync' in '%s'", r->machine);
		return error_hint(
			err,
			"install the package 'rsync' in its box, or say kind = \"copy\" for "
			"the folder '%s'",
			r->folder->said);
	}
	for (char *rest = result->output.ptr; (line = strsep(&rest, "\n"));) {
		if (*line && !text_has_prefix(line, "rsync error: ") &&
		    !text_has_prefix(line, "rsync: connection unexpectedly closed"))
			cause = cause && text_has_prefix(line, " ") ? cause : line;
	}
	error_set(err, ERROR_GUEST, "%s", cause ? cause : "rsync gave no reason");
	err->code = result->status;
	return -1;
}

static void push(struct strings *words, struct arena *a, const char *word)
{
	words->at = arena_grow(a, words->at, words->count, sizeof(*words->at));
	words->at[words->count++] = word;
}

static struct strings command_line(const struct rsync *r, struct arena *a)
{
	cleanup_free char *remote = remote_command(r);
	const struct strings filters[] = { rsync_filters(&r->folder->inner, a),
					   rsync_filters(&r->folder->exclude, a) };
	struct strings words = { 0 };
	/* -1: times to the nanosecond, or a file saved twice within a second would be taken for the same. */
	static const char *const options[] = { "rsync",
					       "-a",
					       "--no-D",
					       "--delete",
					       "--stats",
					       "--no-motd",
					       "--no-human-readable",
					       "--modify-window=-1" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		push(&words, a, options[i]);
	if (r->full)
		push(&words, a, "--checksum");
	for (size_t k = 0; k < ARRAY_SIZE(filters); k++)
		for (size_t i = 0; i < filters[k].count; i++)
			push(&words, a, filters[k].at[i]);
	push(&words, a, "-e");
	push(&words, a, r->shell);
	push(&words, a, arena_printf(a, "--rsync-path=%s", remote));
	push(&words, a, "--");
	push(&words, a, "./");
	push(&words, a, arena_printf(a, "%s:%s/", r->machine, r->folder->to));
	push(&words, a, NULL);
	return words;
}

/* By its descriptor: its path might lead elsewhere by the time that rsync has begun. */
static int run_in(int directory_fd, const struct rsync *r, struct proc_result *out,
		  struct error *err)
{
	cleanup_free char *directory = xasprintf("/proc/%d/fd/%d", (int)getpid(), directory_fd);
	struct arena a = { 0 };
	struct strings words = command_line(r, &a);
	int rc = proc_run_in(directory, words.at, 0, out, err);

	arena_clear(&a);
	return rc;
}

static int run(const struct rsync *r, struct rsync_result *out, struct error *err)
{
	cleanup_proc struct proc_result result = { 0 };
	cleanup_close int fd = -1;
	int rc;

	if (listing_open_root(r->folder->from, &fd, err) < 0)
		return -1;
	rc = run_in(fd, r, &result, err);
	if (rc < 0 && err->kind == ERROR_NOT_FOUND)
		error_hint(err, "install the package 'rsync' on this host, or say kind = \"copy\"");
	if (rc < 0)
		return -1;
	/* 24: files vanished before they could be read. */
	if (result.status != 0 && result.status != 24)
		return failed(r, &result, err);
	read_numbers(text_str(&result.output), out);
	return 0;
}

void rsync_result_clear(struct rsync_result *r)
{
	free(r->skipped_first);
	*r = (struct rsync_result){ 0 };
}

int rsync_run(const struct rsync *r, struct rsync_result *out, struct error *err)
{
	if (run(r, out, err) < 0)
		return error_wrap(err, "cannot bring '%s' into '%s' by rsync", r->folder->said,
				  r->machine);
	return 0;
}
