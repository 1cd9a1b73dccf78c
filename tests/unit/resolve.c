/* SPDX-License-Identifier: Apache-2.0 */
/* From a word to an offer: files, addresses, servers of several layouts, and the distributions last. */
#include "boxes/resolve.h"

#include "tests/unit/web.h"
#include "tests/unit/web_log.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct resolve_conf conf;
static char project[80];

static int setup_group(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");

	setenv("NETRC", "/nonexistent", 1);
	return web_start();
}

static int teardown_group(void **state)
{
	(void)state;
	return web_stop();
}

static void write_file(const char *path, const char *text)
{
	cleanup_free char *full = web_path(path), *directory = xstrdup(full);
	cleanup_error struct error err = { 0 };

	*strrchr(directory, '/') = '\0';
	assert_int_equal(fs_make_dirs(directory, 0700, NULL, &err), 0);
	assert_int_equal(fs_write(full, text, strlen(text), 0644, NULL, &err), 0);
}

/* In the project's directory; or on the server. */
static void put_here(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("project/%s", name);

	write_file(path, text);
}

static void put(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("files/%s", name);

	write_file(path, text);
}

static int setup(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *files = web_path("files"), *here = web_path("project");

	(void)state;
	web_forget_log();
	snprintf(project, sizeof(project), "%s/project", web_dir);
	if (fs_remove(files, &err) < 0 || fs_remove(here, &err) < 0 ||
	    fs_make_dirs(files, 0700, NULL, &err) < 0 || fs_make_dirs(here, 0700, NULL, &err) < 0)
		return -1;
	conf = (struct resolve_conf){ .http = { .retry_wait_ms = 10, .stall_s = 2, .retries = 1 },
				      .directory = project };
	return 0;
}

/* A catalog with one version for each; "%s" is the box's name. */
static char *catalog(const char *name)
{
	return xasprintf("{\"name\":\"%s\",\"versions\":[{\"version\":\"1.2\",\"providers\":["
			 "{\"name\":\"libvirt\",\"url\":\"boxes/a.box\",\"checksum\":\"" A
			 "\",\"checksum_type\":\"sha256\"}]}]}",
			 name);
}

static void expect(const struct box_want *want, const char *version, const char *url,
		   const char *hex)
{
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	if (resolve(&conf, want, &o, &err) < 0)
		fail_msg("%s: %s", want->name, err.text);
	assert_true(text_equal(o.version, version));
	assert_int_equal(o.url_count, 1);
	assert_string_equal(o.urls[0], url);
	assert_string_equal(o.checksum.hex, hex);
}

static void refuse(const struct box_want *want, enum error_kind kind, const char *why,
		   const char *hint)
{
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	assert_int_equal(resolve(&conf, want, &o, &err), -1);
	if (err.kind != kind || !strstr(err.text, why))
		fail_msg("kind %d: %s", err.kind, err.text);
	if (hint && (!err.hint || strcmp(err.hint, hint) != 0))
		fail_msg("hint: %s", err.hint ? err.hint : "(none)");
	assert_null(o.name);
}

static struct box_want wanted(const char *name)
{
	return (struct box_want){ .name = name, .provider = "kvm", .architecture = "amd64" };
}

/* --- words ------------------------------------------------------------------------------------ */

static void words_are_told_apart(void **state)
{
	static const char *const paths[] = { "/a",        "./a",      "../a",
					     "~/a",       "file:a",   "file:///a",
					     ".",         "..",       "",
					     "here.box",  "sub/here", "a b",
					     "debian:12", "gone.box", "images/gone.tar.zst" };
	static const char *const names[] = { "debian/12", "user/box",    "debian",
					     "sub",       "a_b+c-d/1.2", "alpine/3.22/cloud" };

	(void)state;
	put_here("here.box", "x");
	put_here("sub/here", "x");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (resolve_kind(project, paths[i]) != RESOLVE_PATH)
			fail_msg("'%s' is a path", paths[i]);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (resolve_kind(project, names[i]) != RESOLVE_NAME)
			fail_msg("'%s' is a name", names[i]);
	assert_int_equal(resolve_kind(project, "https://e.org/a"), RESOLVE_URL);
	assert_int_equal(resolve_kind(project, "HTTP://e.org/a"), RESOLVE_URL);
}

