/* SPDX-License-Identifier: Apache-2.0 */
/* Parts machines by nft(8). */
#include "providers/libvirt_parting.h"

#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"

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
	ret = a ? add_pairs(project_id, a, b, err) : remove_table(project_id, err);
	return ret < 0 ?
		       error_wrap(err, a ? "cannot part the machines" : "cannot heal the parting") :
		       0;
}

void libvirt_parting_remove(struct libvirt_provider *p, const char *project_id)
{
	cleanup_error struct error ignored = { 0 };

	if (geteuid() == 0 && !p->is_test)
		remove_table(project_id, &ignored);
}
