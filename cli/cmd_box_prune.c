/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box prune: boxes that nobody uses, by age, number or room; scripts from URLs, by age. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boxes/content.h"
#include "boxes/download.h"
#include "boxes/facts.h"
#include "boxes/prune.h"
#include "boxes/staging.h"
#include "cli/discard.h"
#include "cli/urlscript.h"
#include "core/turn.h"

#define DAY_S 86400
/* Whoever brings a box writes its content down first and its name a moment later. */
#define FRESH_S 600
#define DOWNLOAD_KEPT_S (7u * DAY_S)
#define SCRIPT_KEPT_S (30 * (int64_t)DAY_S)
#define MIB_SHIFT 20

struct prune {
	const char *keep, *max_size, *unused;
	bool dry_run;
	struct prune_rules rules;
};

/* What is in the store, as the choice wants it. */
struct stocktaking {
	struct entries entries;
	char **digests;
	size_t count;
	struct prune_content *contents;
	bool vms, containers; /* what of them stays since nobody tells whether a machine uses it */
};

static void clear_stocktaking(struct stocktaking *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->digests[i]);
	free(t->digests);
	free(t->contents);
	entries_clear(&t->entries);
}
#define cleanup_stocktaking cleanup(clear_stocktaking)

/* Without a record of it, it may be for anybody. */
static bool may_be_in_use(struct session *s, struct stocktaking *t, const char *digest)
{
	cleanup_content struct content c = { 0 };
	cleanup_error struct error none = { 0 };
	bool any = content_load(s->home, digest, &c, &none) < 0;
	bool vm = (any || c.kind == IMAGE_DISK) && discard_doubt(s, "kvm");
	bool container = (any || c.kind == IMAGE_ROOTFS) && discard_doubt(s, "container");

	t->vms = t->vms || vm;
	t->containers = t->containers || container;
	return vm || container;
}

static int take_stock(struct session *s, struct stocktaking *out, struct error *err)
{
	if (session_observe_some(s, err) < 0 || entries_load(s->home, &out->entries, err) < 0 ||
	    content_list(s->home, &out->digests, &out->count, err) < 0)
		return -1;
	out->contents = xcalloc(out->count, sizeof(*out->contents));
	for (size_t i = 0; i < out->count; i++) {
		const char *digest = out->digests[i];

		out->contents[i] =
			(struct prune_content){ .digest = digest,
						.disk_bytes = discard_bytes(s, digest),
						.used_at = content_used_at(s->home, digest),
						.in_use = discard_user(s, digest) ||
							  may_be_in_use(s, out, digest) };
	}
	return 0;
}

static void tell(struct session *s, const char *name, const char *version, const char *digest,
		 enum prune_cause cause, json_t *list)
{
	out_line(s->out, "%s%s%s  %.12s  %s", name, version ? " " : "", version ? version : "",
		 digest, prune_cause_text(cause));
	json_array_append_new(list, json_pack("{s:s?, s:s?, s:s, s:s}", "name",
					      *name == '(' ? NULL : name, "version", version,
					      "digest", digest, "reason", prune_cause_text(cause)));
}

