/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way. */
#include "cli/transfer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plaintext.h"
#include "cli/progress.h"
#include "cli/reach.h"

static bool is_machine(const struct session *s, const char *word)
{
	return (s->has_env && env_machine(&s->env, word)) ||
	       observed_machine(&s->observed, s->project.id, word);
}

/* A second word alone is the machine only if there is one of that name. */
static int take_words(struct session *s, int argc, char **argv, struct transfer *t,
		      const char **out_machine, struct error *err)
{
	*out_machine = argc > 2 ? argv[2] : NULL;
	t->from = argv[0];
	if (!*t->from)
		return error_set(err, ERROR_USAGE, "the first word is empty");
	if (session_find_for(s, argc > 2, FORGOES_LOGIN, err) < 0 || session_observe(s, err) < 0)
		return -1;
	if (argc == 2 && is_machine(s, argv[1]))
		*out_machine = argv[1];
	else if (argc > 1)
		t->to = argv[1];
	if (t->to && !*t->to)
		return error_set(err, ERROR_USAGE, "the second word is empty");
	return 0;
}

int transfer_open(struct session *s, int argc, char **argv, struct transfer *out, struct error *err)
{
	struct transfer t = { .session = s, .watch = out_watcher(s->out) };
	const char *word;

	if (argc < 1)
		return error_set(err, ERROR_USAGE, "what is to be moved? No file is given");
	if (take_words(s, argc, argv, &t, &word, err) < 0 ||
	    session_select_one(s, word, &t.machine, err) < 0 ||
	    reach_open(s, t.machine, &t.guest, err) < 0)
		return -1;
	s->out->name_width = (int)strlen(t.machine);
	*out = t;
	return 0;
}

void transfer_close(struct transfer *t)
{
	if (t->session) {
		out_begin(t->session->out);
		out_end(t->session->out);
	}
	guest_close(&t->guest);
}

void transfer_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct transfer *t = ctx;

	watcher_emit(&t->watch, &(struct event){ .kind = EVENT_PROGRESS,
						 .machine = t->machine,
						 .text = t->from,
						 .done = done,
						 .total = total });
}

char *transfer_name(const char *path, bool here)
{
	cleanup_free char *copy = xstrdup(path);
	size_t len = strlen(copy);
	char real[PATH_MAX];
	const char *slash;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	slash = slash ? slash + 1 : copy;
	if (!text_equal(slash, ".") && !text_equal(slash, "..") && !text_equal(slash, "~"))
		return *slash ? xstrdup(slash) : NULL;
	if (!here || !realpath(path, real) || !(slash = strrchr(real, '/')) || !slash[1])
		return NULL;
	return xstrdup(slash + 1);
}

void transfer_done(struct transfer *t, bool up, const char *to)
{
	struct out *o = t->session->out;

	out_info(o, up ? "uploaded '%s' to '%s' of '%s'" : "downloaded '%s' to '%s' from '%s'",
		 t->from, to, t->machine);
	out_document(o, json_pack("{s:s, s:o, s:o}", "machine", t->machine, "from",
				  plaintext_json_text(t->from), "to", plaintext_json_text(to)));
}
