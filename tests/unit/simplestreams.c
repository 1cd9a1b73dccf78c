/* SPDX-License-Identifier: Apache-2.0 */
/* Simplestreams in the layouts of LXC's image server and of Ubuntu's. */
#include "boxes/simplestreams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LXC "https://images.example.org"
#define UBUNTU "https://cloud.example.org/releases/"

static const char lxc[] =
	"{\"content_id\":\"images\",\"format\":\"products:1.0\",\"products\":{"
	"\"debian:bookworm:amd64:default\":{\"aliases\":\"debian/bookworm/default,debian/bookworm,"
	"debian/12/default, debian/12\",\"arch\":\"amd64\",\"os\":\"Debian\",\"release\":\"bookworm\","
	"\"release_title\":\"bookworm\",\"variant\":\"default\",\"versions\":{"
	" \"20261119_05:24\":{\"items\":{"
	"  \"root.tar.xz\":{\"ftype\":\"root.tar.xz\",\"path\":\"images/old/rootfs.tar.xz\"}}},"
	" \"20261120_05:24\":{\"items\":{"
	"  \"incus.tar.xz\":{\"ftype\":\"incus.tar.xz\",\"path\":\"images/new/incus.tar.xz\"},"
	"  \"root.squashfs\":{\"ftype\":\"squashfs\",\"path\":\"images/new/rootfs.squashfs\"},"
	"  \"disk.qcow2\":{\"ftype\":\"disk-kvm.img\",\"path\":\"images/new/disk.qcow2\",\"size\":7},"
	"  \"root.tar.xz\":{\"ftype\":\"root.tar.xz\",\"path\":\"images/new/20261120_05:24/rootfs.tar.xz\","
	"   \"sha256\":\"" A "\",\"size\":1234}}}}},"
	"\"debian:bookworm:arm64:default\":{\"aliases\":\"debian/12\",\"arch\":\"arm64\",\"os\":\"Debian\","
	"\"release\":\"bookworm\",\"variant\":\"default\",\"versions\":{}},"
	"\"debian:bookworm:amd64:cloud\":{\"aliases\":\"debian/12/cloud\",\"arch\":\"amd64\","
	"\"os\":\"Debian\",\"release\":\"bookworm\",\"variant\":\"cloud\",\"versions\":{"
	" \"20261120_05:25\":{\"items\":{"
	"  \"s\":{\"ftype\":\"squashfs\",\"path\":\"images/c/rootfs.squashfs\"}}}}}"
	"}}";

static const char ubuntu[] =
	"{\"products\":{\"com.ubuntu.cloud:server:24.04:amd64\":{\"aliases\":\"24.04,n,noble,lts\","
	"\"arch\":\"amd64\",\"os\":\"ubuntu\",\"release\":\"noble\",\"release_codename\":\"Noble Numbat\","
	"\"release_title\":\"24.04 LTS\",\"version\":\"24.04\",\"versions\":{"
	" \"20260705\":{\"label\":\"release\",\"items\":{"
	"  \"disk-kvm.img\":{\"ftype\":\"disk-kvm.img\",\"path\":\"server/kvm.img\"},"
	"  \"disk1.img\":{\"ftype\":\"disk1.img\",\"path\":\"server/noble/disk.img\",\"sha256\":\"" A
	"\"},"
	"  \"root.tar.xz\":{\"ftype\":\"root.tar.xz\",\"path\":\"server/noble/root.tar.xz\"}}},"
	" \"20260101.1\":{\"items\":{"
	"  \"disk1.img\":{\"ftype\":\"disk1.img\",\"path\":\"server/older.img\"}}}}}}}";

static void expect(const char *text, const char *server, const struct box_want *want,
		   const char *version, const char *url)
{
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	if (simplestreams_choose(text, strlen(text), server, want, &o, &err) < 0)
		fail_msg("%s: %s", want->name, err.text);
	assert_string_equal(o.name, want->name);
	assert_string_equal(o.version, version);
	assert_int_equal(o.url_count, 1);
	assert_string_equal(o.urls[0], url);
	assert_string_equal(o.architecture, "amd64");
}

