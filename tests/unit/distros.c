/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs of distributions: how they are read, and what is asked of servers. */
#include "boxes/distros.h"

#include "core/image.h"
#include "tests/unit/web.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define A512 A A
#define B512 B B

static const struct http_conf quick = { .retry_wait_ms = 10, .stall_s = 2, .retries = 1 };

static int setup_group(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	unsetenv("BOTHY_BOX_CATALOGS");
	setenv("NETRC", "/nonexistent", 1);
	return web_start();
}

static int teardown_group(void **state)
{
	(void)state;
	return web_stop();
}

static void put(const char *path, const char *text)
{
	cleanup_free char *in_files = xasprintf("files/%s", path), *full = web_path(in_files);
	cleanup_error struct error err = { 0 };

	*strrchr(full, '/') = '\0';
	assert_int_equal(fs_make_dirs(full, 0700, NULL, &err), 0);
	web_put(path, text, strlen(text));
}

/* A catalog file of our own; addresses in it begin with "@", which becomes the server. */
static char *write_catalog(const char *name, const char *text)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text t = { 0 };
	char *path = web_path(name);

	for (; *text; text++) {
		if (*text == '@')
			text_addf(&t, "http://127.0.0.1:%d/", web_port);
		else
			text_addn(&t, text, 1);
	}
	assert_int_equal(fs_write(path, text_str(&t), t.len, 0644, NULL, &err), 0);
	return path;
}

static struct distros *load(const char *path)
{
	cleanup_error struct error err = { 0 };
	struct distros *d = NULL;

	if (distros_load(path, &d, &err) < 0)
		fail_msg("%s", err.text);
	return d;
}

static struct distros *load_text(const char *text)
{
	cleanup_free char *path = write_catalog("own.json", text);

	return load(path);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void refuse(const char *text, const char *why)
{
	cleanup_free char *path = write_catalog("bad.json", text);
	cleanup_free char *want = xasprintf("%s: %s", path, why);
	cleanup_error struct error err = { 0 };
	struct distros *d = NULL;

	if (distros_load(path, &d, &err) == 0)
		fail_msg("taken: %s", text);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_string_equal(err.text, want);
	assert_null(d);
}

#define CATALOG(list) "{\"format\":1,\"distributions\":[" list "]}"
#define IMAGE "{\"provider\":\"kvm\",\"architecture\":\"amd64\",\"urls\":[\"https://e.org/a\"]}"
#define DISTRO(name, more) "{\"name\":\"" name "\",\"title\":\"T\"," more "\"images\":[" IMAGE "]}"
#define WITH(fields)                                                                   \
	CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"images\":[{\"provider\":\"kvm\"," \
		"\"architecture\":\"amd64\"," fields "}]}")
#define AT "distributions[0]: 'a/1': images[0]: "

static void mistakes_name_their_place(void **state)
{
	(void)state;
	refuse("{", "line 1: string or '}' expected near end of file");
	refuse("{\"a\":1,\"a\":2}", "line 1: duplicate object key near '\"a\"'");
	refuse("[]", "field 'format' is missing");
	refuse("{}", "field 'format' is missing");
	refuse("{\"format\":2,\"distributions\":[]}",
	       "its format is not 1: it is for another bothy");
	refuse("{\"format\":1}", "field 'distributions' is not a list");
	refuse("{\"format\":1,\"distributions\":[],\"x\":1}", "it has a field that is not known");
	refuse(CATALOG("7"), "distributions[0]: is not an object");
	refuse(CATALOG("{}"), "distributions[0]: field 'name' is missing");
	refuse(CATALOG("{\"name\":\"\"}"),
	       "distributions[0]: field 'name' is not a string with something in it");
	refuse(CATALOG("{\"name\":\"a/1\",\"tilte\":\"T\"}"),
	       "distributions[0]: field 'tilte' is not known");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\"}"),
	       "distributions[0]: 'a/1': field 'images' is not a list with something in it");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"aliases\":\"x\"}"),
	       "distributions[0]: field 'aliases' is not a list");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"aliases\":[1]}"),
	       "distributions[0]: field 'aliases' is not a list of strings");
	refuse(CATALOG(DISTRO("a/1", "\"newest\":1,")),
	       "distributions[0]: field 'newest' is neither true nor false");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"images\":[" IMAGE "," IMAGE "]}"),
	       "distributions[0]: 'a/1': images[1] is for the same as [0]");
}

