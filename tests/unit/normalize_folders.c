/* SPDX-License-Identifier: Apache-2.0 */
/* What folders mean. */
#include "tests/unit/normalized_folders.h"

static void the_project_is_there_by_itself(void **state)
{
	struct normalized *c = *state;

	forget_abilities();
	assert_folders(c, "", ".  /project virtiofs project\n");
	assert_folders(c, "provider = 'container'", ".  /project bind project\n");
	assert_folders(c, "provider = 'fake'", "");
	assert_folders(c, "folders = { ['.'] = false }", "");
	assert_folders(c, "folders = { ['./'] = '/srv' }", "./  /srv virtiofs project\n");
	assert_folders(c, "folders = { ['./src'] = '/project' }", "./src /src /project virtiofs\n");
	assert_folders(c, "guest = 'none'", "");
	can[0].of[FOLDER_VIRTIOFS].why_not = "it needs root";
	assert_folders(c, "", ".  /project copy project\n");
	assert_string_equal(c->env.machines[0].folders[0].kind_reason,
			    "no virtiofs: it needs root");
}

static void it_is_not_where_nobody_can_put_it(void **state)
{
#define ALONE "management = false, networks = { internal 'i' {} }, "
	forget_abilities();
	assert_folders(*state, ALONE, "");
	assert_folders(*state, ALONE "provider = 'container'", ".  /project bind project\n");
	assert_folders(*state, "networks = { internal 'i' {} }", ".  /project virtiofs project\n");
	assert_folders(*state, ALONE "provider = 'fake', folders = { src = '/s' }",
		       "src /src /s copy\n");
}

static void they_are_tidy_and_in_order(void **state)
{
	forget_abilities();
	assert_folders(*state,
		       "folders = { ['.'] = '/a/b//c/', ['src/../data'] = '/a/./b/c/d', "
		       "['~/src'] = { '/z', kind = 'rsync' } }",
		       "~/src /src /z rsync said\n"
		       ".  /a/b/c virtiofs project\n"
		       "src/../data /data /a/b/c/d virtiofs\n");
	assert_folders(*state, "provider = 'fake', folders = { src = { '/s', read_only = true } }",
		       "src /src /s copy\n");
}

static void what_is_outside_is_wanted(void **state)
{
	struct normalized *c = *state;

	forget_abilities();
	assert_int_equal(symlink("/usr", "link"), 0);
	assert_folders(c,
		       "folders = { ['/etc'] = '/a', link = '/b', ['..'] = '/c', ['.'] = false }",
		       "/etc /etc /a virtiofs outside\n"
		       "link /usr /b virtiofs outside\n"
		       ".. /tmp /c virtiofs project outside\n");
	assert_int_equal(c->env.want_count, 3);
	for (size_t i = 0; i < c->env.want_count; i++) {
		const struct want *w = &c->env.wants[i];

		assert_int_equal(w->kind, WANT_PATH);
		assert_string_equal(w->machine, "m");
		if (strcmp(w->what, "/usr") == 0)
			assert_string_equal(w->why, "folder at /b");
	}
	assert_string_equal(c->env.machines[0].folders[1].from, "/usr");
}

static void the_nearest_block_decides(void **state)
{
	static const char lua[] =
		"defaults { box = 'b', folders = { src = '/a', data = '/d', ['.'] = false } }\n"
		"machine 'm' { folders = { ['./src'] = '/b', data = false } }\n"
		"machine 'n' { guest = 'none' }\n";
	struct normalized *c = *state;

	forget_abilities();
	assert_wrong(c, lua, "");
	assert_int_equal(c->env.machines[0].folder_count, 1);
	assert_string_equal(c->env.machines[0].folders[0].to, "/b");
	assert_int_equal(c->env.machines[1].folder_count, 0);
}

static void options_are_taken(void **state)
{
	struct normalized *c = *state;
	const struct folder *f;

	forget_abilities();
	assert_folders(
		c,
		"folders = { new = { '/n', kind = 'copy', create = true, owner = 'u', group = 'g', "
		"mode = '2775', exclude = { '*.o' } }, ['.'] = { '/p', read_only = true, "
		"mount_options = { 'noatime', 'dax' } } }",
		"new /new /n copy said\n.  /p virtiofs project\n");
	f = &c->env.machines[0].folders[0];
	assert_true(f->create);
	assert_string_equal(f->owner, "u");
	assert_string_equal(f->group, "g");
	assert_int_equal(f->mode, 02775);
	assert_string_equal(f->exclude.at[0], "*.o");
	assert_true(f[1].read_only);
	assert_int_equal(f[1].mount_options.count, 2);
}

static void what_other_folders_have_is_left_alone(void **state)
{
	struct normalized *c = *state;
	const struct machine *m;

	make_here(c, "machine 'm' { box = 'b', folders = { ['.'] = '/p', src = '/p/a b/[x]', "
		     "data = '/p/a b' } }");
	assert_int_equal(c->problems.count, 0);
	m = &c->env.machines[0];
	assert_int_equal(m->folder_count, 3);
	assert_int_equal(m->folders[0].inner.count, 2);
	assert_string_equal(m->folders[0].inner.at[0], "/a\\ b");
	assert_string_equal(m->folders[0].inner.at[1], "/a\\ b/\\[x]");
	assert_int_equal(m->folders[1].inner.count, 1);
	assert_string_equal(m->folders[1].inner.at[0], "/\\[x]");
	assert_int_equal(m->folders[2].inner.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_project_is_there_by_itself),
		CASE(it_is_not_where_nobody_can_put_it),
		CASE(they_are_tidy_and_in_order),
		CASE(what_is_outside_is_wanted),
		CASE(the_nearest_block_decides),
		CASE(options_are_taken),
		CASE(what_other_folders_have_is_left_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize_folders", tests, NULL, NULL);
}
