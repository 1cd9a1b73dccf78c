/* SPDX-License-Identifier: Apache-2.0 */
/* The user's config.lua, and what the environment adds to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "lua/configfile.h"

static const char *const variables[] = {
	"BOTHY_CONFIG",     "BOTHY_BOX_SERVERS", "BOTHY_BOX_CATALOGS", "BOTHY_BOX_TOKEN",
	"BOTHY_TEST_TOKEN", "XDG_CONFIG_HOME",   "SUDO_USER",          "BOTHY_HTTP",
};

static char folder[64], *path;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/bothy-config-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	path = fs_join(folder, "config.lua");
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	return setenv("HOME", "/home/me", 1);
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(path);
	return fs_remove(folder, &err);
}

static void put(const char *name, const char *data, mode_t mode)
{
	cleanup_free char *file = fs_join(folder, name);
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(file, data, strlen(data), mode, NULL, &err), 0);
}

static void add_list(struct text *t, const char *title, const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		text_addf(t, "%s %s\n", title, list->at[i]);
}

static void add_field(struct text *t, const char *name, const char *value)
{
	if (value)
		text_addf(t, " %s=%s", name, value);
}

/* One line a server, catalog and host, with "." for the file's directory; else one a problem. */
static void show(const struct config *c, const struct problems *problems, struct text *out)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < problems->count; i++)
		text_addf(&t, "%s:%d: %s\n", problems->at[i].file ? problems->at[i].file : "-",
			  problems->at[i].line, problems->at[i].text);
	if (!problems->count) {
		add_list(&t, "server", &c->servers);
		add_list(&t, "catalog", &c->catalogs);
	}
	for (size_t i = 0; i < c->host_count && !problems->count; i++) {
		const struct config_host *h = &c->hosts[i];

		text_addf(&t, "host %s", h->name ? h->name : "*");
		add_field(&t, "token", h->token);
		add_field(&t, "ca_file", h->ca_file);
		add_field(&t, "ca_path", h->ca_path);
		add_field(&t, "client_cert", h->client_cert);
		add_field(&t, "client_key", h->client_key);
		text_add(&t, h->insecure ? " insecure\n" : "\n");
	}
	if (c->retries && !problems->count)
		text_addf(&t, "patience %u %u %u\n", c->retries, c->stall_s, c->retry_wait_ms);
	for (const char *at = text_str(&t); *at;) {
		bool here = text_has_prefix(at, folder);

		text_addn(out, here ? "." : at, 1);
		at += here ? strlen(folder) : 1;
	}
}

