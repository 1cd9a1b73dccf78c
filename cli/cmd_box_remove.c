/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box remove: a box out of the store, with the base machines were made from. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/discard.h"
#include "cli/pick.h"

struct removal {
	struct pick pick;
	bool all;
};

static int ambiguous(const struct removal *r, const struct entry **found, size_t count,
		     struct error *err)
{
	cleanup_free char *choices = pick_choices(found, count);

	error_set(err, ERROR_USAGE, "there are %zu boxes '%s': %s", count, r->pick.name, choices);
	return error_hint(err,
			  "choose by --box-version, --provider or --architecture, or say --all");
}

static json_t *entry_document(const struct entry *e)
{
	return json_pack("{s:s, s:s?, s:s, s:s, s:s}", "name", e->name, "version", e->version,
			 "provider", e->provider, "architecture", e->architecture, "digest",
			 e->digest);
}

static int remove_found(struct session *s, const struct entry **found, size_t count,
			struct error *err)
{
	json_t *list = json_array();
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		const struct entry *e = found[i];

		if (discard_entry(s, e, &bytes, err) < 0) {
			json_decref(list);
			return -1;
		}
		json_array_append_new(list, entry_document(e));
		out_info(s->out, "removed '%s' %s (%s, %s)", e->name, e->version ? e->version : "-",
			 e->provider, e->architecture);
	}
	out_document(s->out,
		     json_pack("{s:o, s:I}", "removed", list, "size_bytes", (json_int_t)bytes));
	return 0;
}

static int remove_boxes(struct session *s, const struct removal *r, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	const struct entry **found;
	size_t count;
	int rc;

	if (session_observe(s, err) < 0 || entries_load(s->home, &all, err) < 0 ||
	    pick_entries(&r->pick, &all, &found, &count, err) < 0)
		return -1;
	rc = count > 1 && !r->all ? ambiguous(r, found, count, err) :
				    remove_found(s, found, count, err);
	free(found);
	return rc;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct removal r = { 0 };
	const struct option_row rows[] = {
		PICK_ROWS(&r.pick),
		{ 0, "all", OPTION_FLAG, &r.all, NULL, "all that fit, not one" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0) {
		error_set(err, ERROR_USAGE, "no box named");
		return command_misused(&cmd_box_remove, err);
	}
	r.pick.name = argv[0];
	return remove_boxes(s, &r, err);
}

const struct command cmd_box_remove = {
	"box remove",
	"box",
	"[OPTIONS] NAME",
	"Remove a box that no machine uses, and free its disk",
	run,
};
