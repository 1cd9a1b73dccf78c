/* SPDX-License-Identifier: Apache-2.0 */
/* bothy trust: let the project's file have what it wants of this host. */
#include "cli/commands.h"
#include "cli/plaintext.h"
#include "cli/trust.h"

static json_t *want_document(const struct want *want)
{
	static const char *const kinds[] = {
		[WANT_COMMAND] = "command", [WANT_PATH] = "path", [WANT_AGENT] = "agent"
	};
	cleanup_free char *text = trust_describe(want);
	json_t *what = json_string(want->what), *why = json_string(want->why);

	/* What is no UTF-8 has no place in JSON: the text shows where it was. */
	return json_pack("{s:s, s:s?, s:o, s:o, s:s, s:o, s:i}", "kind", kinds[want->kind],
			 "machine", want->machine, "what", what ? what : json_null(), "why",
			 why ? why : json_null(), "text", text, "file",
			 plaintext_json_text(want->file), "line", want->line);
}

static void print(struct session *s)
{
	json_t *wants = json_array();
	bool trusted = trust_given(s);

	for (size_t i = 0; i < s->env.want_count; i++) {
		const struct want *want = &s->env.wants[i];
		cleanup_free char *text = trust_describe(want);

		json_array_append_new(wants, want_document(want));
		out_line(s->out, "%s:%d: %s", want->file, want->line, text);
	}
	if (s->env.want_count == 0)
		out_line(s->out, "'%s' wants nothing of this host beyond its own directory",
			 s->env.file);
	else
		out_line(s->out, trusted ? "'%s' is trusted with that" : "'%s' is not trusted",
			 s->env.file);
	out_document(s->out, json_pack("{s:o, s:b, s:o}", "file", plaintext_json_text(s->env.file),
				       "trusted", trusted, "wants", wants));
}

/* Also without a file that can be read: only the directory counts. */
static int take(struct session *s, struct error *err)
{
	int rc = session_find(s, NULL, err);

	if (rc < 0 && (!s->directory || err->kind != ERROR_ENVFILE))
		return -1;
	error_clear(err);
	problems_clear(&s->problems);
	if (trust_take(s, err) < 0)
		return -1;
	out_info(s->out, "nothing in '%s' is trusted any more", s->directory);
	out_document(s->out, json_pack("{s:b}", "trusted", 0));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	bool show = false, remove = false;
	const struct option_row rows[] = {
		{ 0, "show", OPTION_FLAG, &show, NULL,
		  "only tell what it wants, and whether it is trusted" },
		{ 0, "remove", OPTION_FLAG, &remove, NULL, "trust it no more" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (show && remove)
		return error_set(err, ERROR_USAGE, "--show and --remove exclude each other");
	if (remove)
		return take(s, err);
	if (session_load(s, err) < 0 || (!show && s->env.want_count && trust_give(s, err) < 0))
		return -1;
	print(s);
	return 0;
}

const struct command cmd_trust = {
	"trust",
	"life",
	"[--show | --remove]",
	"Let the file reach out of its directory to this host",
	run,
};