static void names_are_unique(void **state)
{
	(void)state;
	refuse(CATALOG(DISTRO("A", "")), "distributions[0]: 'A' is no name");
	refuse(CATALOG(DISTRO("a/1", "\"aliases\":[\"b c\"],")),
	       "distributions[0]: 'b c' is no name");
	refuse(CATALOG(DISTRO("a/1", "") "," DISTRO("a/1", "")),
	       "distributions[1]: 'a/1' is named twice");
	refuse(CATALOG(DISTRO("a/1", "\"aliases\":[\"x\"],") "," DISTRO("a/2",
									"\"aliases\":[\"x\"],")),
	       "distributions[1]: 'x' is named twice");
	refuse(CATALOG(DISTRO("a/1", "\"newest\":true,") "," DISTRO("a/2", "\"newest\":true,")),
	       "distributions[1]: 'a/1' and 'a/2' are both the newest");
	refuse(CATALOG(DISTRO("a/1", "\"newest\":true,") "," DISTRO("b/1", "\"aliases\":[\"a\"],")),
	       "distributions[1]: 'a' is named twice");
}

static void images_are_checked(void **state)
{
	(void)state;
	refuse(WITH("\"urls\":[]"), AT "field 'urls' has no address without a version");
	refuse(WITH("\"url\":[]"), AT "field 'url' is not known");
	refuse(WITH("\"urls\":[\"/a\"]"), AT "field 'urls' has an address that is not of the web");
	refuse(WITH("\"urls\":[\"https://e.org/a\"],\"sums\":[\"b\"]"),
	       AT "field 'sums' has an address that is not of the web");
	refuse(WITH("\"urls\":[\"https://e.org/a\",\"https://e.org/{version}\"]"),
	       AT "field 'version' does not tell what {version} is");
	refuse(WITH("\"urls\":[\"https://e.org/{version}\"],\"version\":{\"from\":\"sums\","
		    "\"pattern\":\"a*\"}"),
	       AT "field 'urls' has no address without a version");
	refuse(WITH("\"version\":{\"from\":\"name\",\"pattern\":\"a*\"}"),
	       AT "field 'version' is from neither url, sums, nor an address");
	refuse(WITH("\"version\":{\"from\":\"url\",\"pattern\":\"a**\"}"),
	       AT "field 'version' has a pattern without one * behind something");
	refuse(WITH("\"version\":{\"from\":\"url\"}"), AT "version: field 'pattern' is missing");
	refuse(WITH("\"first_boot\":[\"magic\"]"),
	       AT "field 'first_boot' has a word that is not known");
	refuse(WITH("\"simplestreams\":{\"server\":\"x\",\"product\":\"y\"}"),
	       AT "field 'simplestreams' has a server that is not of the web");
	refuse(WITH("\"simplestreams\":{\"server\":\"https://e.org\"}"),
	       AT "simplestreams: field 'product' is missing");
	refuse(WITH("\"simplestreams\":{\"server\":\"https://e.org\",\"product\":\"y\"},\"sums\":[]"),
	       AT "field 'simplestreams' stands beside what it stands for");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"images\":[{\"provider\":\"libvirt\","
		       "\"architecture\":\"amd64\"}]}"),
	       AT "field 'provider' is neither kvm nor container");
	refuse(CATALOG("{\"name\":\"a/1\",\"title\":\"T\",\"images\":[{\"provider\":\"kvm\","
		       "\"architecture\":\"x86_64\"}]}"),
	       AT "field 'architecture' is not known");
}

