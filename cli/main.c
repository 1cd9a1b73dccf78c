/* SPDX-License-Identifier: Apache-2.0 */
/* The program: options, dispatch, the one error, the exit status. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/globals.h"
#include "core/stop.h"
#include "lua/envfile.h"

static int exit_status(enum error_kind kind)
{
	static const int statuses[] = {
		[ERROR_USAGE] = 64, [ERROR_ENVFILE] = 65, [ERROR_ENGINE] = 69,
		[ERROR_BUSY] = 75,  [ERROR_TIMEOUT] = 75, [ERROR_STOPPED] = 130,
	};

	return (size_t)kind < ARRAY_SIZE(statuses) && statuses[kind] ? statuses[kind] : 1;
}

/* The alarm that ends a file stuck in one call runs in a signal handler, so its words are made before. */
static char *alarm_message(const struct out *out)
{
	struct error err = {
		.kind = ERROR_ENVFILE,
		.text = (char *)(uintptr_t) "'bothy.lua' took longer than 10 seconds",
		.hint = (char *)(uintptr_t) "look for a pattern match over a long text"
	};
	cleanup_free char *json = NULL;

	if (!out->json)
		return xasprintf("error: %s\nhint: %s\n", err.text, err.hint);
	json = out_error_json(&err, NULL);
	return xasprintf("%s\n", json);
}

static int dispatch(struct session *s, const struct globals *g, int argc, char **argv,
		    struct error *err)
{
	static char help[] = "help", version[] = "version";
	const struct command *c;
	char *word = g->version ? version : g->help || argc == 0 ? help : argv[0];
	int used;

	c = word == argv[0] ? command_of_words(argc, argv, &used, err) : command_find(word, err);
	if (!c)
		return -1;
	s->command = c->name;
	/* `bothy --help up` is `bothy help up`. */
	if (word == help && g->help && argc)
		return c->run(s, argc, argv, err);
	if (word == argv[0])
		return c->run(s, argc - used, argv + used, err);
	return c->run(s, 0, argv + argc, err);
}

int main(int argc, char **argv)
{
	cleanup_error struct error err = { 0 };
	struct globals globals = { 0 };
	struct session session;
	struct out out;
	char *message;
	int rest = argc - 1, status;

	out_take_descriptors();
	stop_install_handlers();
	status = globals_parse(&globals, &rest, argv + 1, &err);
	out_init(&out, globals.json, globals.color, globals.quiet, globals.verbose);
	session_init(&session, &globals.session, &out);
	message = alarm_message(&out);
	envfile_set_alarm_message(globals.json ? 1 : 2, message);
	if (status == 0)
		status = dispatch(&session, &globals, rest, argv + 1, &err);
	if (status == 0)
		status = out_finish(&out, &err);
	if (status < 0)
		out_error(&out, &err, &session.problems);
	status = status < 0 ? exit_status(err.kind) : session.exit_status;
	/* No command at all is a question answered, but not a success that scripts should build on. */
	if (rest == 0 && status == 0 && !globals.help && !globals.version)
		status = exit_status(ERROR_USAGE);
	session_clear(&session);
	free(message);
	return status;
}