/* Names first: then nobody means the contents any more. */
static int carry_out(struct session *s, const struct prune *p, const struct stocktaking *t,
		     const struct prune_choice *choice, json_t *list, struct error *err)
{
	uint64_t ignored = 0;

	for (size_t i = 0; i < t->entries.count; i++) {
		const struct entry *e = &t->entries.at[i];

		if (choice->entries[i] == PRUNE_STAYS)
			continue;
		tell(s, e->name, e->version, e->digest, choice->entries[i], list);
		if (!p->dry_run && discard_entry(s, e, &ignored, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < t->count; i++) {
		if (choice->contents[i] == PRUNE_STAYS)
			continue;
		if (entries_count_digest(&t->entries, t->digests[i]) == 0)
			tell(s, "(no name)", NULL, t->digests[i], choice->contents[i], list);
		if (!p->dry_run && discard_content(s, t->digests[i], &ignored, err) < 0)
			return error_wrap(err, "cannot remove %.12s", t->digests[i]);
	}
	return 0;
}

static int sweep_turns(struct session *s, struct error *err)
{
	cleanup_free char *locks = fs_join(s->home, "locks"), *rootfs = fs_join(s->home, "rootfs");

	return turn_sweep(locks, "", err) < 0 || turn_sweep(rootfs, ".lock", err) < 0 ? -1 : 0;
}

/* What processes left that were killed in the midst of a box; an engine that is not there has nothing to tidy. */
static int tidy(struct session *s, struct error *err)
{
	static const char *const folders[] = { "",         "boxes/",     "names/",
					       "digests/", "downloads/", "scripts/" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *folder = xasprintf("%s/%s", s->home, folders[i]);

		fs_sweep(folder);
	}
	for (size_t i = 0; providers[i]; i++) {
		cleanup_error struct error problem = { 0 };
		struct provider *p;

		if (providers[i]->base_sweep && session_may_hold(s, providers[i]) &&
		    session_provider(s, providers[i]->name, &p, &problem) == 0 &&
		    provider_base_sweep(p, err) < 0)
			return -1;
	}
	if (sweep_turns(s, err) < 0 || facts_sweep(s->home, err) < 0)
		return -1;
	return staging_sweep(s->home, err);
}

struct scripts {
	struct out *out;
	json_t *list;
};

static void tell_script(void *ctx, const char *digest)
{
	const struct scripts *scripts = ctx;
	const char *reason = prune_cause_text(PRUNE_UNUSED);

	out_line(scripts->out, "(script)  %.12s  %s", digest, reason);
	json_array_append_new(scripts->list,
			      json_pack("{s:s, s:s}", "digest", digest, "reason", reason));
}

/* Whoever names boxes means no scripts. */
static int sweep_scripts(struct session *s, const struct prune *p, json_t *list, uint64_t *bytes,
			 struct error *err)
{
	struct scripts scripts = { s->out, list };
	const struct url_script_sweep sweep = {
		.home = s->home,
		.unused_s = p->rules.unused_s ? p->rules.unused_s : SCRIPT_KEPT_S,
		.dry_run = p->dry_run,
		.gone = tell_script,
		.ctx = &scripts,
	};

	return p->rules.names.count ? 0 : url_scripts_sweep(&sweep, bytes, err);
}

static int prune(struct session *s, const struct prune *p, struct error *err)
{
	cleanup_stocktaking struct stocktaking t = { 0 };
	cleanup_prune_choice struct prune_choice choice = { 0 };
	struct prune_view view = { .entries = &t.entries, .now = time(NULL) };
	cleanup_free char *freed = NULL;
	uint64_t others = 0;
	json_t *list, *scripts;

	if (take_stock(s, &t, err) < 0)
		return -1;
	view.contents = t.contents;
	view.content_count = t.count;
	prune_choose(&view, &p->rules, &choice);
	if (!p->dry_run && tidy(s, err) < 0)
		return -1;
	if (!p->dry_run && downloads_sweep(s->home, DOWNLOAD_KEPT_S, &others, err) < 0)
		return -1;
	list = json_array();
	scripts = json_array();
	if (carry_out(s, p, &t, &choice, list, err) < 0 ||
	    sweep_scripts(s, p, scripts, &others, err) < 0) {
		json_decref(list);
		json_decref(scripts);
		return -1;
	}
	discard_warn(s, t.vms, t.containers);
	freed = text_format_mib((choice.freed_bytes + others) >> MIB_SHIFT);
	if (json_array_size(list) == 0 && json_array_size(scripts) == 0 && others == 0)
		out_info(s->out, "nothing to do: no box is to be removed");
	else
		out_info(s->out, "%s%s", p->dry_run ? "would free " : "freed ", freed);
	out_document(s->out, json_pack("{s:o, s:o, s:I, s:b}", "removed", list, "scripts", scripts,
				       "size_bytes", (json_int_t)(choice.freed_bytes + others),
				       "dry_run", (int)p->dry_run));
	return 0;
}

static int number(const char *option, const char *text, unsigned *out, struct error *err)
{
	char *end;
	unsigned long v;

	if (!text)
		return 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || v == 0 || v > 100000)
		return error_set(err, ERROR_USAGE,
				 "'--%s' wants a number from 1 to 100000, not '%s'", option, text);
	*out = (unsigned)v;
	return 0;
}

static int read_rules(struct prune *p, struct error *err)
{
	unsigned days = 0;
	uint64_t mib;

	if (number("keep", p->keep, &p->rules.keep_versions, err) < 0 ||
	    number("unused", p->unused, &days, err) < 0)
		return -1;
	p->rules.unused_s = (int64_t)days * DAY_S;
	p->rules.fresh_s = FRESH_S;
	if (!p->max_size)
		return 0;
	if (!text_parse_size_mib(p->max_size, &mib))
		return error_set(err, ERROR_USAGE,
				 "'--max-size' wants a size such as 20G, not '%s'", p->max_size);
	p->rules.has_budget = true;
	p->rules.budget_bytes = mib << MIB_SHIFT;
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct prune p = { 0 };
	const struct option_row rows[] = {
		{ 0, "keep", OPTION_STRING, &p.keep, "N", "keep the N newest versions of each" },
		{ 0, "max-size", OPTION_STRING, &p.max_size, "SIZE",
		  "until the rest fits; the longest unused go first" },
		{ 0, "unused", OPTION_STRING, &p.unused, "DAYS", "what was not used for so long" },
		{ 'n', "dry-run", OPTION_FLAG, &p.dry_run, NULL, "only show what would go" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	p.rules.names = (struct strings){ (const char **)(uintptr_t)argv, (size_t)argc };
	return read_rules(&p, err) < 0 ? -1 : prune(s, &p, err);
}

const struct command cmd_box_prune = {
	"box prune", "box", "[OPTIONS] [NAME…]", "Remove boxes that nobody uses", run,
};
