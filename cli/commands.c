/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and their help. */
#include "cli/commands.h"

#include <string.h>

#include "core/text.h"
#include "core/vagrant_words.h"

const struct command *const commands[] = {
	&cmd_init,
	&cmd_validate,
	&cmd_plan,
	&cmd_up,
	&cmd_halt,
	&cmd_reload,
	&cmd_destroy,
	&cmd_provision,
	&cmd_trust,
	&cmd_ssh,
	&cmd_exec,
	&cmd_sync,
	&cmd_ssh_config,
	&cmd_upload,
	&cmd_download,
	&cmd_port,
	&cmd_forward,
	&cmd_console,
	&cmd_logs,
	&cmd_net,
	&cmd_net_partition,
	&cmd_net_heal,
	&cmd_status,
	&cmd_list,
	&cmd_doctor,
	&cmd_version,
	&cmd_help,
	&cmd_box,
	&cmd_box_add,
	&cmd_box_list,
	&cmd_box_search,
	&cmd_box_info,
	&cmd_box_update,
	&cmd_box_outdated,
	&cmd_box_remove,
	&cmd_box_prune,
	&cmd_box_pack,
	&cmd_box_build,
	&cmd_lock,
	&cmd_package,
	&cmd_forwarder_daemon,
	&cmd_rsync_shell,
	&cmd_connection_keeper,
	NULL,
};

static const struct command *exact(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

/* What Compose, Lima and the shell call these; the second name may be NULL. Vagrant's own words are in core/vagrant_words.c. */
static const struct {
	const char *word, *command, *other;
} elsewhere[] = {
	{ "box delete", "box remove", NULL },
	{ "box download", "box add", NULL },
	{ "box ls", "box list", NULL },
	{ "box pull", "box add", NULL },
	{ "box rm", "box remove", NULL },
	{ "boxes", "box list", NULL },
	{ "check", "validate", NULL },
	{ "copy", "upload", "download" },
	{ "cp", "upload", "download" },
	{ "create", "up", NULL },
	{ "delete", "destroy", NULL },
	{ "down", "halt", "destroy" },
	{ "images", "box list", NULL },
	{ "kill", "halt --force", NULL },
	{ "ls", "status", "list" },
	{ "ps", "status", "list" },
	{ "pull", "box add", NULL },
	{ "restart", "reload", NULL },
	{ "rm", "destroy", NULL },
	{ "run", "up", "exec" },
	{ "scp", "upload", "download" },
	{ "shell", "ssh", NULL },
	{ "start", "up", NULL },
	{ "stop", "halt", NULL },
	{ "watch", "sync --watch", NULL },
};

static int hint_from_elsewhere(const char *name, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		if (strcmp(elsewhere[i].word, name) != 0)
			continue;
		if (elsewhere[i].other)
			return error_hint(err, "did you mean 'bothy %s' or 'bothy %s'?",
					  elsewhere[i].command, elsewhere[i].other);
		return error_hint(err, "did you mean 'bothy %s'?", elsewhere[i].command);
	}
	return 0;
}

const struct command *command_find(const char *name, struct error *err)
{
	const struct command *found = exact(name);
	const char *names[ARRAY_SIZE(commands)];
	const char *near, *vagrant = vagrant_hint(VAGRANT_COMMAND, name);
	size_t count = 0;

	if (found)
		return found;
	for (size_t i = 0; commands[i]; i++) {
		if (*commands[i]->group)
			names[count++] = commands[i]->name;
	}
	near = text_nearest(name, names, count);
	error_set(err, ERROR_USAGE, "there is no command '%s'", name);
	if (vagrant)
		error_hint(err, "%s", vagrant);
	else if (hint_from_elsewhere(name, err) < 0)
		return NULL;
	else if (near)
		error_hint(err, "did you mean 'bothy %s'?", near);
	else if (text_has_prefix(name, "box "))
		error_hint(err, "'bothy box' lists its commands");
	else
		error_hint(err, "'bothy help' lists the commands");
	return NULL;
}

