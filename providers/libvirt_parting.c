/* SPDX-License-Identifier: Apache-2.0 */
/* Parts machines by nft(8). */
#include "providers/libvirt_parting.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"

#define NOTES "/run/bothy/parted"
#define NOTE_BYTES ((size_t)64 << 20)
#define NFT_MS 10000
#define PAIRS_MAX 1000 /* an argument of a program takes 128 KiB */

static int run_nft(const char *commands, struct error *err)
{
	int ret = proc_must((const char *[]){ "nft", commands, NULL }, clock_ms() + NFT_MS, err);

	if (ret < 0 && err->kind == ERROR_NOT_FOUND)
		error_hint(err, "sudo apt install nftables");
	return ret;
}

/* Makes the table before it removes it, so that there being none is no error. */
static int remove_table(const char *project_id, struct error *err)
{
	cleanup_free char *commands = xasprintf("add table bridge bothy_%s; "
						"delete table bridge bothy_%s",
						project_id, project_id);

	return run_nft(commands, err);
}

static void add_table(struct text *t, const char *project_id)
{
	text_addf(t, "add table bridge bothy_%s; ", project_id);
	text_addf(t, "add set bridge bothy_%s parted { type ether_addr . ether_addr; }; ",
		  project_id);
	text_addf(t, "add chain bridge bothy_%s forward { type filter hook forward priority 0; }; ",
		  project_id);
	text_addf(t, "flush chain bridge bothy_%s forward; ", project_id);
	text_addf(t, "add rule bridge bothy_%s forward ether saddr . ether daddr @parted drop; ",
		  project_id);
}

/* Both arrive at nft as part of a program. */
static int check_macs(const struct strings *macs, struct error *err)
{
	for (size_t i = 0; i < macs->count; i++)
		if (strlen(macs->at[i]) != NETWORK_MAC_BYTES - 1 ||
		    macs->at[i][strspn(macs->at[i], "0123456789abcdefABCDEF:")])
			return error_set(err, ERROR_PROVIDER, "'%s' is no hardware address",
					 macs->at[i]);
	return 0;
}

static int add_pairs(const char *project_id, const struct strings *a, const struct strings *b,
		     struct error *err)
{
	cleanup_text struct text t = { 0 };

	for (size_t n = 0; n < a->count * b->count; n++) {
		const char *one = a->at[n / b->count], *two = b->at[n % b->count];

		if (!t.len)
			add_table(&t, project_id);
		if (strcasecmp(one, two) != 0)
			text_addf(&t, "add element bridge bothy_%s parted { %s . %s, %s . %s }; ",
				  project_id, one, two, two, one);
		if ((n + 1) % PAIRS_MAX && n + 1 < a->count * b->count)
			continue;
		if (run_nft(text_str(&t), err) < 0)
			return -1;
		text_reset(&t);
	}
	return 0;
}

static char *note_path(const char *project_id)
{
	return fs_join(NOTES, project_id);
}

/* What nft was told before stays. */
static int add_note(const char *project_id, const struct strings *a, const struct strings *b,
		    struct error *err)
{
	cleanup_free char *path = note_path(project_id);
	cleanup_text struct text t = { 0 };

	if (fs_make_dirs(NOTES, 0755, NULL, err) < 0 ||
	    (fs_exists(path) && fs_read(path, NOTE_BYTES, &t, err) < 0))
		return -1;
	for (size_t n = 0; n < a->count * b->count; n++)
		text_addf(&t, "%s %s\n", a->at[n / b->count], b->at[n % b->count]);
	return fs_write(path, text_str(&t), t.len, 0644, NULL, err);
}

static int part(const char *project_id, const struct strings *a, const struct strings *b,
		struct error *err)
{
	return add_pairs(project_id, a, b, err) < 0 ? -1 : add_note(project_id, a, b, err);
}

static int heal(const char *project_id, struct error *err)
{
	cleanup_free char *path = note_path(project_id);

	return remove_table(project_id, err) < 0 ? -1 : fs_remove(path, err);
}

int libvirt_cards_part(struct provider *base, const char *project_id, const struct strings *a,
		       const struct strings *b, struct error *err)
{
	int ret;

	if (libvirt_of(base)->is_test)
		return 0;
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED, "parting machines needs root");
		return error_hint(err, "run it again with sudo");
	}
	if (a && (check_macs(a, err) < 0 || check_macs(b, err) < 0))
		return -1;
	ret = a ? part(project_id, a, b, err) : heal(project_id, err);
	return ret < 0 ?
		       error_wrap(err, a ? "cannot part the machines" : "cannot heal the parting") :
		       0;
}

void libvirt_parting_remove(struct libvirt_provider *p, const char *project_id)
{
	cleanup_error struct error ignored = { 0 };

	if (geteuid() == 0 && !p->is_test)
		heal(project_id, &ignored);
}

static bool is_known(const struct observed *o, const char *project_id, const char *one,
		     const char *other)
{
	for (size_t i = 0; i < o->parting_count; i++) {
		const struct observed_parting *p = &o->partings[i];

		if (strcmp(p->project_id, project_id) == 0 && strcmp(p->one, one) == 0 &&
		    strcmp(p->other, other) == 0)
			return true;
	}
	return false;
}

static void observe_note(const char *project_id, struct observed *out)
{
	cleanup_free char *path = note_path(project_id);
	char one[NETWORK_MAC_BYTES], other[NETWORK_MAC_BYTES];
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text t = { 0 };
	const char *line;
	int used;

	if (fs_read(path, NOTE_BYTES, &t, &ignored) < 0)
		return;
	for (line = text_str(&t); sscanf(line, "%17s %17s\n%n", one, other, &used) == 2;
	     line += used) {
		if (line == text_str(&t) && is_known(out, project_id, one, other))
			return;
		observed_add_parting(out, project_id, one, other);
	}
}

void libvirt_parting_observe(const char *project_id, struct observed *out)
{
	DIR *dir = project_id ? NULL : opendir(NOTES);
	struct dirent *entry;

	if (project_id)
		observe_note(project_id, out);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			observe_note(entry->d_name, out);
	}
	if (dir)
		closedir(dir);
}
