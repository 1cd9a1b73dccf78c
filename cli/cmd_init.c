/* SPDX-License-Identifier: Apache-2.0 */
/* bothy init: a first bothy.lua. */
#include "cli/commands.h"

#include <string.h>

#include "boxes/box.h"

struct init {
	bool force, minimal;
	const char *output;
};

/* A box that is at hand tells which provider it is for. */
static bool is_rootfs(struct session *s, const char *spec)
{
	cleanup_error struct error problem = { 0 };
	struct watcher watch = out_watcher(s->out);
	cleanup_box struct box box = { 0 };
	cleanup_free char *path = NULL;

	if (box_locate(spec, s->options.directory ? s->options.directory : ".", &path, &problem) <
		    0 ||
	    box_open(s->home, path, spec, NULL, &watch, &box, &problem) < 0) {
		out_warn(s->out, "note: %s", problem.text);
		return false;
	}
	return box.image.kind == IMAGE_ROOTFS;
}

static void add_lua_string(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_addf(t, "\\%c", *s);
		else if ((unsigned char)*s < 32)
			text_addf(t, "\\%03d", *s);
		else
			text_addn(t, s, 1);
	}
	text_add(t, "\"");
}

static void write_file(struct text *t, const char *box, bool container, bool minimal)
{
	if (!minimal)
		text_add(
			t,
			"-- What 'bothy up' makes of this directory. 'bothy plan' shows it before anything is done.\n");
	text_add(t, "machine {\n\tbox = ");
	add_lua_string(t, box);
	text_add(t, ",\n");
	if (container)
		text_add(t, "\tprovider = \"container\",\n");
	if (!minimal)
		text_addf(
			t,
			"%s\t-- cpus = 2,\n"
			"\t-- memory = \"1G\",\n"
			"\t-- provision = {\n"
			"\t--\tshell [[ apt-get update && apt-get install -y nginx ]],\n"
			"\t-- },\n",
			container ?
				"" :
				"\t-- provider = \"container\",   -- a system container instead of a VM\n");
	text_add(t, "}\n");
}

static int init(struct session *s, const struct init *options, const char *box, struct error *err)
{
	const char *name = options->output ? options->output : "bothy.lua";
	const char *directory = s->options.directory ? s->options.directory : ".";
	cleanup_free char *path = s->options.directory ? fs_join(directory, name) : xstrdup(name);
	struct owner owner = fs_owner_of(directory);
	cleanup_text struct text file = { 0 };

	write_file(&file, box, is_rootfs(s, box), options->minimal);
	if (options->output && strcmp(options->output, "-") == 0) {
		out_line(s->out, "%.*s", (int)(file.len - 1), text_str(&file));
		out_document(s->out,
			     json_pack("{s:s, s:s}", "file", "-", "content", text_str(&file)));
		return 0;
	}
	if (fs_exists(path) && !options->force) {
		error_set(err, ERROR_DECLINED, "'%s' exists already", path);
		return error_hint(err, "'bothy init -f' replaces it");
	}
	if (fs_write(path, text_str(&file), file.len, 0644, &owner, err) < 0)
		return -1;
	out_info(s->out, "wrote '%s'; next: bothy up", path);
	out_document(s->out, json_pack("{s:s}", "file", path));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct init options = { 0 };
	const struct option_row rows[] = {
		{ 'f', "force", OPTION_FLAG, &options.force, NULL, "replace a file that exists" },
		{ 'm', "minimal", OPTION_FLAG, &options.minimal, NULL, "without comments" },
		{ 0, "output", OPTION_STRING, &options.output, "FILE",
		  "where to write; '-' is standard output" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	return init(s, &options, argc ? argv[0] : "./box.qcow2", err);
}

const struct command cmd_init = {
	"init",
	"life",
	"[OPTIONS] [BOX]",
	"Write a first bothy.lua, for a box given by path or file: URL",
	run,
};
