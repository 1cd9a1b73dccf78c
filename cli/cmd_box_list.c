/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box list and box search: what is here, and what could be. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boxes/distros.h"
#include "cli/discard.h"
#include "cli/stock.h"

#define WIDEST 24
#define NARROWEST 12
#define BESIDE_NAMES 53 /* the other columns but versions, with what is between them */

static json_t *entry_document(struct session *s, const struct entry *e)
{
	return json_pack("{s:s, s:s?, s:s, s:s, s:I, s:s, s:o}", "name", e->name, "version",
			 e->version, "provider", e->provider, "architecture", e->architecture,
			 "size_bytes", (json_int_t)e->size_bytes, "digest", e->digest, "in_use",
			 discard_in_use(s, e));
}

/* Paths and addresses are as long as they are; the column is as wide as what else is in it. */
static int width(const struct entries *all, const char *(*text)(const struct entry *e))
{
	int widest = 4;

	for (size_t i = 0; i < all->count; i++) {
		int len = (int)strlen(text(&all->at[i]));

		widest = len > widest && len <= WIDEST ? len : widest;
	}
	return widest;
}

static const char *name_of(const struct entry *e)
{
	return e->name;
}

static const char *version_of(const struct entry *e)
{
	return e->version ? e->version : "-";
}

/* A terminal would break the line: there long names lose their middle. */
static int name_columns(const struct out *o, const struct entries *all, int versions)
{
	int terminal = out_columns(o), room = terminal - versions - BESIDE_NAMES, longest = 4;

	if (!terminal)
		return width(all, name_of);
	for (size_t i = 0; i < all->count; i++) {
		int len = (int)strlen(all->at[i].name);

		longest = len > longest ? len : longest;
	}
	return longest <= room ? longest : room > NARROWEST ? room : NARROWEST;
}

static int list_store(struct session *s, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	json_t *list = json_array();
	bool containers = false, vms = false;
	int names, versions;

	if (entries_load(s->home, &all, err) < 0 || session_observe_some(s, err) < 0) {
		json_decref(list);
		return -1;
	}
	versions = width(&all, version_of);
	names = name_columns(s->out, &all, versions);
	for (size_t i = 0; i < all.count; i++) {
		const struct entry *e = &all.at[i];
		cleanup_free char *size = text_format_bytes(e->size_bytes);
		cleanup_free char *name = out_columns(s->out) ?
						  text_shorten(e->name, (size_t)names) :
						  xstrdup(e->name);
		const char *user = discard_user(s, e->digest);
		bool is_container = strcmp(e->provider, "container") == 0;

		containers = containers || is_container;
		vms = vms || !is_container;
		json_array_append_new(list, entry_document(s, e));
		out_line(s->out, "%-*s  %-*s  %-9s  %-6s  %8s  %.12s%s", names, name, versions,
			 version_of(e), e->provider, e->architecture, size, e->digest,
			 user                          ? "  in use" :
			 discard_doubt(s, e->provider) ? "  in use?" :
							 "");
	}
	if (all.count == 0)
		out_info(s->out, "no box is in the store; 'bothy box add' brings one, 'bothy box "
				 "list --available' shows what can be had");
	discard_warn(s, vms, containers);
	out_document(s->out, list);
	return 0;
}

static bool matches(const struct distros_row *row, const char *word)
{
	if (!word || strcasestr(row->name, word) || strcasestr(row->title, word))
		return true;
	for (size_t i = 0; i < row->alias_count; i++) {
		if (strcasestr(row->aliases[i], word))
			return true;
	}
	return false;
}

static void show_row(struct session *s, const struct distros_row *row, json_t *list)
{
	cleanup_text struct text offers = { 0 };
	json_t *aliases = json_array(), *offered = json_array();

	for (size_t i = 0; i < row->alias_count; i++)
		json_array_append_new(aliases, json_string(row->aliases[i]));
	for (size_t i = 0; i < row->offer_count; i++) {
		json_array_append_new(offered, json_string(row->offers[i]));
		text_addf(&offers, "%s%s", i ? ", " : "", row->offers[i]);
	}
	out_line(s->out, "%-20s  %-34s  %s", row->name, row->title, text_str(&offers));
	json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "name", row->name, "title",
					      row->title, "aliases", aliases, "offers", offered));
}

/* `word` NULL: all of them. */
static int list_available(struct session *s, const char *word, struct error *err)
{
	cleanup_distros struct distros *distros = NULL;
	json_t *list;
	size_t shown = 0;

	if (stock_configure(s, err) < 0 ||
	    distros_load_all(&stock_resolve_conf(s)->catalogs, &distros, err) < 0)
		return -1;
	list = json_array();
	for (size_t i = 0; i < distros_count(distros); i++) {
		struct distros_row row = distros_row(distros, i);

		if (!matches(&row, word))
			continue;
		show_row(s, &row, list);
		shown++;
	}
	if (shown == 0)
		out_info(s->out, "no box matches '%s'", word ? word : "");
	s->exit_status = shown == 0;
	out_document(s->out, list);
	return 0;
}

static int run_list(struct session *s, int argc, char **argv, struct error *err)
{
	bool available = false;
	const struct option_row rows[] = {
		{ 0, "available", OPTION_FLAG, &available, NULL,
		  "what the distributions offer, by name" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	return available ? list_available(s, NULL, err) : list_store(s, err);
}

static int run_search(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0) {
		error_set(err, ERROR_USAGE, "no word to search for");
		return command_misused(&cmd_box_search, err);
	}
	return list_available(s, argv[0], err);
}

const struct command cmd_box_list = {
	"box list", "box", "[--available]", "Show the boxes in the store, or those to be had",
	run_list,
};

const struct command cmd_box_search = {
	"box search", "box", "WORD", "Look for a box among those to be had", run_search,
};
