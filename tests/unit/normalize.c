/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what bothy.lua says to what is meant: defaults, references between machines, names, and
 * the digests of provisioners. Each test writes a project into a temporary directory.
 */
#include "core/normalize.h"
#include "core/provisioners.h"

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
#include "core/schema.h"
#include "core/text.h"
#include "lua/envfile.h"

struct project_case {
	char directory[64];
	struct env env;
	struct problems problems;
};

static int setup(void **state)
{
	struct project_case *c = xcalloc(1, sizeof(*c));

	snprintf(c->directory, sizeof(c->directory), "/tmp/bothy-normalize-XXXXXX");
	*state = c;
	return mkdtemp(c->directory) ? chdir(c->directory) : -1;
}

static int teardown(void **state)
{
	struct project_case *c = *state;
	cleanup_error struct error err = { 0 };
	int rc = fs_remove(c->directory, &err);

	env_clear(&c->env);
	problems_clear(&c->problems);
	free(c);
	return rc;
}

static char *path_of(const struct project_case *c, const char *name)
{
	return fs_join(c->directory, name);
}

static void put(const struct project_case *c, const char *name, const char *content, mode_t mode)
{
	cleanup_free char *path = path_of(c, name);
	cleanup_error struct error err = { 0 };

	if (fs_write(path, content, strlen(content), mode, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void make_in(struct project_case *c, const char *directory, const char *lua)
{
	static const char *const providers[] = { "kvm", "container", "fake", NULL };
	struct normalize_conf conf = { .directory = directory, .providers = providers };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	env_clear(&c->env);
	problems_clear(&c->problems);
	put(c, "bothy.lua", lua, 0644);
	if (envfile_load("bothy.lua", &raw, &c->problems, &err) < 0)
		fail_msg("%s", err.text);
	normalize(&raw, &conf, &c->env, &c->problems);
	if (c->problems.count == 0)
		assert_int_equal(provisioners_digest(&c->env, true, &err), 0);
	problems_sort(&c->problems);
	/* What env still uses of raw would be gone now, which the address sanitizer sees. */
}

static void make(struct project_case *c, const char *lua)
{
	make_in(c, c->directory, lua);
}

static const struct machine *good(struct project_case *c, const char *lua, const char *name)
{
	const struct machine *m;

	make(c, lua);
	if (c->problems.count)
		fail_msg("line %d: %s", c->problems.at[0].line, c->problems.at[0].text);
	m = env_machine(&c->env, name);
	assert_non_null(m);
	return m;
}

/* All problems, one a line: "LINE: TEXT". */
static void assert_problems(struct project_case *c, const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };

	make(c, lua);
	for (size_t i = 0; i < c->problems.count; i++)
		text_addf(&t, "%d: %s\n", c->problems.at[i].line, c->problems.at[i].text);
	assert_string_equal(text_str(&t), expected);
}

static void unsaid_fields_have_defaults(void **state)
{
	const struct machine *m = good(*state, "machine { box = 'b' }", "default");

	assert_string_equal(m->hostname, "default");
	assert_string_equal(m->provider, "kvm");
	assert_int_equal(m->cpus, 1);
	assert_int_equal(m->memory_mib, 512);
	assert_int_equal(m->disk_mib, 0);
	assert_true(m->autostart);
	assert_false(m->primary);
	assert_int_equal(m->boot_timeout_s, 300);
	assert_int_equal(m->halt_timeout_s, 60);
	assert_null(m->ssh_user);
	assert_int_equal(m->ssh_port, 22);
	assert_int_equal(m->accel, ACCEL_AUTO);
}

static void defaults_are_inherited(void **state)
{
	struct project_case *c = *state;
	const struct machine *m = good(
		c,
		"defaults { box = 'outer', cpus = 2, memory = 100, autostart = false,\n"
		"  halt_timeout = 0, ssh = { user = 'dev', port = 2222 },\n"
		"  container = { command = { 'a', 'b' } }, depends_on = 'base',\n"
		"  provision = { shell 'one' } }\n"
		"machine 'base' {}\n"
		"machine 'db' {}\n"
		"machine 'web' { memory = '1G', ssh = { port = 22 }, depends_on = { 'db', 'base' },\n"
		"  container = { command = 'c' }, provision = { shell 'three' } }\n"
		"defaults { cpus = 3, box = 'inner',\n"
		"  provision = { shell 'two' } }\n",
		"web");

	/* The later defaults{} is the inner one; what the machine says wins over both. */
	assert_string_equal(m->box, "inner");
	assert_int_equal(m->cpus, 3);
	assert_int_equal(m->memory_mib, 1024);
	assert_false(m->autostart);
	assert_int_equal(m->halt_timeout_s, 0);
	assert_string_equal(m->ssh_user, "dev");
	assert_int_equal(m->ssh_port, 22);
	/* A command is one thing, lists of machines and provisioners are joined, outer first. */
	assert_int_equal(m->command.count, 1);
	assert_int_equal(m->provision.count, 3);
	assert_string_equal(m->provision.at[0].content, "one");
	assert_string_equal(m->provision.at[1].content, "two");
	assert_string_equal(m->provision.at[2].content, "three");
	assert_int_equal(m->depend_count, 2);
	assert_string_equal(c->env.machines[m->depends[0]].name, "base");
	assert_string_equal(c->env.machines[m->depends[1]].name, "db");
	/* Those that inherit themselves do not wait for themselves. */
	assert_int_equal(env_machine(&c->env, "base")->depend_count, 0);
}

static void names_are_checked(void **state)
{
	assert_problems(*state,
			"machine 'web' { box = 'b' }\n"
			"machine 'web' { box = 'b' }\n"
			"machine 'web' { box = 'b' }\n",
			"2: machine 'web' is declared twice; the first is in line 1\n"
			"3: machine 'web' is declared twice; the first is in line 1\n");
	assert_string_equal(((struct project_case *)*state)->problems.at[0].file, "bothy.lua");
}

static void machine_names_are_labels(void **state)
{
	char long_name[65] = "";

	(void)state;
	memset(long_name, 'a', 64);
	assert_false(schema_is_name(long_name));
	long_name[63] = '\0';
	assert_true(schema_is_name(long_name));
	assert_true(schema_is_name("web-01"));
	assert_true(schema_is_name("7"));
	assert_false(schema_is_name(""));
	assert_false(schema_is_name("Web"));
	assert_false(schema_is_name("-web"));
	assert_false(schema_is_name("web-"));
	assert_false(schema_is_name("we_b"));
	assert_false(schema_is_name("a/b"));
	assert_false(schema_is_name("w\xc3\xa9"));
}

static void circles_are_named(void **state)
{
	assert_problems(*state, "machine 'a' { box = 'b', depends_on = 'a' }",
			"1: machine 'a'.depends_on: it cannot depend on itself\n");
	assert_problems(*state,
			"machine 'a' { box = 'b', depends_on = 'c' }\n"
			"machine 'b' { box = 'b', depends_on = 'a' }\n"
			"machine 'c' { box = 'b', depends_on = 'b' }\n",
			"1: machine 'a'.depends_on: goes in a circle: 'a' → 'c' → 'b' → 'a'\n");
	assert_problems(*state,
			"machine 'x' { box = 'b', depends_on = 'a' }\n"
			"machine 'a' { box = 'b', depends_on = 'b' }\n"
			"machine 'b' { box = 'b', depends_on = 'a' }\n"
			"machine 'c' { box = 'b', depends_on = 'd' }\n"
			"machine 'd' { box = 'b', depends_on = 'c' }\n",
			"2: machine 'a'.depends_on: goes in a circle: 'a' → 'b' → 'a'\n"
			"4: machine 'c'.depends_on: goes in a circle: 'c' → 'd' → 'c'\n");
}

static void diamonds_are_no_circles(void **state)
{
	const struct machine *m = good(*state,
				       "machine 'a' { box = 'b', depends_on = { 'b', 'c', 'b' } }\n"
				       "machine 'b' { box = 'b', depends_on = 'd' }\n"
				       "machine 'c' { box = 'b', depends_on = 'd' }\n"
				       "machine 'd' { box = 'b' }\n",
				       "a");

	assert_int_equal(m->depend_count, 2);
}

static void all_mistakes_are_reported(void **state)
{
	assert_problems(*state,
			"machine 'web' { box = 'b',\n"
			"  depends_on = { 'cahce', 'zzzzzzzz' } }\n"
			"machine 'cache' { primary = true }\n"
			"machine 'db' { box = 'b', primary = true,\n"
			"  provider = 'container1',\n"
			"  box_checksum = 'sha256:12' }\n"
			"machine 'Bad' { box = 'b', provision = {\n"
			"  shell 'x' { name = 'same' },\n"
			"  shell 'y' { name = 'same' } } }\n",
			"2: machine 'web'.depends_on: there is no machine 'cahce'; did you mean "
			"'cache'?\n"
			"2: machine 'web'.depends_on: there is no machine 'zzzzzzzz'\n"
			"3: machine 'cache': no box given\n"
			"4: machine 'db'.primary: 'cache' is the primary machine already\n"
			"5: machine 'db'.provider: there is no provider 'container1'; did you mean "
			"'container'?\n"
			"6: machine 'db'.box_checksum: expected \"sha256:\" and 64 hex digits\n"
			"7: machine 'Bad': expected a name of a-z, 0-9 and '-', at most 63 long\n"
			"9: machine 'Bad'.provision[2].name: 'same' is taken\n");
}

static void included_files_are_named(void **state)
{
	struct project_case *c = *state;

	put(c, "more.lua", "\n\nmachine 'db' {\n  provision = { script 'gone.sh' } }\n", 0644);
	make(c, "include 'more.lua'\nmachine 'web' { depends_on = 'dbx', box = 'b' }\n");
	assert_int_equal(c->problems.count, 3);
	assert_string_equal(c->problems.at[0].file, "bothy.lua");
	assert_int_equal(c->problems.at[0].line, 2);
	assert_string_equal(c->problems.at[1].file, "more.lua");
	assert_int_equal(c->problems.at[1].line, 3);
	assert_string_equal(c->problems.at[1].text, "machine 'db': no box given");
	assert_string_equal(c->problems.at[2].file, "more.lua");
}

static void no_machine_is_a_mistake(void **state)
{
	assert_problems(*state, "-- nothing\n",
			"0: no machine is declared; write machine { box = \"…\" }\n");
}

static void checksums_lose_case_and_prefix(void **state)
{
	char lua[160], hex[DIGEST_HEX_BYTES];
	const struct machine *m;

	digest_of("x", 1, hex);
	hex[0] = 'A';
	snprintf(lua, sizeof(lua), "machine 'web' { box = 'b', box_checksum = 'sha256:%s' }", hex);
	m = good(*state, lua, "web");
	hex[0] = 'a';
	assert_string_equal(m->box_checksum, hex);
}

static void copy_digest(struct project_case *c, const char *provision, char out[DIGEST_HEX_BYTES])
{
	cleanup_free char *lua =
		xasprintf("machine 'web' { box = 'b', provision = { %s } }", provision);

	memcpy(out, good(c, lua, "web")->provision.at[0].digest, DIGEST_HEX_BYTES);
	assert_int_equal(strlen(out), DIGEST_HEX_BYTES - 1);
}

static void assert_digests(struct project_case *c, const char *one, const char *other, bool equal)
{
	char a[DIGEST_HEX_BYTES], b[DIGEST_HEX_BYTES];

	copy_digest(c, one, a);
	copy_digest(c, other, b);
	if ((strcmp(a, b) == 0) != equal)
		fail_msg("%s and %s %s", one, other, equal ? "differ" : "are the same");
}

static void digests_follow_what_runs(void **state)
{
	struct project_case *c = *state;

	assert_digests(c, "shell 'a'", "shell 'b'", false);
	assert_digests(c, "shell 'a'", "shell 'a' { args = 'x' }", false);
	assert_digests(c, "shell 'a' { args = { 'x', 'y' } }", "shell 'a' { args = 'xy' }", false);
	assert_digests(c, "shell 'a' { args = { 'X', 'y' } }", "shell 'a' { env = { X = 'y' } }",
		       false);
	assert_digests(c, "shell 'a' { env = { X = '1' } }", "shell 'a' { env = { X = '2' } }",
		       false);
	assert_digests(c, "shell 'a' { env = { X = '1', Y = '2' } }",
		       "shell 'a' { env = { Y = '2', X = '1' } }", true);
	assert_digests(c, "shell 'a'", "shell 'a' { user = 'dev' }", false);
	/* Its name and how often it runs do not change what it does. */
	assert_digests(c, "shell 'a'", "shell 'a' { name = 'n', when = 'always' }", true);
}

static void digests_follow_files(void **state)
{
	struct project_case *c = *state;
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES];
	cleanup_free char *path = path_of(c, "f");

	put(c, "f", "one", 0644);
	assert_digests(c, "script 'f'", "script './f'", true);
	assert_digests(c, "upload 'f' '/a'", "upload 'f' '/b'", false);
	copy_digest(c, "script 'f'", before);
	put(c, "f", "two", 0644);
	copy_digest(c, "script 'f'", after);
	assert_string_not_equal(before, after);
	copy_digest(c, "upload 'f' '/a'", before);
	assert_int_equal(chmod(path, 0755), 0);
	copy_digest(c, "upload 'f' '/a'", after);
	assert_string_not_equal(before, after);
}

static void assert_tree_changed(struct project_case *c, char digest[DIGEST_HEX_BYTES], bool changed)
{
	char now[DIGEST_HEX_BYTES];

	copy_digest(c, "upload 'tree' '/a'", now);
	if (changed == (strcmp(now, digest) == 0))
		fail_msg("the digest %s", changed ? "stayed" : "changed");
	memcpy(digest, now, sizeof(now));
}

static void digests_follow_trees(void **state)
{
	struct project_case *c = *state;
	cleanup_free char *tree = path_of(c, "tree"), *sub = path_of(c, "tree/sub");
	cleanup_free char *link = path_of(c, "tree/link"), *own = path_of(c, "tree/.bothy");
	char digest[DIGEST_HEX_BYTES];

	assert_int_equal(mkdir(tree, 0755) + mkdir(sub, 0755), 0);
	put(c, "tree/sub/f", "one", 0644);
	copy_digest(c, "upload 'tree' '/a'", digest);
	put(c, "tree/sub/f", "two", 0644);
	assert_tree_changed(c, digest, true);
	put(c, "tree/sub/g", "", 0644);
	assert_tree_changed(c, digest, true);
	assert_int_equal(chmod(sub, 0700), 0);
	assert_tree_changed(c, digest, true);
	/* Links count as links, wherever they lead: here to nothing, and round in a circle. */
	assert_int_equal(symlink("nowhere", link), 0);
	assert_tree_changed(c, digest, true);
	assert_int_equal(unlink(link) + symlink("..", link), 0);
	assert_tree_changed(c, digest, true);
	/* What bothy keeps there changes all the time. */
	assert_int_equal(mkdir(own, 0700), 0);
	put(c, "tree/.bothy/lock", "process 1", 0644);
	assert_tree_changed(c, digest, false);
}

static void scripts_must_be_files(void **state)
{
	struct project_case *c = *state;
	cleanup_free char *pipe = path_of(c, "pipe");

	assert_int_equal(mkfifo(pipe, 0600), 0);
	make(c, "machine 'web' { box = 'b', provision = { script 'pipe', script '.' } }");
	assert_int_equal(c->problems.count, 2);
	assert_true(
		text_has_prefix(c->problems.at[0].text, "machine 'web'.provision[1]: cannot read"));
	assert_true(text_has_suffix(c->problems.at[0].text, "/pipe': not a file"));
}

static void made_up_names_are_unique(void **state)
{
	struct project_case *c = *state;
	static const char *const names[] = { "shell-1", "f", "f-2", "shell-2", "mine", "tree" };
	cleanup_free char *tree = path_of(c, "tree");
	const struct machine *m;

	assert_int_equal(mkdir(tree, 0755), 0);
	put(c, "f", "", 0644);
	put(c, "tree/f", "", 0644);
	m = good(
		c,
		"machine 'web' { box = 'b', provision = { shell 'a', script 'f', script 'tree/f',\n"
		"  shell 'a', shell 'b' { name = 'mine' }, upload 'tree/' '/t' } }",
		"web");
	assert_int_equal(m->provision.count, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(m->provision.at[i].name, names[i]);
	assert_true(m->provision.at[1].from[0] == '/');
}

static void macs_are_unique_and_stable(void **state)
{
	struct project_case *c = *state;
	char before[NETWORK_MAC_BYTES];
	const struct machine *m = good(c, "machine 'node-7' { box = 'b' }", "node-7");

	memcpy(before, m->cards->mac, sizeof(before));
	assert_true(text_has_prefix(before, "52:54:00:"));
	good(c, "for i = 1, 2000 do machine('node-%d', i) { box = 'b' } end", "node-7");
	m = c->env.machines;
	assert_string_equal(env_machine(&c->env, "node-7")->cards->mac, before);
	for (size_t i = 0; i < c->env.machine_count; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(m[i].cards->mac, m[k].cards->mac);
	}
}

static void project_is_named_after_its_directory(void **state)
{
	static const struct {
		const char *directory, *name;
	} rows[] = {
		{ "/srv/demo", "demo" },
		{ "/srv/My App!", "my-app" },
		{ "/", "project" },
		{ "/srv/...", "project" },
		{ "/srv/\xc3\xa4\xc3\xb6", "project" },
		{ "/srv/a__b", "a-b" },
		{ "/srv/-x-", "x" },
		{ "/srv/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};
	struct project_case *c = *state;
	char id[ENV_ID_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_in(c, rows[i].directory, "machine 'web' { box = 'b' }");
		assert_string_equal(c->env.project.name, rows[i].name);
		assert_string_equal(c->env.project.directory, rows[i].directory);
		project_id_of(rows[i].directory, id);
		assert_string_equal(c->env.project.id, id);
		assert_int_equal(strlen(id), ENV_ID_BYTES - 1);
	}
	make(c, "project 'shop'\nmachine 'web' { box = 'b' }");
	assert_string_equal(c->env.project.name, "shop");
	make(c, "project 'The Shop'\nmachine 'web' { box = 'b' }");
	assert_string_equal(c->problems.at[0].text, "project 'The Shop': not a usable name");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(unsaid_fields_have_defaults),
		CASE(defaults_are_inherited),
		CASE(names_are_checked),
		CASE(machine_names_are_labels),
		CASE(circles_are_named),
		CASE(diamonds_are_no_circles),
		CASE(all_mistakes_are_reported),
		CASE(included_files_are_named),
		CASE(no_machine_is_a_mistake),
		CASE(checksums_lose_case_and_prefix),
		CASE(digests_follow_what_runs),
		CASE(digests_follow_files),
		CASE(digests_follow_trees),
		CASE(scripts_must_be_files),
		CASE(made_up_names_are_unique),
		CASE(macs_are_unique_and_stable),
		CASE(project_is_named_after_its_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize", tests, NULL, NULL);
}
