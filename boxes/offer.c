/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes that can be had, and the words publishers use for engines and processors. */
#include "boxes/offer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct synonym {
	const char *word, *meaning;
};

static const struct synonym providers[] = {
	{ "kvm", "kvm" },
	{ "libvirt", "kvm" },
	{ "qemu", "kvm" },
	{ "lxc", "container" },
	{ "lxd", "container" },
	{ "incus", "container" },
	{ "container", "container" },
};

/* From uname's, RPM's and LLVM's words to those of Debian. */
static const struct synonym architectures[] = {
	{ "x86_64", "amd64" },        { "x86-64", "amd64" },
	{ "x64", "amd64" },           { "aarch64", "arm64" },
	{ "arm64v8", "arm64" },       { "i386", "i386" },
	{ "i486", "i386" },           { "i586", "i386" },
	{ "i686", "i386" },           { "x86", "i386" },
	{ "armv7l", "armhf" },        { "armv7", "armhf" },
	{ "armhfp", "armhf" },        { "ppc64le", "ppc64el" },
	{ "powerpc64le", "ppc64el" }, { "loongarch64", "loong64" },
};

static const char *meaning(const struct synonym *table, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].word, word))
			return table[i].meaning;
	return NULL;
}

const char *offer_provider(const char *word)
{
	return meaning(providers, ARRAY_SIZE(providers), word);
}

const char *offer_architecture(const char *word)
{
	const char *known = meaning(architectures, ARRAY_SIZE(architectures), word);

	return known ? known : word;
}

const char *offer_host_architecture(void)
{
	static _Thread_local struct utsname host;

	if (uname(&host) < 0)
		return "unknown";
	return offer_architecture(host.machine);
}

void offer_add_url(struct offer *o, const char *url)
{
	o->urls = xgrow(o->urls, o->url_count, sizeof(*o->urls));
	o->urls[o->url_count++] = xstrdup(url);
}

void offer_clear(struct offer *o)
{
	free(o->name);
	free(o->version);
	free(o->provider);
	free(o->architecture);
	for (size_t i = 0; i < o->url_count; i++)
		free(o->urls[i]);
	free(o->urls);
	free(o->user);
	free(o->catalog_url);
	memset(o, 0, sizeof(*o));
}