/* --- files ------------------------------------------------------------------------------------ */

static void files_are_offered_as_they_are(void **state)
{
	cleanup_free char *path = xasprintf("%s/my box.img", project);
	cleanup_free char *url = xasprintf("file://%s/my%%20box.img", project);
	struct box_want want = wanted("./my box.img");

	(void)state;
	put_here("my box.img", "QFI\xfb");
	expect(&want, NULL, path, "");
	want.name = url;
	expect(&want, NULL, path, "");
	want.name = "my box.img";
	expect(&want, NULL, path, "");
	want.version = "1.2";
	refuse(&want, ERROR_NOT_FOUND, "is asked for in version '1.2', but has none",
	       "only a catalog tells versions of boxes");
	want = wanted("./gone.box");
	refuse(&want, ERROR_NOT_FOUND, "box './gone.box' not found: there is no file", NULL);
}

static void catalogs_may_be_files(void **state)
{
	cleanup_free char *text = catalog("acme/base");
	cleanup_free char *path = xasprintf("%s/boxes/a.box", project);
	struct box_want want = wanted("./catalog.json"), named = wanted("acme/base");

	(void)state;
	put_here("catalog.json", text);
	expect(&want, "1.2", path, A);
	want.version = "> 2";
	refuse(&want, ERROR_NOT_FOUND, "box 'acme/base' is not offered for kvm on amd64", NULL);
	named.urls = (struct strings){ (const char *[]){ "catalog.json" }, 1 };
	expect(&named, "1.2", path, A);
	named.name = "acme/other";
	refuse(&named, ERROR_BOX, "is of box 'acme/base', not of 'acme/other'", NULL);
	put_here("catalog.json", "{\"name\":");
	refuse(&want, ERROR_BOX, "catalog.json': line 1:", NULL);
}

static void a_given_checksum_wins(void **state)
{
	cleanup_free char *text = catalog("acme/base");
	cleanup_free char *path = xasprintf("%s/boxes/a.box", project);
	cleanup_error struct error err = { 0 };
	struct box_want want = wanted("./catalog.json");

	(void)state;
	put_here("catalog.json", text);
	assert_int_equal(checksum_parse(B, &want.checksum, &err), 0);
	expect(&want, "1.2", path, B);
}

/* --- addresses -------------------------------------------------------------------------------- */

static void the_body_decides(void **state)
{
	cleanup_free char *text = catalog("acme/base"), *big = web_bytes(4 << 20, 7);
	cleanup_free char *box = xstrdup(web_url("type/application%2Foctet-stream/c/boxes/a.box"));
	struct box_want want = wanted(web_url("type/application%2Foctet-stream/c/x"));
	struct box_want plain = wanted(web_url("slow/200000/big.box"));
	struct box_want page = wanted(web_url("page")), gone = wanted(web_url("gone"));

	(void)state;
	put("c/x", text);
	web_put("big.box", big, 4 << 20);
	put("page", "\n <!DOCTYPE html><html>");
	expect(&want, "1.2", box, A);
	/* To look at it does not mean to fetch it: that would take 20 seconds. */
	expect(&plain, NULL, plain.name, "");
	refuse(&page, ERROR_BOX, "/page' is a web page, not a box", NULL);
	refuse(&gone, ERROR_NOT_FOUND, "/gone", NULL);
}

