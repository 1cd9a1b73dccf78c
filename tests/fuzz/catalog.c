/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: all that publishers, servers and colleagues write about boxes. The first byte chooses: c catalog,
 * d release of a distribution, i index and p products of simplestreams, l lines of bothy.lock, m
 * metadata.json, s sums, v constraint and two versions. tests/unit/catalog_corpus.c replays the corpus without libFuzzer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/catalog.h"
#include "boxes/distro.h"
#include "boxes/http.h"
#include "boxes/lockline.h"
#include "boxes/metadata.h"
#include "boxes/simplestreams.h"
#include "boxes/sums.h"
#include "boxes/version.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void try_catalog(const void *data, size_t len)
{
	static const struct box_want wants[] = { { .provider = "kvm", .architecture = "amd64" },
						 { .provider = "container" },
						 { .version = "~> 1.2, != 1.3" } };
	cleanup_error struct error err = { 0 };
	cleanup_catalog struct catalog *c = NULL;

	catalog_is(data, len);
	if (catalog_parse(data, len, "https://example.org/a/b.json", &c, &err) < 0)
		return;
	must(*catalog_name(c));
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		cleanup_offer struct offer o = { 0 };

		if (catalog_choose(c, &wants[i], &o, &err) == 0)
			must(o.url_count == 1 && http_is_url(o.urls[0]));
	}
}

static void try_distro(const void *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	struct arena arena = { 0 };
	struct distro d;
	json_t *root = json_loadb(data, len, 0, NULL);

	if (root && distro_read(&arena, root, &d, &err) == 0) {
		must(distro_is(&d, d.name));
		distro_image(&d, "kvm", "amd64");
	}
	json_decref(root);
	arena_clear(&arena);
}

static void try_index(const void *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	char **paths = NULL;
	size_t count = 0;

	if (simplestreams_index(data, len, &paths, &count, &err) < 0)
		return;
	must(count > 0);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

static void try_products(const void *data, size_t len)
{
	static const char *const names[] = { "debian/12", "ubuntu/24.04/cloud", "a" };
	cleanup_error struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct box_want want = { .name = names[i], .architecture = "amd64" };
		cleanup_offer struct offer o = { 0 };

		if (simplestreams_choose(data, len, "https://example.org/x", &want, &o, &err) == 0)
			must(text_has_prefix(o.urls[0], "https://example.org/x/"));
	}
}

/* What is taken is written so that it is taken again. */
static void try_lock(const char *data, size_t len)
{
	for (const char *end = data + len; data < end;) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t bytes = (size_t)((newline ? newline : end) - data);
		cleanup_error struct error err = { 0 };
		cleanup_lockfile struct lockfile one = { 0 }, again = { 0 };

		if (lockline_parse(data, bytes, &one, &err) == 0) {
			cleanup_free char *line = one.box_count ? lockline_of_box(&one.boxes[0]) :
								  lockline_of_file(&one.files[0]);

			must(lockline_parse(line, strlen(line), &again, &err) == 0);
			must(again.box_count == one.box_count);
		}
		data += bytes + 1;
	}
}

static void try_metadata(const void *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	cleanup_metadata struct metadata m = { 0 };

	metadata_parse(data, len, &m, &err);
}

static void try_sums(const char *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	struct checksum c;

	if (sums_find(data, len, "a.img", &c, &err) == 0)
		must(checksum_is_set(&c));
	sums_find(data, len, NULL, &c, &err);
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void try_version(const char *data, size_t len)
{
	cleanup_free char *text = xstrndup(data, len);
	cleanup_error struct error err = { 0 };
	cleanup_constraint struct constraint *c = NULL;
	const char *part[3] = { "", "", "" };
	char *save = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		const char *word = strtok_r(i ? NULL : text, "\n", &save);

		part[i] = word ? word : "";
	}
	must(version_compare(part[1], part[1]) == 0);
	must(sign(version_compare(part[1], part[2])) == -sign(version_compare(part[2], part[1])));
	if (constraint_parse(part[0], &c, &err) < 0)
		return;
	constraint_holds(c, NULL);
	/* Equal versions are treated alike. */
	if (version_is(part[1]) && version_compare(part[1], part[2]) == 0)
		must(constraint_holds(c, part[1]) == constraint_holds(c, part[2]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 1;

	if (!len)
		return 0;
	switch (data[0]) {
	case 'c':
		try_catalog(text, len - 1);
		break;
	case 'd':
		try_distro(text, len - 1);
		break;
	case 'i':
		try_index(text, len - 1);
		break;
	case 'l':
		try_lock(text, len - 1);
		break;
	case 'm':
		try_metadata(text, len - 1);
		break;
	case 'p':
		try_products(text, len - 1);
		break;
	case 's':
		try_sums(text, len - 1);
		break;
	default:
		try_version(text, len - 1);
	}
	return 0;
}