const struct command *command_of_words(int argc, char **argv, int *out_used, struct error *err)
{
	cleanup_free char *both = NULL;

	*out_used = 1;
	if (argc < 2 || argv[1][0] == '-')
		return command_find(argv[0], err);
	both = xasprintf("%s %s", argv[0], argv[1]);
	/* All that follows "box" is a command of it; what follows others may be a machine. */
	if (strcmp(argv[0], cmd_box.name) != 0 && !exact(both))
		return command_find(argv[0], err);
	*out_used = 2;
	return command_find(both, err);
}

void commands_print(struct session *s, const char *group, size_t skip)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->group, group) == 0)
			fprintf(s->out->to, "  %-13s %s\n", commands[i]->name + skip,
				commands[i]->summary);
	}
}

static bool has_commands_below(const struct command *c)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->group, c->name) == 0)
			return true;
	}
	return false;
}

static void command_help(struct session *s, const struct command *c, const struct options *options)
{
	if (s->out->json) {
		out_document(s->out, json_pack("{s:s, s:s, s:s, s:o}", "name", c->name, "usage",
					       c->usage, "summary", c->summary, "options",
					       options_document(options)));
		return;
	}
	fprintf(s->out->to, "usage: bothy %s%s%s\n\n%s\n", c->name, *c->usage ? " " : "", c->usage,
		c->summary);
	if (options->count) {
		fputc('\n', s->out->to);
		options_print(s->out->to, options);
	}
	if (has_commands_below(c)) {
		fputc('\n', s->out->to);
		commands_print(s, c->name, strlen(c->name) + 1);
		fprintf(s->out->to, "\n'bothy %s COMMAND --help' tells more.\n", c->name);
	}
}

static bool has_option(const struct options *options, const struct option_row *row)
{
	for (size_t i = 0; i < options->count; i++) {
		if (strcmp(options->rows[i].name, row->name) == 0 ||
		    (row->letter && options->rows[i].letter == row->letter))
			return true;
	}
	return false;
}

/* Those of the program that people put behind the command, unless it has one of that name or letter. */
static int parse_with_globals(struct session *s, const struct options *options, int *argc,
			      char **argv, struct error *err)
{
	const struct option_row globals[] = {
		{ 'q', "quiet", OPTION_FLAG, &s->out->quiet, NULL, NULL },
		{ 'v', "verbose", OPTION_FLAG, &s->out->verbose, NULL, NULL },
		{ 0, "no-input", OPTION_FLAG, &s->options.no_input, NULL, NULL },
		{ 0, "provider", OPTION_STRING, &s->options.provider, NULL, NULL },
	};
	cleanup_free struct option_row *rows =
		xcalloc(options->count + ARRAY_SIZE(globals), sizeof(*rows));
	struct options all = { .rows = rows, .count = options->count };

	if (options->count)
		memcpy(rows, options->rows, options->count * sizeof(*rows));
	for (size_t i = 0; i < ARRAY_SIZE(globals); i++) {
		if (!has_option(options, &globals[i]))
			rows[all.count++] = globals[i];
	}
	return options_parse(&all, argc, argv, false, err);
}

static void drop_dashes(int *argc, char **argv)
{
	int i = 0;

	while (i < *argc && strcmp(argv[i], "--") != 0)
		i++;
	if (i == *argc)
		return;
	memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof(*argv));
	*argc -= 1;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

int command_options(struct session *s, const struct options *options, int *argc, char **argv,
		    int max_words, struct error *err)
{
	const struct command *c = command_find(s->command, err);

	if (asks_for_help(*argc, argv)) {
		command_help(s, c, options);
		return 1;
	}
	if (parse_with_globals(s, options, argc, argv, err) < 0)
		return error_hint(err, "'bothy %s --help' lists the options", c->name);
	if (max_words != WORDS_WITH_DASHES)
		drop_dashes(argc, argv);
	if (max_words >= 0 && *argc > max_words) {
		error_set(err, ERROR_USAGE, "one word too many: '%s'", argv[max_words]);
		return command_misused(c, err);
	}
	return 0;
}

int command_misused(const struct command *c, struct error *err)
{
	return error_hint(err, "usage: bothy %s%s%s", c->name, *c->usage ? " " : "", c->usage);
}

int command_check_output(const char *path, bool force, struct error *err)
{
	if (force || !fs_exists(path))
		return 0;
	error_set(err, ERROR_DECLINED, "'%s' exists already", path);
	return error_hint(err, "--force replaces it");
}
