/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box info: all that is known of a box in the store. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boxes/content.h"
#include "cli/discard.h"
#include "cli/pick.h"

static char *first_boot_words(unsigned first_boot)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{ FIRST_BOOT_CREDENTIALS, "systemd credentials" },
		{ FIRST_BOOT_NOCLOUD, "cloud-init (NoCloud)" },
		{ FIRST_BOOT_KNOWN_KEY, "the well-known key, replaced at the first login" },
	};
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (first_boot & words[i].bit)
			text_addf(&t, "%s%s", t.len ? ", " : "", words[i].word);
	}
	return t.len ? text_take(&t) : xstrdup("written into its root");
}

static void format_time(int64_t seconds, char out[static 32])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M", &tm))
		memcpy(out, "never", sizeof("never"));
}

static json_t *disks_document(const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->disk_count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:I, s:I}", "format", c->disks[i].format,
						"file_bytes", (json_int_t)c->disks[i].file_bytes,
						"disk_bytes", (json_int_t)c->disks[i].disk_bytes));
	return list;
}

static void print_disks(struct session *s, const struct content *c)
{
	for (size_t i = 0; i < c->disk_count; i++) {
		const struct image_disk *d = &c->disks[i];
		cleanup_free char *disk = text_format_bytes(d->disk_bytes);
		cleanup_free char *file = text_format_bytes(d->file_bytes);

		out_line(s->out, "  disk %zu        %s (%s, stored in %s)", i + 1, disk, d->format,
			 file);
	}
}

static json_t *show(struct session *s, const struct entry *e, const struct content *c)
{
	const char *user = discard_user(s, e->digest);
	cleanup_free char *size = text_format_bytes(e->size_bytes);
	cleanup_free char *first_boot = first_boot_words(c->first_boot);
	char added[32], used[32];

	format_time(e->added_at, added);
	format_time(content_used_at(s->home, e->digest), used);
	out_line(s->out, "%s %s (%s, %s)", e->name, e->version ? e->version : "-", e->provider,
		 e->architecture);
	out_line(s->out, "  sha256        %s", e->digest);
	out_line(s->out, "  from          %s", e->url);
	if (e->catalog_url)
		out_line(s->out, "  catalog       %s", e->catalog_url);
	out_line(s->out, "  size          %s", size);
	print_disks(s, c);
	out_line(s->out, "  login         %s", c->user ? c->user : "root");
	out_line(s->out, "  keys by       %s", first_boot);
	out_line(s->out, "  added         %s", added);
	out_line(s->out, "  last used     %s%s%s", used, user ? ", by machine " : "",
		 user ? user : "");
	return json_pack("{s:s, s:s?, s:s, s:s, s:I, s:s, s:o, s:s, s:s?, s:s?, s:o, s:I, s:I}",
			 "name", e->name, "version", e->version, "provider", e->provider,
			 "architecture", e->architecture, "size_bytes", (json_int_t)e->size_bytes,
			 "digest", e->digest, "in_use", discard_in_use(s, e), "url", e->url,
			 "catalog_url", e->catalog_url, "user", c->user, "disks", disks_document(c),
			 "added_at", (json_int_t)e->added_at, "used_at",
			 (json_int_t)content_used_at(s->home, e->digest));
}

static int info(struct session *s, const struct pick *pick, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	const struct entry **found;
	bool containers = false, vms = false;
	json_t *list;
	size_t count;

	if (session_observe_some(s, err) < 0 || entries_load(s->home, &all, err) < 0 ||
	    pick_entries(pick, &all, &found, &count, err) < 0)
		return -1;
	list = json_array();
	for (size_t i = 0; i < count; i++) {
		cleanup_content struct content content = { 0 };
		cleanup_error struct error none = { 0 };

		/* A name whose content is gone is shown with what the name says. */
		if (content_load(s->home, found[i]->digest, &content, &none) < 0)
			content = (struct content){ 0 };
		json_array_append_new(list, show(s, found[i], &content));
		containers = containers || strcmp(found[i]->provider, "container") == 0;
		vms = vms || strcmp(found[i]->provider, "container") != 0;
	}
	discard_warn(s, vms, containers);
	free(found);
	out_document(s->out, list);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct pick pick = { 0 };
	const struct option_row rows[] = { PICK_ROWS(&pick) };
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0) {
		error_set(err, ERROR_USAGE, "no box named");
		return command_misused(&cmd_box_info, err);
	}
	pick.name = argv[0];
	return info(s, &pick, err);
}

const struct command cmd_box_info = {
	"box info",
	"box",
	"[OPTIONS] NAME",
	"Tell what a box is, where it came from and who uses it",
	run,
};