static void checksums_beside_a_box_are_used(void **state)
{
	struct box_want want = wanted(web_url("d/a.qcow2")),
			query = wanted(web_url("d/a.qcow2?x=1"));
	cleanup_error struct error err = { 0 };

	(void)state;
	put("d/a.qcow2", "QFI\xfb");
	expect(&want, NULL, want.name, "");
	put("d/SHA512SUMS", B B "  a.qcow2\n" A A "  b.qcow2\n");
	expect(&want, NULL, want.name, B B);
	put("d/SHA256SUMS", A "  other\n");
	expect(&want, NULL, want.name, B B);
	put("d/a.qcow2.sha256", A "\n");
	expect(&want, NULL, want.name, A);
	expect(&query, NULL, query.name, "");
	web_forget_log();
	assert_int_equal(checksum_parse(B, &want.checksum, &err), 0);
	expect(&want, NULL, want.name, B);
	web_wait_logged("begin", "/d/a.qcow2", 1);
	assert_int_equal(web_logged("begin", "SUMS"), 0);
}

static void addresses_are_tried_in_order(void **state)
{
	cleanup_free char *text = catalog("acme/base");
	cleanup_free char *gone = xstrdup(web_url("gone")), *good = xstrdup(web_url("c/x"));
	cleanup_free char *box = xstrdup(web_url("c/boxes/a.box"));
	const char *urls[] = { gone, good };
	struct box_want want = wanted("acme/base");

	(void)state;
	put("c/x", text);
	want.urls = (struct strings){ urls, 2 };
	expect(&want, "1.2", box, A);
	urls[1] = "./gone-too";
	refuse(&want, ERROR_NOT_FOUND,
	       "none of 2 addresses has box 'acme/base': box './gone-too' not found", NULL);
	want.urls.count = 1;
	refuse(&want, ERROR_NOT_FOUND, "/gone", NULL);
}

/* --- servers ---------------------------------------------------------------------------------- */

static void use_server(const char *base)
{
	static char url[256];
	static const char *servers[1];

	snprintf(url, sizeof(url), "%s", web_url(base));
	servers[0] = url;
	conf.servers = (struct strings){ servers, 1 };
}

static void servers_of_several_layouts_are_asked(void **state)
{
	static const char *const layouts[][2] = {
		{ "api/api/v2/vagrant/acme/base", "api/api/v2/vagrant/acme/boxes/a.box" },
		{ "plain/acme/base", "plain/acme/boxes/a.box" },
		{ "json/acme/base.json", "json/acme/boxes/a.box" },
		{ "tree/acme/base/metadata.json", "tree/acme/base/boxes/a.box" },
	};
	cleanup_free char *text = catalog("acme/base");
	struct box_want want = wanted("acme/base");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		cleanup_free char *base = xstrndup(layouts[i][0], strcspn(layouts[i][0], "/") + 1);
		cleanup_free char *box = xstrdup(web_url(layouts[i][1]));

		put(layouts[i][0], text);
		use_server(base);
		expect(&want, "1.2", box, A);
	}
}

static void image_servers_are_asked_too(void **state)
{
	struct box_want want = wanted("debian/12"), other = wanted("debian/99");
	cleanup_free char *disk = xstrdup(web_url("lxc/images/d.qcow2"));

	(void)state;
	put("lxc/streams/v1/index.json",
	    "{\"index\":{\"images\":{\"path\":\"streams/v1/images.json\"}}}");
	put("lxc/streams/v1/images.json",
	    "{\"products\":{\"a\":{\"aliases\":\"debian/12\",\"arch\":\"amd64\",\"versions\":{"
	    "\"20261120_05:24\":{\"items\":{\"d\":{\"ftype\":\"disk-kvm.img\","
	    "\"path\":\"images/d.qcow2\",\"sha256\":\"" A "\"}}}}}}}");
	use_server("lxc");
	/* The distributions' own catalog knows it too, but comes last. */
	expect(&want, "20261120_05:24", disk, A);
	want.provider = "container";
	other.provider = "container";
	refuse(&other, ERROR_NOT_FOUND, "box 'debian/99' not found", NULL);
}

