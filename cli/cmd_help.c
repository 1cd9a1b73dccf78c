/* SPDX-License-Identifier: Apache-2.0 */
/* bothy help: the commands by group, or one of them, or the fields of the files. */
#include "cli/commands.h"

#include <string.h>

#include "cli/globals.h"
#include "core/schema.h"

static void print_group(struct session *s, const char *group, const char *title)
{
	fprintf(s->out->to, "\n%s\n", title);
	commands_print(s, group, 0);
}

/* Those of folders stand by themselves, as those of cards and ports do. */
static bool has_fields(const struct schema_row *row)
{
	return row->sub && row->type != SCHEMA_FOLDERS;
}

static void print_fields(struct session *s, const struct schema *schema, const char *prefix)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_row *row = &schema->rows[i];
		cleanup_free char *name = xasprintf("%s%s", prefix, row->key);

		fprintf(s->out->to, "  %-20s %s\n", name, row->help);
		if (has_fields(row)) {
			cleanup_free char *inner = xasprintf("%s.", row->key);

			print_fields(s, row->sub, inner);
		}
	}
}

static json_t *fields_document(const struct schema *schema)
{
	json_t *list = json_array();

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_row *row = &schema->rows[i];
		json_t *field = json_pack("{s:s, s:s}", "name", row->key, "help", row->help);

		if (has_fields(row))
			json_object_set_new(field, "fields", fields_document(row->sub));
		json_array_append_new(list, field);
	}
	return list;
}

static const struct {
	const struct schema *schema;
	const char *title;
} blocks[] = {
	{ &schema_machine, "machine \"name\" { … } and defaults { … }" },
	{ &schema_network, "network \"name\" { … }" },
	{ &schema_card,
	  "networks = { nat { … }, host_only { … }, internal \"name\" { … }, bridged { … },\n"
	  "             nat_network \"name\" { … }, { name = \"name\", … }, \"name\" }" },
	{ &schema_folder,
	  "folders = { [\"./src\"] = { … } }; folders = { [\"./src\"] = \"/srv/app\" } is short for to" },
	{ &schema_port, "ports = { { … } }; ports = { [8080] = 80 } is short for host and guest" },
	{ &schema_provisioner,
	  "shell [[…]] { … }, script \"path\" { … }, upload \"from\" \"to\" { … }" },
	{ &schema_host, "host \"name\" { … } in config.lua" },
};

static void print_all_fields(struct session *s)
{
	if (s->out->json) {
		json_t *document = json_object();

		for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
			json_object_set_new(document, blocks[i].schema->name,
					    fields_document(blocks[i].schema));
		out_document(s->out, document);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		fprintf(s->out->to, "%s%s\n", i ? "\n" : "", blocks[i].title);
		print_fields(s, blocks[i].schema, "");
	}
}

static json_t *commands_document(void)
{
	json_t *list = json_array();

	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		if (*c->group)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name",
							      c->name, "group", c->group, "usage",
							      c->usage, "summary", c->summary));
	}
	return json_pack("{s:o}", "commands", list);
}

static void print_all(struct session *s)
{
	if (s->out->json) {
		out_document(s->out, commands_document());
		return;
	}
	fprintf(s->out->to,
		"usage: bothy [OPTIONS] COMMAND [WORD…]\n\n"
		"Development environments in one Lua file: VMs and system containers that come up\n"
		"the same everywhere.\n");
	print_group(s, "life", "Life of machines");
	print_group(s, "reach", "Reaching into them");
	print_group(s, "see", "Seeing what is there");
	print_group(s, "keep", "Keeping boxes");
	fprintf(s->out->to, "\nOptions before the command\n");
	globals_print(s->out->to);
	fprintf(s->out->to,
		"\n'bothy COMMAND --help' tells more, 'bothy help fields' the words of bothy.lua.\n");
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 2, err);
	const struct command *c;
	int used;
	char *ask[] = { (char *)(uintptr_t) "--help", NULL };

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0) {
		print_all(s);
		return 0;
	}
	if (strcmp(argv[0], "fields") == 0) {
		print_all_fields(s);
		return 0;
	}
	c = command_of_words(argc, argv, &used, err);
	if (!c)
		return -1;
	if (used < argc)
		return error_set(err, ERROR_USAGE, "one word too many: '%s'", argv[used]);
	s->command = c->name;
	return c->run(s, 1, ask, err);
}

const struct command cmd_help = {
	"help",
	"see",
	"[COMMAND | fields]",
	"Explain a command, or the fields of bothy.lua and config.lua",
	run,
};
