/* SPDX-License-Identifier: Apache-2.0 */
/* Which files provisioning reads, and digests of them that are the same in every clone. */
#include <fcntl.h>
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
#include "core/normalize.h"
#include "core/provision_files.h"
#include "core/stop.h"
#include "lua/envfile.h"

/* Of "x". */
#define SHA_X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

static char base[64], *project;

static int setup(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/bothy-files-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	project = fs_join(base, "project");
	return mkdir(project, 0755);
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(project);
	return fs_remove(base, &err);
}

/* Names may have folders in front, and begin with "../". */
static void put(const char *name, const char *data, mode_t mode)
{
	cleanup_free char *path = fs_join(project, name), *parent = xstrdup(path);
	cleanup_error struct error err = { 0 };

	*strrchr(parent, '/') = '\0';
	if (fs_make_dirs(parent, 0755, NULL, &err) < 0 ||
	    fs_write(path, data, strlen(data), mode, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void put_link(const char *name, const char *target)
{
	cleanup_free char *path = fs_join(project, name);

	assert_int_equal(symlink(target, path), 0);
}

static void drop(const char *name)
{
	cleanup_free char *path = fs_join(project, name);
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_remove(path, &err), 0);
}

static void make_env(const char *lua, struct env *out)
{
	static const char *const providers[] = { "kvm", NULL };
	struct normalize_conf conf = { .directory = project, .providers = providers };
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_free char *path = fs_join(project, "bothy.lua");
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	put("bothy.lua", lua, 0644);
	assert_int_equal(envfile_load(path, &raw, &problems, &err), 0);
	normalize(&raw, &conf, out, &problems);
	if (problems.count)
		fail_msg("%s", problems.at[0].text);
}

/* One line a file: its path and the first digits of its digest, as many as were asked for. */
static void list(const char *lua, int digits, struct text *out)
{
	cleanup_env struct env env = { 0 };
	cleanup_error struct error err = { 0 };
	struct provision_file *files;
	struct arena arena = { 0 };
	size_t count;

	make_env(lua, &env);
	if (provisioners_files(&env, true, &arena, &files, &count, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(strlen(files[i].digest), DIGEST_HEX_BYTES - 1);
		text_addf(out, "%s%s%.*s\n", files[i].path, digits ? " " : "", digits,
			  files[i].digest);
	}
	arena_clear(&arena);
}

static void assert_paths(const char *lua, const char *expected)
{
	cleanup_text struct text t = { 0 };

	list(lua, 0, &t);
	assert_string_equal(text_str(&t), expected);
}

static void each_file_is_there_once(void **state)
{
	(void)state;
	put("app.sh", "x", 0755);
	put("conf/a.conf", "a", 0644);
	put("b.conf", "b", 0644);
	assert_paths("machine { box = 'b' }", "");
	assert_paths(
		"defaults { box = 'b', provision = { script 'app.sh', shell 'true' } }\n"
		"machine 'web' { provision = { upload 'conf/' '/etc/conf', script './app.sh' } }\n"
		"machine 'db' { provision = {\n"
		"  upload 'conf/../b.conf' '/b', upload './conf/.' '/c', upload 'b.conf' '/d',\n"
		"  upload '.' '/srv' } }\n",
		".\napp.sh\nb.conf\nconf\n");
}

static void files_outside_keep_their_path(void **state)
{
	cleanup_free char *lua = NULL, *expected = NULL;

	(void)state;
	put("../shared.sh", "x", 0755);
	put("../project-2/own.sh", "x", 0755);
	lua = xasprintf("machine { box = 'b', provision = { script '../shared.sh',\n"
			"  script '%s/shared.sh', script '../project-2/own.sh',\n"
			"  upload '..' '/all', upload '../project/bothy.lua' '/x' } }\n",
			base);
	expected =
		xasprintf("%s\n%s/project-2/own.sh\n%s/shared.sh\nbothy.lua\n", base, base, base);
	assert_paths(lua, expected);
}

static void a_file_has_its_plain_digest(void **state)
{
	cleanup_text struct text t = { 0 };

	(void)state;
	put("app.sh", "x", 0755);
	put("x.conf", "x", 0600);
	put("empty", "", 0644);
	put_link("link", "app.sh");
	list("machine { box = 'b', provision = { script 'app.sh', upload 'x.conf' '/x',\n"
	     "  upload 'empty' '/e', upload 'link' '/l' } }",
	     64, &t);
	assert_string_equal(
		text_str(&t),
		"app.sh " SHA_X "\n"
		"empty e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
		"link " SHA_X "\n"
		"x.conf " SHA_X "\n");
}

static void tree_digest(char out[static DIGEST_HEX_BYTES])
{
	cleanup_text struct text t = { 0 };

	list("machine { box = 'b', provision = { upload 'tree' '/srv' } }", 64, &t);
	assert_true(text_has_prefix(text_str(&t), "tree "));
	memcpy(out, text_str(&t) + strlen("tree "), DIGEST_HEX_BYTES - 1);
	out[DIGEST_HEX_BYTES - 1] = '\0';
}

/* As the header tells. */
static void a_directory_has_the_digest_of_its_records(void **state)
{
	char actual[DIGEST_HEX_BYTES], expected[DIGEST_HEX_BYTES], target[DIGEST_HEX_BYTES];
	cleanup_text struct text records = { 0 };

	(void)state;
	put("tree/b/file", "x", 0644);
	put("tree/b.sh", "x", 0755);
	put("tree/Z", "x", 0600);
	put_link("tree/link", "/nowhere");
	digest_of("/nowhere", 8, target);
	text_addf(&records, "f %s Z%c", SHA_X, '\0');
	text_addf(&records, "f %s b/file%c", SHA_X, '\0');
	text_addf(&records, "x %s b.sh%c", SHA_X, '\0');
	text_addf(&records, "l %s link%c", target, '\0');
	digest_of(records.ptr, records.len, expected);
	tree_digest(actual);
	assert_string_equal(actual, expected);
}

static void every_change_of_a_tree_counts(void **state)
{
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES];

	(void)state;
	put("tree/a", "x", 0644);
	put_link("tree/l", "a");
#define CHANGES(how)                                    \
	do {                                            \
		tree_digest(before);                    \
		how;                                    \
		tree_digest(after);                     \
		assert_string_not_equal(before, after); \
	} while (0)
	CHANGES(put("tree/a", "y", 0644));
	CHANGES(put("tree/a", "y", 0755));
	CHANGES(put("tree/sub/b", "", 0644));
	CHANGES({
		drop("tree/sub/b");
		put("tree/sub/c", "", 0644);
	});
	CHANGES(drop("tree/sub"));
	CHANGES({
		drop("tree/l");
		put_link("tree/l", "b");
	});
	CHANGES({
		drop("tree/l");
		put("tree/l", "b", 0644);
	});
}

static void what_clones_differ_in_does_not_count(void **state)
{
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES];
	cleanup_free char *empty = fs_join(project, "tree/empty");
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	cleanup_free char *file = fs_join(project, "tree/a");

	(void)state;
	put("tree/a", "x", 0644);
	tree_digest(before);
	put("tree/a", "x", 0600);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
	put("tree/.git/HEAD", "x", 0644);
	put("tree/.bothy/lock", "x", 0644);
	put("tree/bothy.lock", "x", 0644);
	put("tree/sub/bothy.lock", "x", 0644);
	assert_int_equal(mkdir(empty, 0700), 0);
	tree_digest(after);
	assert_string_equal(before, after);
}

static void the_lock_itself_is_left_out(void **state)
{
	(void)state;
	put("bothy.lock", "x", 0644);
	assert_paths("machine { box = 'b', provision = { upload 'bothy.lock' '/l' } }", "");
}

static void assert_error(const struct env *env, const char *expected)
{
	cleanup_error struct error err = { 0 };
	struct provision_file *files = NULL;
	struct arena arena = { 0 };
	size_t count = 7;

	assert_int_equal(provisioners_files(env, true, &arena, &files, &count, &err), -1);
	assert_int_equal(count, 7);
	assert_null(files);
	if (!strstr(err.text, expected))
		fail_msg("%s", err.text);
	arena_clear(&arena);
}

static void trouble_names_the_machine(void **state)
{
	cleanup_env struct env env = { 0 };
	cleanup_free char *pipe = fs_join(project, "tree/pipe");

	(void)state;
	put("app.sh", "x", 0755);
	put("tree/a", "x", 0644);
	make_env("machine 'web' { box = 'b', provision = { shell 'x', upload 'tree' '/t',\n"
		 "  script 'app.sh' } }",
		 &env);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_error(&env, "machine 'web': provisioner 'tree': cannot read '");
	assert_error(&env, "/tree/pipe': not a file or directory");
	drop("tree/pipe");
	drop("app.sh");
	assert_error(&env, "machine 'web': provisioner 'app.sh': cannot read '");
	assert_int_equal(mkfifo(env.machines[0].provision.at[2].from, 0600), 0);
	assert_error(&env, "app.sh': not a file or directory");
}

static void it_can_be_interrupted(void **state)
{
	cleanup_env struct env env = { 0 };

	(void)state;
	put("app.sh", "x", 0755);
	make_env("machine { box = 'b', provision = { script 'app.sh' } }", &env);
	stop_set(true);
	assert_error(&env, "interrupted");
	stop_set(false);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_file_is_there_once),
		CASE(files_outside_keep_their_path),
		CASE(a_file_has_its_plain_digest),
		CASE(a_directory_has_the_digest_of_its_records),
		CASE(every_change_of_a_tree_counts),
		CASE(what_clones_differ_in_does_not_count),
		CASE(the_lock_itself_is_left_out),
		CASE(trouble_names_the_machine),
		CASE(it_can_be_interrupted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("provision_files", tests, NULL, NULL);
}
