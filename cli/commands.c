/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and their help. */
#include "cli/commands.h"

#include <string.h>

#include "core/text.h"

const struct command *const commands[] = {
	&cmd_init,    &cmd_validate,  &cmd_plan,   &cmd_up,      &cmd_halt,       &cmd_reload,
	&cmd_destroy, &cmd_provision, &cmd_ssh,    &cmd_exec,    &cmd_ssh_config, &cmd_console,
	&cmd_status,  &cmd_list,      &cmd_doctor, &cmd_version, &cmd_help,       NULL,
};

const struct command *command_find(const char *name, struct error *err)
{
	const char *names[ARRAY_SIZE(commands)];
	const char *near;
	size_t count = 0;

	for (; commands[count]; count++) {
		if (strcmp(commands[count]->name, name) == 0)
			return commands[count];
		names[count] = commands[count]->name;
	}
	near = text_nearest(name, names, count);
	error_set(err, ERROR_USAGE, "there is no command '%s'", name);
	if (near)
		error_hint(err, "did you mean 'bothy %s'?", near);
	else
		error_hint(err, "'bothy help' lists the commands");
	return NULL;
}

void command_help(struct session *s, const struct command *c, const struct options *options)
{
	fprintf(s->out->to, "usage: bothy %s%s%s\n\n%s\n", c->name, *c->usage ? " " : "", c->usage,
		c->summary);
	if (options->count) {
		fputc('\n', s->out->to);
		options_print(s->out->to, options);
	}
	s->out->document_printed = true;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

int command_options(struct session *s, const struct command *c, const struct options *options,
		    int *argc, char **argv, int max_words, struct error *err)
{
	if (asks_for_help(*argc, argv)) {
		command_help(s, c, options);
		return 1;
	}
	if (options_parse(options, argc, argv, false, err) < 0)
		return error_hint(err, "'bothy %s --help' lists the options", c->name);
	if (max_words >= 0 && *argc > max_words) {
		error_set(err, ERROR_USAGE, "one word too many: '%s'", argv[max_words]);
		return error_hint(err, "usage: bothy %s %s", c->name, c->usage);
	}
	return 0;
}
