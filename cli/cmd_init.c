/* SPDX-License-Identifier: Apache-2.0 */
/* bothy init: a first bothy.lua. */
#include "cli/commands.h"

#include <string.h>

#include "boxes/box.h"
#include "boxes/distros.h"
#include "boxes/entry.h"
#include "boxes/import.h"
#include "cli/plaintext.h"
#include "cli/stock.h"

struct init {
	bool force, minimal;
	const char *output;
};

/* A box that is at hand tells which provider it is for. */
static bool is_rootfs_at_path(struct session *s, const char *spec)
{
	cleanup_error struct error problem = { 0 };
	struct watcher watch = out_watcher(s->out);
	cleanup_growing struct growing *file = NULL;
	cleanup_import struct import *import = NULL;
	cleanup_free char *path = NULL;
	struct import_spec what = { .name = spec, .watch = &watch };
	int rc = box_locate(spec, stock_resolve_conf(s)->directory, &path, &problem);

	if (rc == 0)
		rc = growing_open(path, &file, &problem);
	what.file = file;
	if (rc == 0)
		rc = import_open(&what, &import, &problem);
	if (rc < 0)
		out_warn(s->out, "note: %s", problem.text);
	return rc == 0 && import_kind(import) == IMAGE_ROOTFS;
}

static void note_unknown(struct session *s, const struct distros *distros, const char *name)
{
	const char *nearest = distros_nearest(distros, name);

	/* They are asked when the box is wanted. */
	if (stock_resolve_conf(s)->servers.count)
		return;
	if (nearest)
		out_warn(s->out, "note: no box '%s' is known; did you mean '%s'?", name, nearest);
	else
		out_warn(
			s->out,
			"note: no box '%s' is known; 'bothy box list --available' shows those that are",
			name);
}

/* 1: there are boxes of that name in the store; whether all are for containers, into *out. */
static int look_in_store(struct session *s, const char *name, bool *out, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	size_t here = 0, disks = 0;

	if (entries_load(s->home, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		if (strcmp(all.at[i].name, name) != 0)
			continue;
		here++;
		disks += strcmp(all.at[i].provider, "kvm") == 0;
	}
	*out = here && !disks;
	return here > 0;
}

static int only_for_container(struct session *s, const char *name, bool *out, struct error *err)
{
	cleanup_distros struct distros *distros = NULL;
	int rc = look_in_store(s, name, out, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (distros_load_all(&stock_resolve_conf(s)->catalogs, &distros, err) < 0)
		return -1;
	*out = distros_offers(distros, name, "container") && !distros_offers(distros, name, "kvm");
	if (!distros_has(distros, name))
		note_unknown(s, distros, name);
	return 0;
}

static int is_container(struct session *s, const char *box, bool *out, struct error *err)
{
	*out = false;
	if (stock_configure(s, err) < 0)
		return -1;
	switch (resolve_kind(stock_resolve_conf(s)->directory, box)) {
	case RESOLVE_PATH:
		*out = is_rootfs_at_path(s, box);
		break;
	case RESOLVE_NAME:
		return only_for_container(s, box, out, err);
	case RESOLVE_URL:
		break;
	}
	return 0;
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
	bool container;

	if (is_container(s, box, &container, err) < 0)
		return -1;
	write_file(&file, box, container, options->minimal);
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
	out_document(s->out, json_pack("{s:o}", "file", plaintext_json_text(path)));
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
	return init(s, &options, argc ? argv[0] : "debian/12", err);
}

const struct command cmd_init = {
	"init",
	"life",
	"[OPTIONS] [BOX]",
	"Write a first bothy.lua, for a box given by name, path or URL",
	run,
};