static void a_server_may_not_offer_another_box(void **state)
{
	cleanup_free char *text = catalog("evil/base");
	struct box_want want = wanted("acme/base");

	(void)state;
	put("s/acme/base", text);
	use_server("s");
	refuse(&want, ERROR_BOX, "is of box 'evil/base', not of 'acme/base'", NULL);
}

static void a_server_in_trouble_is_not_passed_over(void **state)
{
	struct box_want want = wanted("debian/12");

	(void)state;
	conf.servers = (struct strings){ (const char *[]){ "http://127.0.0.1:1" }, 1 };
	refuse(&want, ERROR_BOX, "127.0.0.1:1", NULL);
}

static void a_server_that_refuses_is_passed_over(void **state)
{
	struct box_want want = wanted("acme/base");

	(void)state;
	use_server("auth/bearer/TOKEN");
	refuse(&want, ERROR_NOT_FOUND,
	       "box 'acme/base' not found: it is not in the store, not on http://", NULL);
	web_wait_logged("begin", "acme/base", 4);
}

/* A box under the name, or a page for everything, is no catalog. */
static void what_is_no_catalog_is_passed_over(void **state)
{
	cleanup_free char *text = catalog("acme/base");
	cleanup_free char *box = xstrdup(web_url("m/acme/base/boxes/a.box"));
	struct box_want want = wanted("acme/base");

	(void)state;
	put("m/api/v2/vagrant/acme/base", "<html></html>");
	put("m/acme/base.json", "\x1f\x8b");
	put("m/acme/base/metadata.json", text);
	use_server("m/");
	expect(&want, "1.2", box, A);
}

static void unknown_names_say_where_they_were_looked_for(void **state)
{
	struct box_want want = wanted("user/box"), near = wanted("debian/bokworm");

	(void)state;
	refuse(&want, ERROR_NOT_FOUND,
	       "box 'user/box' not found: it is not in the store, no box server is configured, and "
	       "the catalog of distributions does not know it",
	       "'bothy box list --available' shows names that are known; else give its path or URL, "
	       "or name a server in BOTHY_BOX_SERVERS");
	refuse(&near, ERROR_NOT_FOUND, "box 'debian/bokworm' not found",
	       "did you mean 'debian/bookworm'?");
	use_server("s");
	refuse(&want, ERROR_NOT_FOUND, "not on http://127.0.0.1", NULL);
	want.version = "newest";
	refuse(&want, ERROR_NOT_FOUND, "box 'user/box' not found", NULL);
}

static void distributions_come_last(void **state)
{
	struct box_want want = wanted("debian/12");
	const char *missing = "/nonexistent.json";

	(void)state;
	want.architecture = "riscv64";
	refuse(&want, ERROR_NOT_FOUND, "box 'debian/12' is not published for kvm on riscv64",
	       "it is published for kvm amd64, kvm arm64");
	conf.catalogs = (struct strings){ &missing, 1 };
	refuse(&want, ERROR_NOT_FOUND, missing, NULL);
	conf.catalogs = (struct strings){ 0 };
	assert_int_equal(web_logged("begin", ""), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_are_told_apart),
		TEST(files_are_offered_as_they_are),
		TEST(catalogs_may_be_files),
		TEST(a_given_checksum_wins),
		TEST(the_body_decides),
		TEST(checksums_beside_a_box_are_used),
		TEST(addresses_are_tried_in_order),
		TEST(servers_of_several_layouts_are_asked),
		TEST(image_servers_are_asked_too),
		TEST(a_server_may_not_offer_another_box),
		TEST(a_server_in_trouble_is_not_passed_over),
		TEST(a_server_that_refuses_is_passed_over),
		TEST(what_is_no_catalog_is_passed_over),
		TEST(unknown_names_say_where_they_were_looked_for),
		TEST(distributions_come_last),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