static struct box_want wanted(const char *name, const char *provider)
{
	return (struct box_want){ .name = name, .provider = provider, .architecture = "amd64" };
}

static void containers_take_the_newest_tarball(void **state)
{
	static const char *const names[] = { "debian/12", "debian/bookworm", "Debian/Bookworm",
					     "debian/12/default", "debian/bookworm/default" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct box_want want = wanted(names[i], "container");

		expect(lxc, LXC, &want, "20261120_05:24",
		       LXC "/images/new/20261120_05:24/rootfs.tar.xz");
	}
}

static void what_is_known_comes_along(void **state)
{
	struct box_want want = wanted("debian/12", "container");
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	(void)state;
	assert_int_equal(simplestreams_choose(lxc, strlen(lxc), LXC, &want, &o, &err), 0);
	assert_string_equal(o.checksum.hex, A);
	assert_int_equal(o.checksum.kind, DIGEST_SHA256);
	assert_int_equal(o.size_bytes, 1234);
	assert_string_equal(o.provider, "container");
}

static void machines_take_a_disk(void **state)
{
	struct box_want lxc_vm = wanted("debian/12", "kvm"), any = wanted("debian/12", NULL);
	struct box_want vm = wanted("ubuntu/24.04", "kvm"), old = vm, rootfs = vm;

	(void)state;
	expect(lxc, LXC, &lxc_vm, "20261120_05:24", LXC "/images/new/disk.qcow2");
	expect(lxc, LXC, &any, "20261120_05:24", LXC "/images/new/disk.qcow2");
	expect(ubuntu, UBUNTU, &vm, "20260705", UBUNTU "server/noble/disk.img");
	old.version = "< 20260201";
	expect(ubuntu, UBUNTU, &old, "20260101.1", UBUNTU "server/older.img");
	rootfs.provider = "container";
	expect(ubuntu, UBUNTU, &rootfs, "20260705", UBUNTU "server/noble/root.tar.xz");
}

static void ubuntu_is_known_by_many_names(void **state)
{
	static const char *const names[] = { "noble",      "ubuntu/noble",     "ubuntu/24.04",
					     "ubuntu/lts", "ubuntu/24.04 LTS", "24.04" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct box_want want = wanted(names[i], "kvm");

		expect(ubuntu, UBUNTU, &want, "20260705", UBUNTU "server/noble/disk.img");
	}
}

static void a_version_can_be_pinned(void **state)
{
	struct box_want want = wanted("debian/12", "container");

	(void)state;
	want.version = "20261119_05:24";
	expect(lxc, "/srv/mirror", &want, "20261119_05:24", "/srv/mirror/images/old/rootfs.tar.xz");
}

static void refuse(const char *text, const struct box_want *want, enum error_kind kind,
		   const char *why, const char *hint)
{
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	assert_int_equal(simplestreams_choose(text, strlen(text), LXC, want, &o, &err), -1);
	assert_int_equal(err.kind, kind);
	assert_string_equal(err.text, why);
	if (hint)
		assert_string_equal(err.hint, hint);
	else
		assert_null(err.hint);
}