static void load(struct config *c, struct problems *problems)
{
	cleanup_error struct error err = { 0 };

	if (configfile_load(path, c, problems, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_gives(const char *expected)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_config struct config c = { 0 };
	cleanup_text struct text t = { 0 };

	load(&c, &problems);
	config_add_environment(&c, &problems);
	show(&c, &problems, &t);
	assert_string_equal(text_str(&t), expected);
}

static void assert_text(const char *lua, const char *expected)
{
	put("config.lua", lua, 0600);
	assert_gives(expected);
}

static void no_file_is_an_empty_configuration(void **state)
{
	(void)state;
	assert_gives("");
	free(path);
	path = fs_join(folder, "no/such/folder/config.lua");
	assert_gives("");
}

static void what_cannot_be_read_is_an_error(void **state)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_config struct config c = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(configfile_load(path, &c, &problems, &err), -1);
	assert_non_null(strstr(err.text, path));
}

static void everything_that_can_be_said(void **state)
{
	(void)state;
	put("token.txt", "s3cret\n", 0600);
	assert_text("box_servers { 'https://boxes.example.org', 'http://[::1]:8080/boxes/' }\n"
		    "box_servers 'file:///srv/boxes'\n"
		    "box_catalogs { '~/boxes/catalog.json', 'own.json', '/srv/catalog.json' }\n"
		    "box_catalogs {}\n"
		    "host 'Boxes.Example.org' { token = 'abc', ca_file = '~/ca.pem',\n"
		    "  client_cert = 'me.pem', client_key = '/etc/me.key', insecure = false }\n"
		    "host 'mirror:8443' { token = read 'token.txt', insecure = true }\n"
		    "host { ca_path = 'certs' }\n",
		    "server https://boxes.example.org\n"
		    "server http://[::1]:8080/boxes/\n"
		    "server file:///srv/boxes\n"
		    "catalog /home/me/boxes/catalog.json\n"
		    "catalog ./own.json\n"
		    "catalog /srv/catalog.json\n"
		    "host boxes.example.org token=abc ca_file=/home/me/ca.pem "
		    "client_cert=./me.pem client_key=/etc/me.key\n"
		    "host mirror:8443 token=s3cret insecure\n"
		    "host * ca_path=./certs\n");
}

static void values_come_from_elsewhere(void **state)
{
	(void)state;
	put("more.lua", "box_servers { 'https://' .. host.os .. '.example.org' }", 0600);
	assert_text(
		"include 'more.lua'\n"
		"if exists 'more.lua' then box_catalogs 'a.json' end\n"
		"host 'x' { token = env('BOTHY_TEST_TOKEN', ''), ca_file = '', client_key = '' }\n",
		"server https://linux.example.org\n"
		"catalog ./a.json\n"
		"host x\n");
	setenv("BOTHY_TEST_TOKEN", "t", 1);
	assert_gives("server https://linux.example.org\n"
		     "catalog ./a.json\n"
		     "host x token=t\n");
}

static void mistakes_have_their_line(void **state)
{
	(void)state;
	assert_text("host 'a' {\n"
		    "  tokn = 'x',\n"
		    "  insecure = 'yes',\n"
		    "  ca_file = 7,\n"
		    "}\n"
		    "host 'https://b' {}\n"
		    "host 'a' {}\n"
		    "host { token = 'x' }\n"
		    "host 'c' { client_key = 'k' }\n"
		    "host 'd' {\n"
		    "  token = 'two words' }\n"
		    "host 'e'\n"
		    "host {}\n"
		    "box_servers {\n"
		    "  'https://good',\n"
		    "  'boxes.example.org',\n"
		    "  'https://',\n"
		    "}\n"
		    "box_servers(7)\n"
		    "box_servers { x = 'y' }\n"
		    "box_catalogs { '', true }\n"
		    "box_catalogs { 'a',\n"
		    "  '' }\n",
		    "./config.lua:2: host 'a'.tokn: unknown field; did you mean 'token'?\n"
		    "./config.lua:3: host 'a'.insecure: expected true or false, got \"yes\"\n"
		    "./config.lua:4: host 'a'.ca_file: expected a string, got 7\n"
		    "./config.lua:6: host 'https://b': expected the name of a host, such as "
		    "\"boxes.example.org\" or \"10.0.0.1:8443\"\n"
		    "./config.lua:7: host 'a': it was described already, in ./config.lua:1\n"
		    "./config.lua:8: host.token: a token is for one host: host \"NAME\" { … }\n"
		    "./config.lua:9: host 'c'.client_key: there is no client_cert\n"
		    "./config.lua:11: host 'd'.token: there is a blank in it\n"
		    "./config.lua:12: host 'e': expected fields after it: host \"e\" { … }\n"
		    "./config.lua:13: host: it was described already, in ./config.lua:8\n"
		    "./config.lua:16: box_servers[2]: expected a URL such as "
		    "\"https://boxes.example.org\", got \"boxes.example.org\"\n"
		    "./config.lua:17: box_servers[3]: expected a URL such as "
		    "\"https://boxes.example.org\", got \"https://\"\n"
		    "./config.lua:19: box_servers: expected a list of strings, got 7\n"
		    "./config.lua:20: box_servers: expected a list, got a table with keys\n"
		    "./config.lua:21: box_catalogs[2]: expected a string, got a boolean\n"
		    "./config.lua:23: box_catalogs[2]: the string is empty\n");
}

static void unknown_words_are_mistakes(void **state)
{
	(void)state;
	assert_text("box_server { 'https://x' }",
		    "./config.lua:1: unknown name 'box_server'; did you mean 'box_servers'?\n");
	assert_text("machine 'web' {}", "./config.lua:1: unknown name 'machine'\n");
	assert_text("\nprint 'x'", "./config.lua:2: unknown name 'print'\n");
	assert_text(
		"box_servers = 'x'",
		"./config.lua:1: 'box_servers' is a word of this file and cannot be assigned\n");
	assert_text("host = 'x'",
		    "./config.lua:1: 'host' is a word of this file and cannot be assigned\n");
	assert_text("os.execute 'true'", "./config.lua:1: unknown name 'os'\n");
	assert_text(
		"host 'a' 'b'",
		"./config.lua:1: host 'a': expected fields such as { token = \"…\" }, got \"b\"\n");
	assert_text("host(7)",
		    "./config.lua:1: host: expected fields such as { ca_file = \"…\" }, got 7\n");
	assert_text("fail 'not %s'", "./config.lua:1: not %s\n");
	assert_text("box_servers {", "./config.lua:1: unexpected symbol near <eof>\n");
	assert_text("while true do end", "./config.lua:1: the file ran more than 50 million "
					 "instructions; is there an endless loop?\n");
}

static void files_of_others_are_closed(void **state)
{
	(void)state;
	assert_text("read '/etc/passwd'",
		    "./config.lua:1: cannot read '/etc/passwd': it is outside "
		    "the directory of the configuration\n");
	assert_text("include '../x.lua'", "./config.lua:1: cannot read '../x.lua': it is outside "
					  "the directory of the configuration\n");
}

static void a_token_that_others_can_read_is_a_mistake(void **state)
{
	static const char text[] = "host 'a' { token = 's3cret' }";
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_config struct config c = { 0 };

	(void)state;
	put("config.lua", text, 0640);
	assert_gives("./config.lua:0: others can read this file, which has a token in it\n");
	load(&c, &problems);
	assert_non_null(strstr(problems.at[0].hint, "chmod 600 "));
	assert_non_null(strstr(problems.at[0].hint, path));
	put("config.lua", text, 0604);
	assert_gives("./config.lua:0: others can read this file, which has a token in it\n");
	put("config.lua", text, 0700);
	assert_gives("host a token=s3cret\n");
	/* An included one as well. */
	put("secret.lua", "return 's3cret'", 0644);
	put("config.lua", "host 'a' { token = include 'secret.lua' }", 0644);
	assert_gives("./secret.lua:0: others can read this file, which has a token in it\n");
	assert_int_equal(chmod(folder, 0755), 0);
	put("secret.lua", "return 's3cret'", 0600);
	assert_gives("host a token=s3cret\n");
}

static void a_file_without_tokens_may_be_open(void **state)
{
	(void)state;
	setenv("BOTHY_TEST_TOKEN", "t0ken", 1);
	put("config.lua", "host 'a' { token = env 'BOTHY_TEST_TOKEN', ca_file = 'x' }", 0644);
	assert_gives("host a token=t0ken ca_file=./x\n");
}

static void the_environment_comes_first(void **state)
{
	(void)state;
	setenv("BOTHY_BOX_SERVERS", " https://one, http://u:p@TWO:81/x/,,\thttps://three ", 1);
	setenv("BOTHY_BOX_CATALOGS", "a.json::/b.json:", 1);
	assert_gives("server https://one\n"
		     "server http://u:p@TWO:81/x/\n"
		     "server https://three\n"
		     "catalog a.json\n"
		     "catalog /b.json\n");
	assert_text("box_servers { 'https://four', 'https://one' } box_catalogs '/b.json'\n",
		    "server https://one\n"
		    "server http://u:p@TWO:81/x/\n"
		    "server https://three\n"
		    "server https://four\n"
		    "catalog a.json\n"
		    "catalog /b.json\n");
}

static void the_token_is_for_those_servers(void **state)
{
	(void)state;
	setenv("BOTHY_BOX_SERVERS", "https://one https://u:p@TWO:81/x?y@z file:///srv", 1);
	setenv("BOTHY_BOX_TOKEN", " t\n", 1);
	assert_text("box_servers 'https://other' host 'other' { insecure = true }\n"
		    "host 'one' { token = 'mine', insecure = true } host {}\n",
		    "server https://one\n"
		    "server https://u:p@TWO:81/x?y@z\n"
		    "server file:///srv\n"
		    "server https://other\n"
		    "host other insecure\n"
		    "host one token=t insecure\n"
		    "host *\n"
		    "host two:81 token=t\n");
	unsetenv("BOTHY_BOX_SERVERS");
	assert_text("box_servers 'https://other'", "server https://other\n");
	setenv("BOTHY_BOX_SERVERS", "https://one", 1);
	setenv("BOTHY_BOX_TOKEN", "", 1);
	assert_text("", "server https://one\n");
}

static void mistakes_of_the_environment_are_told(void **state)
{
	(void)state;
	setenv("BOTHY_BOX_SERVERS", "boxes.example.org", 1);
	setenv("BOTHY_BOX_TOKEN", "a\nb", 1);
	assert_gives("-:0: BOTHY_BOX_TOKEN: there is a blank in it\n"
		     "-:0: BOTHY_BOX_SERVERS: 'boxes.example.org' is not a URL\n");
}

static void the_environment_tells_how_patient_to_be(void **state)
{
	(void)state;
	setenv("BOTHY_HTTP", "retries=3", 1);
	assert_text("", "patience 3 0 0\n");
	setenv("BOTHY_HTTP", "stall=10, wait=1,retries=100000", 1);
	assert_text("", "patience 100000 10 1\n");
	setenv("BOTHY_HTTP", "retries=0,wait=,stall=1s,stall=100001,often", 1);
	assert_gives(
		"-:0: BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got 'retries=0'\n"
		"-:0: BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got 'wait='\n"
		"-:0: BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got 'stall=1s'\n"
		"-:0: BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got 'stall=100001'\n"
		"-:0: BOTHY_HTTP: expected retries=N, stall=SECONDS or wait=MS, got 'often'\n");
}

static void hosts_and_servers_are_told_apart(void **state)
{
	static const char *const hosts[] = { "a",     "a-b.c_d",       "A.B:1", "10.0.0.1:65535",
					     "[::1]", "[fe80::1]:8080" };
	static const char *const no_hosts[] = { "",        ":80",   "a:",      "a:b",
						"a:65536", "a/b",   "a b",     "u@a",
						"[::1",    "[]",    "[::1]x",  "a:123456",
						"::1:x",   "http:", "a:80:80", "é.org" };
	static const char *const servers[] = { "http://a", "HTTPS://a/b?c", "https://[::1]:80/",
					       "file:/srv", "file:///srv" };
	static const char *const no_servers[] = {
		"",           "a",           "/srv",   "ftp://a",     "http:/",    "https://",
		"https:///x", "https://a b", "file:x", "https://u@/", "http://a:b"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		assert_true(config_is_host(hosts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no_hosts); i++)
		assert_false(config_is_host(no_hosts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		assert_true(config_is_server(servers[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no_servers); i++)
		assert_false(config_is_server(no_servers[i]));
}

static void assert_path(const char *expected)
{
	cleanup_free char *found = config_path();

	assert_string_equal(found, expected);
}

static void the_file_is_where_it_belongs(void **state)
{
	(void)state;
	assert_path("/home/me/.config/bothy/config.lua");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_path("/home/me/.config/bothy/config.lua");
	setenv("XDG_CONFIG_HOME", "/cfg", 1);
	assert_path("/cfg/bothy/config.lua");
	setenv("BOTHY_CONFIG", "", 1);
	assert_path("/cfg/bothy/config.lua");
	setenv("BOTHY_CONFIG", "my.lua", 1);
	assert_path("my.lua");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(no_file_is_an_empty_configuration),
		CASE(what_cannot_be_read_is_an_error),
		CASE(everything_that_can_be_said),
		CASE(values_come_from_elsewhere),
		CASE(mistakes_have_their_line),
		CASE(unknown_words_are_mistakes),
		CASE(files_of_others_are_closed),
		CASE(a_token_that_others_can_read_is_a_mistake),
		CASE(a_file_without_tokens_may_be_open),
		CASE(the_environment_comes_first),
		CASE(the_token_is_for_those_servers),
		CASE(mistakes_of_the_environment_are_told),
		CASE(the_environment_tells_how_patient_to_be),
		CASE(hosts_and_servers_are_told_apart),
		CASE(the_file_is_where_it_belongs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
