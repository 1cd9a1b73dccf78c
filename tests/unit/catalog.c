/* SPDX-License-Identifier: Apache-2.0 */
/* Box catalogs: what is read, what is chosen, and what is said when nothing fits. */
#include "boxes/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

#define URL "https://boxes.example.org/acme/catalog.json"
#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

static const char good[] =
	"\xef\xbb\xbf {\"name\": \"acme/base\", \"description\": null, \"extra\": [1], \"versions\": ["
	"{\"version\": \"1.9\", \"status\": \"active\", \"providers\": ["
	" {\"name\": \"libvirt\", \"url\": \"1.9/amd64.box\", \"architecture\": \"x86_64\","
	"  \"checksum\": \"" SUM "\", \"checksum_type\": \"sha256\"},"
	" {\"name\": \"libvirt\", \"url\": \"https://cdn.example.org/arm.box\", \"architecture\": \"arm64\","
	"  \"checksum\": \"\", \"checksum_type\": \"\"},"
	" {\"name\": \"virtualbox\", \"url\": 7, \"architecture\": 8}]},"
	"{\"version\": \"1.10\", \"providers\": ["
	" {\"name\": \"lxc\", \"url\": \"/lxc.box\", \"checksum\": \"" MD5 "\"}]},"
	"{\"version\": \"2.0.beta\", \"providers\": ["
	" {\"name\": \"qemu\", \"url\": \"u.box\", \"architecture\": \"unknown\","
	"  \"default_architecture\": true},"
	" {\"name\": \"qemu\", \"url\": \"bare.box\"}]},"
	"{\"version\": \"0.1\", \"providers\": ["
	" {\"name\": \"libvirt\", \"url\": \"a.box\"}, {\"name\": \"libvirt\", \"url\": \"b.box\"}]}"
	"]}";

static struct catalog *parse_at(const char *text, const char *url)
{
	cleanup_error struct error err = { 0 };
	struct catalog *c = NULL;

