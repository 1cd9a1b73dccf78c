/* SPDX-License-Identifier: Apache-2.0 */
/* bothy ssh-config: what `ssh -F` needs to reach the machines. */
#include "cli/commands.h"
#include "cli/sshconfig.h"
#include "core/strings.h"

static int print(struct session *s, const struct strings *names, const char *host,
		 struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++) {
		cleanup_text struct text block = { 0 };

		if (sshconfig_add(s, names->at[i], &(struct sshconfig){ .host = host }, &block,
				  err) < 0) {
			json_decref(list);
			return -1;
		}
		sshconfig_warn(s, names->at[i]);
		out_line(s->out, "%s", text_str(&block));
		json_array_append_new(list, json_pack("{s:s, s:s}", "machine", names->at[i],
						      "config", text_str(&block)));
	}
	out_document(s->out, list);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	const char *host = NULL;
	const struct option_row rows[] = {
		{ 0, "host", OPTION_STRING, &host, "NAME",
		  "what the block is called (default: the machine's name)" },
	};
	struct strings names = { 0 };
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find_for(s, argc, FORGOES_LOGIN, err) < 0 || session_observe(s, err) < 0 ||
	    session_select(s, argc, argv, &names, err) < 0)
		return -1;
	if (names.count == 0)
		rc = session_select_running(s, &names, err);
	if (rc == 0)
		rc = print(s, &names, host, err);
	strings_free(&names);
	return rc;
}

const struct command cmd_ssh_config = {
	"ssh-config", "reach", "[--host=NAME] [MACHINE…]", "Print what 'ssh -F' needs to log in",
	run,
};
