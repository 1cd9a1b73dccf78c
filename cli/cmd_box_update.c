/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box outdated and box update: what has become of boxes where they came from. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/version.h"
#include "cli/bring.h"
#include "cli/pick.h"
#include "cli/stock.h"

struct newer {
	bool global;
	struct pick pick;
	bool fetch; /* update: bring what is newer */
};

/* Only what has a name, and so a place where newer ones are told of. */
static bool can_be_asked_for(const struct session *s, const struct entry *e)
{
	return e->catalog_url ||
	       resolve_kind(stock_resolve_conf(s)->directory, e->name) == RESOLVE_NAME;
}

static bool is_used_here(const struct session *s, const struct entry *e)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (strcmp(s->env.machines[i].box, e->name) == 0)
			return true;
	}
	return false;
}

/* Entries come newest first: of each name, provider and architecture the first one speaks for all. */
static bool is_newest(const struct entries *all, size_t index)
{
	const struct entry *e = &all->at[index];

	for (size_t i = 0; i < index; i++) {
		const struct entry *before = &all->at[i];

		if (strcmp(before->name, e->name) == 0 &&
		    strcmp(before->provider, e->provider) == 0 &&
		    strcmp(before->architecture, e->architecture) == 0)
			return false;
	}
	return true;
}

static bool is_newer(const struct offer *offer, const struct entry *e)
{
	if (offer->version && e->version)
		return version_compare(offer->version, e->version) > 0;
	return checksum_is_set(&offer->checksum) && offer->checksum.kind == DIGEST_SHA256 &&
	       strcmp(offer->checksum.hex, e->digest) != 0;
}

static json_t *row_document(const struct entry *e, const struct offer *offer, bool newer,
			    const struct error *problem)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:b, s:s?}", "name", e->name, "provider",
			 e->provider, "architecture", e->architecture, "version", e->version,
			 "latest", offer->version, "outdated", (int)newer, "error",
			 problem->kind ? problem->text : NULL);
}

static int fetch(struct session *s, const struct entry *e, const struct box_want *want,
		 struct error *err)
{
	struct watcher watch = out_watcher(s->out);
	struct bring b = { .session = s, .want = want, .name = e->name, .watch = &watch };
	struct entry brought;

	if (stock_default_provider(s, &b.preferred, err) < 0 ||
	    bring_box(&b, &brought, NULL, err) < 0)
		return -1;
	out_info(s->out, "'%s' (%s, %s): updated %s → %s", e->name, e->provider, e->architecture,
		 e->version ? e->version : "-", brought.version ? brought.version : "-");
	entry_clear(&brought);
	return 0;
}

static int look(struct session *s, const struct newer *n, const struct entry *e, json_t *list,
		struct error *err)
{
	/* By the catalog's own place: the box may be called otherwise here than there. */
	struct box_want want = { .name = e->catalog_url ? e->catalog_url : e->name,
				 .provider = e->provider,
				 .architecture = e->architecture };
	cleanup_offer struct offer offer = { 0 };
	cleanup_error struct error problem = { 0 };
	bool newer = false;

	if (resolve(stock_resolve_conf(s), &want, &offer, &problem) == 0)
		newer = is_newer(&offer, e);
	json_array_append_new(list, row_document(e, &offer, newer, &problem));
	if (problem.kind) {
		out_warn(s->out, "warning: '%s' (%s, %s): %s", e->name, e->provider,
			 e->architecture, problem.text);
		return 0;
	}
	if (n->fetch && newer)
		return fetch(s, e, &want, err);
	out_line(s->out,
		 newer ? "'%s' (%s, %s): %s is here, %s can be had" :
			 "'%s' (%s, %s): %s is the newest",
		 e->name, e->provider, e->architecture, e->version ? e->version : "-",
		 offer.version ? offer.version : "another one");
	return 0;
}

/* Nobody should take a typing mistake for good news. */
static int check_name(const struct newer *n, const struct entries *all, struct error *err)
{
	const struct entry **found;
	size_t count;

	if (!n->pick.name)
		return 0;
	if (pick_entries(&n->pick, all, &found, &count, err) < 0)
		return -1;
	free(found);
	return 0;
}

static int look_at_all(struct session *s, const struct newer *n, json_t *list, size_t *out_count,
		       struct error *err)
{
	cleanup_entries struct entries all = { 0 };

	*out_count = 0;
	if (entries_load(s->home, &all, err) < 0 || check_name(n, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		const struct entry *e = &all.at[i];

		if (!is_newest(&all, i) || !can_be_asked_for(s, e) || !pick_fits(&n->pick, e) ||
		    (!n->global && !n->pick.name && !is_used_here(s, e)))
			continue;
		++*out_count;
		if (look(s, n, e, list, err) < 0)
			return -1;
	}
	return 0;
}

static int newer(struct session *s, const struct newer *n, struct error *err)
{
	json_t *list;
	size_t count;

	if (!n->global && !n->pick.name && session_load(s, err) < 0)
		return err->kind == ERROR_NOT_FOUND ?
			       error_hint(err, "--global asks for the boxes of all projects") :
			       -1;
	if (stock_configure(s, err) < 0)
		return -1;
	list = json_array();
	if (look_at_all(s, n, list, &count, err) < 0) {
		json_decref(list);
		return -1;
	}
	if (count == 0)
		out_info(s->out,
			 n->pick.name ? "nobody tells of newer versions of that box" :
					"no box in the store has a place that tells of newer ones");
	else if (n->fetch)
		out_info(s->out, "machines stay as they are; 'bothy lock --update' lets a project "
				 "use the newer boxes");
	out_document(s->out, list);
	return 0;
}

static int run_outdated(struct session *s, int argc, char **argv, struct error *err)
{
	struct newer n = { 0 };
	const struct option_row rows[] = {
		{ 0, "global", OPTION_FLAG, &n.global, NULL, "all boxes, not only the project's" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	return newer(s, &n, err);
}

static int run_update(struct session *s, int argc, char **argv, struct error *err)
{
	struct newer n = { .fetch = true };
	const struct option_row rows[] = {
		{ 0, "global", OPTION_FLAG, &n.global, NULL, "all boxes, not only the project's" },
		{ 0, "box", OPTION_STRING, &n.pick.name, "NAME", "only this one" },
		{ 0, "provider", OPTION_STRING, &n.pick.provider, "PROVIDER", "kvm or container" },
		{ 'a', "architecture", OPTION_STRING, &n.pick.architecture, "ARCH",
		  "amd64, arm64, …" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	return newer(s, &n, err);
}

const struct command cmd_box_outdated = {
	"box outdated", "box", "[--global]", "Ask whether there are newer versions", run_outdated,
};

const struct command cmd_box_update = {
	"box update", "box", "[OPTIONS]", "Bring newer versions; machines stay as they are",
	run_update,
};