	if (catalog_parse(text, strlen(text), url, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static void choose_at(const char *text, const char *url, const struct box_want *want,
		      struct offer *out)
{
	cleanup_error struct error err = { 0 };
	cleanup_catalog struct catalog *c = parse_at(text, url);

	if (catalog_choose(c, want, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect(const struct box_want *want, const char *version, const char *url)
{
	cleanup_offer struct offer o = { 0 };

	choose_at(good, URL, want, &o);
	assert_string_equal(o.name, "acme/base");
	assert_string_equal(o.version, version);
	assert_int_equal(o.url_count, 1);
	assert_string_equal(o.urls[0], url);
	assert_string_equal(o.catalog_url, URL);
}

static void json_is_told_from_boxes(void **state)
{
	static const char *const yes[] = { "{\"a\":1}",       " \n\t{ \"", "{}",
					   "\xef\xbb\xbf{\"", "{",         "{ \n " };
	static const char *const no[] = { "",       " ",  "[1]",   "QFI\xfb", "\x1f\x8b\x08",
					  "<html>", "{x", "{\x01", "a{\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(catalog_is(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(catalog_is(no[i], strlen(no[i])));
	assert_false(catalog_is("\0\0{\"", 4));
}

static void the_newest_that_fits_is_chosen(void **state)
{
	(void)state;
	expect(&(struct box_want){ .provider = "kvm", .architecture = "amd64" }, "2.0.beta",
	       "https://boxes.example.org/acme/u.box");
	expect(&(struct box_want){ .provider = "kvm",
				   .architecture = "amd64",
				   .version = "< 2.0.a" },
	       "1.9", "https://boxes.example.org/acme/1.9/amd64.box");
	expect(&(struct box_want){ .provider = "kvm", .architecture = "aarch64", .version = "1.9" },
	       "1.9", "https://cdn.example.org/arm.box");
	/* 1.10 is newer than 1.9. */
	expect(&(struct box_want){ .provider = "container", .architecture = "arm64" }, "1.10",
	       "https://boxes.example.org/lxc.box");
	expect(&(struct box_want){ .architecture = "amd64", .version = "~> 1.0" }, "1.10",
	       "https://boxes.example.org/lxc.box");
}

static void checksums_come_along(void **state)
{
	cleanup_offer struct offer sha = { 0 }, none = { 0 }, md5 = { 0 };

	(void)state;
	choose_at(
		good, URL,
		&(struct box_want){ .provider = "kvm", .architecture = "amd64", .version = "1.9" },
		&sha);
	assert_int_equal(sha.checksum.kind, DIGEST_SHA256);
	assert_string_equal(sha.checksum.hex, SUM);
	assert_string_equal(sha.provider, "kvm");
	assert_string_equal(sha.architecture, "amd64");
	choose_at(
		good, URL,
		&(struct box_want){ .provider = "kvm", .architecture = "arm64", .version = "1.9" },
		&none);
	assert_false(checksum_is_set(&none.checksum));
	choose_at(good, URL, &(struct box_want){ .provider = "container" }, &md5);
	assert_int_equal(md5.checksum.kind, DIGEST_MD5);
	assert_null(md5.architecture);
}

static void refuse_choice(const char *text, const char *url, const struct box_want *want,
			  struct error *err)
{
	cleanup_catalog struct catalog *c = parse_at(text, url);
	cleanup_offer struct offer o = { 0 };

	assert_int_equal(catalog_choose(c, want, &o, err), -1);
	assert_null(o.name);
}

static void what_is_offered_is_listed(void **state)
{
	cleanup_error struct error err = { 0 }, any = { 0 }, empty = { 0 };

	(void)state;
	refuse_choice(good, URL,
		      &(struct box_want){
			      .provider = "kvm", .architecture = "riscv64", .version = "< 2.0.a" },
		      &err);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_string_equal(
		err.text,
		"box 'acme/base' is not offered for kvm on riscv64 in a version '< 2.0.a'");
	assert_string_equal(err.hint, "it is offered as\n"
				      "2.0.beta (kvm unknown, kvm)\n"
				      "1.10 (container)\n"
				      "1.9 (kvm amd64, kvm arm64, virtualbox)\n"
				      "0.1 (kvm, kvm)");
	/* Two entries without an architecture: neither is "the only one". */
	refuse_choice(good, URL, &(struct box_want){ .architecture = "amd64", .version = "0.1" },
		      &any);
	assert_string_equal(any.text,
			    "box 'acme/base' is not offered for amd64 in a version '0.1'");
	refuse_choice("{\"name\":\"a\",\"versions\":[]}", URL,
		      &(struct box_want){ .provider = "kvm", .architecture = "amd64" }, &empty);
	assert_string_equal(empty.text, "box 'a' is not offered for kvm on amd64");
	assert_string_equal(empty.hint, "the catalog offers no versions at all");
}

static void long_lists_are_cut(void **state)
{
	cleanup_text struct text text = { 0 };
	cleanup_catalog struct catalog *c = NULL;
	cleanup_error struct error err = { 0 };

	(void)state;
	text_add(&text, "{\"name\":\"a\",\"versions\":[");
	for (int i = 0; i < 30; i++)
		text_addf(&text, "%s{\"version\":\"%d\",\"providers\":[]}", i ? "," : "", i);
	text_add(&text, "]}");
	refuse_choice(text_str(&text), URL, &(struct box_want){ .provider = "kvm" }, &err);
	assert_true(text_has_prefix(err.hint, "it is offered as\n29 ()\n28 ()\n"));
	assert_true(text_has_suffix(err.hint, "\n20 ()\nand 20 more"));
	c = parse_at(text_str(&text), URL);
	assert_string_equal(catalog_name(c), "a");
}

static void expect_place(const char *catalog, const char *url, const char *want)
{
	cleanup_free char *text = xasprintf("{\"name\":\"a\",\"versions\":[{\"version\":\"1\","
					    "\"providers\":[{\"name\":\"kvm\",\"url\":\"%s\"}]}]}",
					    url);
	cleanup_offer struct offer o = { 0 };

	choose_at(text, catalog, &(struct box_want){ .provider = "kvm" }, &o);
	assert_string_equal(o.urls[0], want);
}

static void relative_places_are_meant_from_the_catalog(void **state)
{
	cleanup_error struct error err = { 0 };
	static const char text[] = "{\"name\":\"a\",\"versions\":[{\"version\":\"1\",\"providers\":"
				   "[{\"name\":\"kvm\",\"url\":\"file:///etc/shadow\"}]}]}";

	(void)state;
	expect_place("/srv/boxes/c.json", "x.box", "/srv/boxes/x.box");
	expect_place("/srv/boxes/c.json", "/y.box", "/y.box");
	expect_place("/c.json", "x.box", "/x.box");
	expect_place("/srv/boxes/c.json", "file:///z.box", "file:///z.box");
	expect_place("/srv/boxes/c.json", "https://e.org/z.box", "https://e.org/z.box");
	expect_place(URL, "x.box", "https://boxes.example.org/acme/x.box");
	expect_place(URL, "http://e.org/z.box", "http://e.org/z.box");
	refuse_choice(text, URL, &(struct box_want){ .provider = "kvm" }, &err);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_string_equal(err.text, "catalog '" URL "': version '1': 'file:///etc/shadow' is no "
				      "http or https URL");
}

static void wrong_checksums_and_constraints_are_errors(void **state)
{
	static const char text[] = "{\"name\":\"a\",\"versions\":[{\"version\":\"1\",\"providers\":"
				   "[{\"name\":\"kvm\",\"url\":\"u\",\"checksum\":\"" MD5 "\","
				   "\"checksum_type\":\"sha256\"}]}]}";
	cleanup_error struct error sum = { 0 }, constraint = { 0 };

	(void)state;
	refuse_choice(text, URL, &(struct box_want){ .provider = "kvm" }, &sum);
	assert_string_equal(sum.text, "catalog '" URL "': version '1': a sha256 checksum has 64 "
				      "digits, not 32");
	refuse_choice(text, URL, &(struct box_want){ .version = "newest" }, &constraint);
	assert_string_equal(constraint.text, "'newest' is no constraint of a version");
}

static void refuse(const char *text, const char *why)
{
	cleanup_error struct error err = { 0 };
	cleanup_catalog struct catalog *c = NULL;
	cleanup_free char *want = xasprintf("catalog '" URL "': %s", why);

	if (catalog_parse(text, strlen(text), URL, &c, &err) == 0)
		fail_msg("taken: %s", text);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_string_equal(err.text, want);
	assert_null(c);
}

#define VERSION(providers) \
	"{\"name\":\"a\",\"versions\":[{\"version\":\"1\",\"providers\":" providers "}]}"
#define ENTRY(fields) VERSION("[{\"name\":\"kvm\",\"url\":\"u\"," fields "}]")

static void wrong_types_name_the_member(void **state)
{
	(void)state;
	refuse("[]", "it is not an object");
	refuse("{}", "field 'name' is missing");
	refuse("{\"name\":1}", "field 'name' is not a string");
	refuse("{\"name\":\"\"}", "field 'name' is missing");
	refuse("{\"name\":\"a\"}", "field 'versions' is missing");
	refuse("{\"name\":\"a\",\"versions\":{}}", "field 'versions' is not a list");
	refuse("{\"name\":\"a\",\"versions\":[3]}", "versions[0]: is not an object");
	refuse("{\"name\":\"a\",\"versions\":[{}]}", "versions[0]: field 'version' is missing");
	refuse("{\"name\":\"a\",\"versions\":[{\"version\":1}]}",
	       "versions[0]: field 'version' is not a string");
	refuse("{\"name\":\"a\",\"versions\":[{\"version\":\"1\"}]}",
	       "versions[0]: field 'providers' is missing");
	refuse(VERSION("[null]"), "versions[0]: providers[0]: is not an object");
	refuse(VERSION("[{\"name\":\"virtualbox\"},{}]"),
	       "versions[0]: providers[1]: field 'name' is missing");
	refuse(VERSION("[{\"name\":\"kvm\"}]"),
	       "versions[0]: providers[0]: field 'url' is missing");
	refuse(ENTRY("\"checksum\":1"),
	       "versions[0]: providers[0]: field 'checksum' is not a string");
	refuse(ENTRY("\"checksum_type\":[]"),
	       "versions[0]: providers[0]: field 'checksum_type' is not a string");
	refuse(ENTRY("\"architecture\":1"),
	       "versions[0]: providers[0]: field 'architecture' is not a string");
	refuse(ENTRY("\"default_architecture\":\"yes\""),
	       "versions[0]: providers[0]: field 'default_architecture' is neither true nor false");
	refuse("{\"name\":\n", "line 2: unexpected token near end of file");
	refuse("{\"name\":\"a\"} x", "line 1: end of file expected near 'x'");
}

static void depth_and_size_have_limits(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_catalog struct catalog *c = NULL;
	cleanup_text struct text deep = { 0 };
	cleanup_free char *big = xmalloc(CATALOG_MAX_BYTES + 1);

	(void)state;
	for (int i = 0; i < 100000; i++)
		text_add(&deep, "{\"a\":");
	assert_int_equal(catalog_parse(deep.ptr, deep.len, URL, &c, &err), -1);
	assert_non_null(strstr(err.text, "maximum parsing depth"));
	memset(big, ' ', CATALOG_MAX_BYTES + 1);
	assert_int_equal(catalog_parse(big, CATALOG_MAX_BYTES + 1, URL, &c, &err), -1);
	assert_string_equal(err.text, "catalog '" URL "': it is larger than 20 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_told_from_boxes),
		cmocka_unit_test(the_newest_that_fits_is_chosen),
		cmocka_unit_test(checksums_come_along),
		cmocka_unit_test(what_is_offered_is_listed),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(relative_places_are_meant_from_the_catalog),
		cmocka_unit_test(wrong_checksums_and_constraints_are_errors),
		cmocka_unit_test(wrong_types_name_the_member),
		cmocka_unit_test(depth_and_size_have_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