static void what_is_missing_is_said(void **state)
{
	struct box_want none = wanted("debian/13", "kvm"), other = wanted("plan9/4", "kvm");
	struct box_want arm = wanted("debian/12", "kvm"), old = wanted("debian/12", "kvm");
	struct box_want cloud = wanted("debian/12/cloud", "container"), bad = arm;

	(void)state;
	refuse(lxc, &none, ERROR_NOT_FOUND, "the image server has no 'debian/13'",
	       "it has\ndebian/bookworm (amd64, arm64)\ndebian/bookworm/cloud (amd64)");
	refuse(lxc, &other, ERROR_NOT_FOUND, "the image server has no 'plan9/4'", NULL);
	arm.architecture = "aarch64";
	refuse(lxc, &arm, ERROR_NOT_FOUND, "the image server has no 'debian/12' for kvm on aarch64",
	       NULL);
	old.version = "< 2";
	refuse(lxc, &old, ERROR_NOT_FOUND,
	       "the image server has no 'debian/12' for kvm on amd64 in a version '< 2'", NULL);
	refuse(lxc, &cloud, ERROR_BOX, "'debian/12/cloud' is published as squashfs only",
	       "containers are made from tarballs of a root file system");
	bad.version = "newest";
	refuse(lxc, &bad, ERROR_BOX, "'newest' is no constraint of a version",
	       "write for example \"1.2\", \">= 1.2, < 2\" or \"~> 1.2\"");
}

static void damage_is_an_error(void **state)
{
	struct box_want want = wanted("a/b", "kvm");

	(void)state;
	refuse("{", &want, ERROR_BOX,
	       "simplestreams: line 1: string or '}' expected near end of file", NULL);
	refuse("[]", &want, ERROR_BOX, "simplestreams: it has no object 'products'", NULL);
	refuse("{\"products\":[]}", &want, ERROR_BOX, "simplestreams: it has no object 'products'",
	       NULL);
	refuse("{\"products\":{\"a\":3,\"b\":{\"versions\":7,\"os\":1}}}", &want, ERROR_NOT_FOUND,
	       "the image server has no 'a/b'", NULL);
	refuse("{\"products\":{\"a\":{\"aliases\":\"a/b\",\"arch\":\"amd64\",\"versions\":{\"1\":"
	       "{\"items\":{\"x\":{\"ftype\":\"disk1.img\",\"path\":\"https://evil/x\"}}}}}}}",
	       &want, ERROR_NOT_FOUND, "the image server has no 'a/b' for kvm on amd64", NULL);
	refuse("{\"products\":{\"a\":{\"aliases\":\"a/b\",\"arch\":\"amd64\",\"versions\":{\"1\":"
	       "{\"items\":{\"x\":{\"ftype\":\"disk1.img\",\"path\":\"x\",\"sha256\":\"12\"}}}}}}}",
	       &want, ERROR_BOX, "simplestreams: a sha256 checksum has 64 digits, not 2", NULL);
}

static void an_index_names_product_files(void **state)
{
	static const char index[] =
		"{\"format\":\"index:1.0\",\"index\":{"
		"\"aws\":{\"datatype\":\"image-ids\",\"path\":\"streams/v1/aws.json\"},"
		"\"images\":{\"datatype\":\"image-downloads\",\"path\":\"streams/v1/images.json\"},"
		"\"evil\":{\"datatype\":\"image-downloads\",\"path\":\"https://evil/x.json\"},"
		"\"up\":{\"datatype\":\"image-downloads\",\"path\":\"../x.json\"},"
		"\"out\":{\"datatype\":\"image-downloads\",\"path\":\"a/..\"},"
		"\"bare\":{\"path\":\"more.json\"}}}";
	static const char *const bad[] = { "{", "{}", "{\"index\":{}}", "{\"index\":{\"a\":1}}" };
	cleanup_error struct error err = { 0 };
	char **paths = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(simplestreams_index(index, strlen(index), &paths, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(paths[0], "streams/v1/images.json");
	assert_string_equal(paths[1], "more.json");
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(simplestreams_index(bad[i], strlen(bad[i]), &paths, &count, &err),
				 -1);
		assert_int_equal(err.kind, ERROR_BOX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_take_the_newest_tarball),
		cmocka_unit_test(what_is_known_comes_along),
		cmocka_unit_test(machines_take_a_disk),
		cmocka_unit_test(ubuntu_is_known_by_many_names),
		cmocka_unit_test(a_version_can_be_pinned),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(damage_is_an_error),
		cmocka_unit_test(an_index_names_product_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
