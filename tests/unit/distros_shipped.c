/* SPDX-License-Identifier: Apache-2.0 */
/* boxes/catalog.json, as it is shipped. */
#include "boxes/distros.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

#define SHIPPED "boxes/catalog.json"

static struct distros *load(const char *path)
{
	cleanup_error struct error err = { 0 };
	struct distros *d = NULL;

	if (distros_load(path, &d, &err) < 0)
		fail_msg("%s", err.text);
	return d;
}

static void check_address(const char *url)
{
	if (!text_has_prefix(url, "https://") || strpbrk(url, " \t<>\"") || strstr(url + 8, "//") ||
	    strstr(url, "latest/latest"))
		fail_msg("'%s' is no good address", url);
}

static void check_addresses(const json_t *list)
{
	size_t i;
	json_t *value;

	json_array_foreach(list, i, value) check_address(json_string_value(value));
}

static void check_image(const char *name, const json_t *image)
{
	const json_t *version = json_object_get(image, "version");
	const json_t *stream = json_object_get(image, "simplestreams");
	const char *from = json_string_value(json_object_get(version, "from"));
	bool kvm = !strcmp(json_string_value(json_object_get(image, "provider")), "kvm");

	check_addresses(json_object_get(image, "urls"));
	check_addresses(json_object_get(image, "sums"));
	if (from && strcmp(from, "url") != 0 && strcmp(from, "sums") != 0)
		check_address(from);
	if (stream)
		check_address(json_string_value(json_object_get(stream, "server")));
	else if (!json_array_size(json_object_get(image, "sums")))
		fail_msg("'%s' has no checksums", name);
	if (!json_object_get(image, "user"))
		fail_msg("'%s' has no user", name);
	if (kvm != (json_object_get(image, "first_boot") != NULL))
		fail_msg("'%s': only disks take their keys at the first boot", name);
}

/* What the loader does not ask of catalogs in general. */
static void the_shipped_catalog_is_tidy(void **state)
{
	json_error_t why;
	json_t *root = json_load_file(SHIPPED, JSON_REJECT_DUPLICATES, &why), *one, *image;
	const char *before = "";
	size_t i, j;

	(void)state;
	if (!root)
		fail_msg("line %d: %s", why.line, why.text);
	json_array_foreach(json_object_get(root, "distributions"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (strcmp(before, name) >= 0)
			fail_msg("'%s' stands before '%s'", before, name);
		before = name;
		assert_non_null(strchr(name, '/'));
		json_array_foreach(json_object_get(one, "images"), j, image)
			check_image(name, image);
	}
	json_decref(root);
}

static bool offers(const struct distros_row *row, const char *what)
{
	for (size_t i = 0; i < row->offer_count; i++)
		if (!strcmp(row->offers[i], what))
			return true;
	return false;
}

static void the_shipped_catalog_is_read(void **state)
{
	static const char *const names[] = {
		"debian",        "debian/11", "debian/12",     "debian/bookworm",
		"debian/13",     "ubuntu",    "ubuntu/22.04",  "ubuntu/noble",
		"ubuntu/26.04",  "fedora",    "fedora/43",     "alpine",
		"alpine/3.22",   "archlinux", "arch",          "opensuse",
		"opensuse/leap", "rocky/8",   "rocky",         "almalinux/9",
		"alma",          "centos/10", "opensuse/15.6", "opensuse/tumbleweed",
	};
	cleanup_distros struct distros *d = load(SHIPPED);

	(void)state;
	assert_true(distros_count(d) > 20);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!distros_has(d, names[i]))
			fail_msg("'%s' is not known", names[i]);
	assert_false(distros_has(d, "debian/"));
	assert_false(distros_has(d, "deb"));
	assert_false(distros_has(d, "opensuse/"));
	for (size_t i = 0; i < distros_count(d); i++) {
		struct distros_row row = distros_row(d, i);

		if (!offers(&row, "kvm amd64"))
			fail_msg("'%s' is not for kvm on amd64", row.name);
		if (text_has_prefix(row.name, "ubuntu/"))
			assert_true(offers(&row, "container amd64"));
		assert_true(*row.title);
	}
	assert_string_equal(distros_nearest(d, "debian/bokworm"), "debian/bookworm");
	assert_string_equal(distros_nearest(d, "ubunto/24.04"), "ubuntu/24.04");
	assert_null(distros_nearest(d, "acme/web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_catalog_is_tidy),
		cmocka_unit_test(the_shipped_catalog_is_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