static void files_of_the_user_come_before_the_shipped_one(void **state)
{
	cleanup_free char *one = write_catalog("one.json", CATALOG(DISTRO("a/1", "")));
	cleanup_free char *two =
		write_catalog("two.json", CATALOG(DISTRO("a/1", "\"aliases\":[\"b\"],")));
	const char *both[] = { one, two }, *missing[] = { one, "/nonexistent.json" };
	cleanup_error struct error err = { 0 };
	cleanup_distros struct distros *d = NULL, *none = NULL;

	(void)state;
	assert_int_equal(distros_load_all(&(struct strings){ both, 2 }, &d, &err), 0);
	assert_true(distros_count(d) > 2);
	assert_string_equal(distros_row(d, 0).name, "a/1");
	assert_true(distros_has(d, "b"));
	assert_true(distros_has(d, "debian/12"));
	assert_int_equal(distros_load_all(&(struct strings){ missing, 2 }, &none, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

/* --- asking ----------------------------------------------------------------------------------- */

static const char ours[] = CATALOG(
	"{\"name\":\"deb/12\",\"title\":\"T\",\"newest\":true,\"images\":["
	" {\"provider\":\"kvm\",\"architecture\":\"amd64\",\"user\":\"root\","
	"  \"first_boot\":[\"credentials\",\"nocloud\"],"
	"  \"urls\":[\"@deb/latest/deb.qcow2\",\"@deb/{version}/deb-{version}.qcow2\"],"
	"  \"sums\":[\"@deb/{version}/SHA512SUMS\",\"@deb/latest/SHA512SUMS\"],"
	"  \"version\":{\"from\":\"@deb/latest/deb.json\",\"pattern\":\"/version\\\": \\\"*\\\"\"}}]},"
	"{\"name\":\"rock/9\",\"title\":\"T\",\"images\":["
	" {\"provider\":\"kvm\",\"architecture\":\"amd64\","
	"  \"urls\":[\"@rock/Rock-9.latest.x86_64.qcow2\",\"@rock/Rock-9-{version}.x86_64.qcow2\"],"
	"  \"sums\":[\"@rock/CHECKSUM\",\"@rock/Rock-9.latest.x86_64.qcow2.CHECKSUM\"],"
	"  \"version\":{\"from\":\"sums\",\"pattern\":\"Rock-9-*.x86_64.qcow2\"}}]},"
	"{\"name\":\"alp/3\",\"title\":\"T\",\"images\":["
	" {\"provider\":\"kvm\",\"architecture\":\"amd64\",\"urls\":[\"@alp/alp-3.22.4-x86_64.qcow2\"],"
	"  \"sums\":[\"@alp/alp-3.22.4-x86_64.qcow2.sha512\"],"
	"  \"version\":{\"from\":\"url\",\"pattern\":\"alp-*-x86_64\"}},"
	" {\"provider\":\"container\",\"architecture\":\"amd64\",\"user\":\"root\","
	"  \"simplestreams\":{\"server\":\"@lxc\",\"product\":\"alpine/3.22\"}},"
	" {\"provider\":\"container\",\"architecture\":\"arm64\",\"lacks\":\"an SSH server\","
	"  \"simplestreams\":{\"server\":\"@lxc\",\"product\":\"alpine/3.22\"}}]}");

static struct box_want wanted(const char *name, const char *provider)
{
	return (struct box_want){ .name = name, .provider = provider, .architecture = "amd64" };
}

static void expect(const struct box_want *want, const char *version, const char *hex,
		   const char *first, const char *second)
{
	cleanup_distros struct distros *d = load_text(ours);
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	if (distros_find(d, &quick, want, &o, &err) < 0)
		fail_msg("%s: %s", want->name, err.text);
	assert_true(text_equal(o.version, version));
	assert_string_equal(o.checksum.hex, hex);
	assert_int_equal(o.url_count, second ? 2 : 1);
	assert_string_equal(o.urls[0], web_url(first));
	if (second)
		assert_string_equal(o.urls[1], web_url(second));
}

static void debians_layout_is_understood(void **state)
{
	struct box_want want = wanted("deb/12", "kvm");
	cleanup_distros struct distros *d = load_text(ours);
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	(void)state;
	put("deb/latest/SHA512SUMS", A512 "  deb.json\n" B512 "  deb.qcow2\n");
	expect(&want, NULL, B512, "deb/latest/deb.qcow2", NULL);
	/* With the version known, the dated files are meant, also while "latest" is being replaced. */
	put("deb/latest/deb.json", "{\"labels\": {\"cloud/version\": \"20261112-2294\"}}");
	expect(&want, "20261112-2294", B512, "deb/20261112-2294/deb-20261112-2294.qcow2",
	       "deb/latest/deb.qcow2");
	put("deb/20261112-2294/SHA512SUMS", A512 "  deb-20261112-2294.qcow2\n");
	expect(&want, "20261112-2294", A512, "deb/20261112-2294/deb-20261112-2294.qcow2",
	       "deb/latest/deb.qcow2");
	want = wanted("deb", "kvm");
	assert_int_equal(distros_find(d, &quick, &want, &o, &err), 0);
	assert_string_equal(o.name, "deb/12");
	assert_string_equal(o.user, "root");
	assert_string_equal(o.provider, "kvm");
	assert_string_equal(o.architecture, "amd64");
	assert_int_equal(o.first_boot, FIRST_BOOT_CREDENTIALS | FIRST_BOOT_NOCLOUD);
	assert_null(o.catalog_url);
}

static void fedoras_layout_is_understood(void **state)
{
	struct box_want want = wanted("rock/9", NULL);

	(void)state;
	/* The file for one image calls it by its number. */
	put("rock/Rock-9.latest.x86_64.qcow2.CHECKSUM",
	    "# Rock: 5 bytes\nSHA256 (Rock-9-9.8-20260525.0.x86_64.qcow2) = " A "\n");
	expect(&want, "9.8-20260525.0", A, "rock/Rock-9-9.8-20260525.0.x86_64.qcow2",
	       "rock/Rock-9.latest.x86_64.qcow2");
	/* The file for all tells the number by the twin. */
	put("rock/CHECKSUM", "SHA256 (Rock-9-9.7-1.x86_64.qcow2) = " A "\n"
			     "SHA256 (Rock-9.latest.x86_64.qcow2) = " B "\n"
			     "SHA256 (Rock-9-9.9-2.x86_64.qcow2) = " B "\n");
	expect(&want, "9.9-2", B, "rock/Rock-9-9.9-2.x86_64.qcow2",
	       "rock/Rock-9.latest.x86_64.qcow2");
}

static void a_file_for_each_image_is_understood(void **state)
{
	struct box_want want = wanted("alp/3", "kvm");

	(void)state;
	put("alp/alp-3.22.4-x86_64.qcow2.sha512", A512 "\n");
	expect(&want, "3.22.4", A512, "alp/alp-3.22.4-x86_64.qcow2", NULL);
	want.version = "~> 3.22";
	expect(&want, "3.22.4", A512, "alp/alp-3.22.4-x86_64.qcow2", NULL);
}

static void image_servers_are_asked(void **state)
{
	struct box_want want = wanted("alp/3", "container");

	(void)state;
	put("lxc/streams/v1/index.json",
	    "{\"index\":{\"images\":{\"path\":\"streams/v1/images.json\"}}}");
	put("lxc/streams/v1/images.json",
	    "{\"products\":{\"a\":{\"aliases\":\"alpine/3.22\",\"arch\":\"amd64\",\"versions\":{"
	    "\"20261120_13:00\":{\"items\":{\"r\":{\"ftype\":\"root.tar.xz\","
	    "\"path\":\"images/20261120_13:00/rootfs.tar.xz\",\"sha256\":\"" A "\"}}}}}}}");
	expect(&want, "20261120_13:00", A, "lxc/images/20261120_13:00/rootfs.tar.xz", NULL);
}

static void refuse_find(const struct box_want *want, enum error_kind kind, const char *why,
			const char *hint)
{
	cleanup_distros struct distros *d = load_text(ours);
	cleanup_error struct error err = { 0 };
	cleanup_offer struct offer o = { 0 };

	assert_int_equal(distros_find(d, &quick, want, &o, &err), -1);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, why))
		fail_msg("%s", err.text);
	assert_true(text_equal(err.hint, hint));
	assert_null(o.name);
}

static void what_is_missing_is_said(void **state)
{
	struct box_want other = wanted("dep/12", "kvm"), container = wanted("deb/12", "container");
	struct box_want lacking = wanted("alp/3", "container"), old = wanted("alp/3", "kvm");
	struct box_want bad = wanted("alp/3", "kvm");

	(void)state;
	refuse_find(&other, ERROR_NOT_FOUND,
		    "box 'dep/12' is not known to the catalog of distributions",
		    "did you mean 'deb/12'?");
	refuse_find(&container, ERROR_NOT_FOUND,
		    "box 'deb/12' is not published for container on amd64",
		    "it is published for kvm amd64");
	lacking.architecture = "aarch64";
	refuse_find(&lacking, ERROR_NOT_FOUND,
		    "box 'alp/3' for container is published without an SSH server",
		    "it is published for kvm amd64, container amd64");
	put("alp/alp-3.22.4-x86_64.qcow2.sha512", A512 "\n");
	old.version = "< 3";
	refuse_find(&old, ERROR_NOT_FOUND,
		    "box 'alp/3' has version '3.22.4' now, which is not '< 3'",
		    "distributions publish their newest image only; older ones are kept by "
		    "bothy.lock and your own store");
	bad.version = "newest";
	refuse_find(&bad, ERROR_BOX, "'newest' is no constraint of a version",
		    "write for example \"1.2\", \">= 1.2, < 2\" or \"~> 1.2\"");
}

static void no_checksum_is_an_error(void **state)
{
	struct box_want want = wanted("alp/3", "kvm");

	(void)state;
	put("alp/alp-3.22.4-x86_64.qcow2.sha512", "<html>no</html>");
	refuse_find(
		&want, ERROR_NOT_FOUND,
		"cannot learn the checksum of box 'alp/3': alp-3.22.4-x86_64.qcow2.sha512: ", NULL);
	put("alp/alp-3.22.4-x86_64.qcow2.sha512", A512 "\n" B512 "\n");
	refuse_find(&want, ERROR_BOX, "the checksums contradict each other", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_name_their_place),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(images_are_checked),
		cmocka_unit_test(files_of_the_user_come_before_the_shipped_one),
		cmocka_unit_test(debians_layout_is_understood),
		cmocka_unit_test(fedoras_layout_is_understood),
		cmocka_unit_test(a_file_for_each_image_is_understood),
		cmocka_unit_test(image_servers_are_asked),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(no_checksum_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
