/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with folders, and where it is said. */
#include "tests/unit/normalized_folders.h"

static void mistakes_are_told(void **state)
{
	forget_abilities();
	can[0].of[FOLDER_BIND] = (struct folder_ability){ "that is for containers", NULL };
	can[0].of[FOLDER_RSYNC] =
		(struct folder_ability){ "rsync is not on this host", "sudo apt install rsync" };
	assert_wrong(
		*state,
		"machine 'm' { box = 'b', folders = {\n"
		"  nowhere = '/a',\n"
		"  file = '/b',\n"
		"  src = 'c',\n"
		"  ['./data'] = '/x',\n"
		"  ['data'] = '/y',\n"
		"  ['.'] = {\n    kind = 'bind',\n    to = '/' },\n"
		"  ['~root'] = '/z',\n"
		"  ['.bothy/machines'] = '/keys',\n"
		"  ['/opt'] = { '/e', kind = 'rsync', read_only = true },\n"
		"  ['/usr'] = '/f/../g',\n"
		"  ['/var'] = '/proc//x/',\n"
		"} }\n",
		"2: machine 'm'.folders['nowhere']: there is no directory 'DIR/nowhere'; hint: create = true makes it\n"
		"3: machine 'm'.folders['file']: 'DIR/file' is no directory\n"
		"4: machine 'm'.folders['src'].to: expected a path from the guest's root such as "
		"\"/srv/app\", got \"c\"\n"
		"5: machine 'm'.folders['./data']: 'data' is the same directory\n"
		"8: machine 'm'.folders['.'].kind: 'bind' does not work here: that is for containers\n"
		"9: machine 'm'.folders['.'].to: '/' is the guest's own\n"
		"10: machine 'm'.folders['~root']: only \"~/…\" is known, a path in your home directory\n"
		"11: machine 'm'.folders['.bothy/machines']: '.bothy' is kept from machines\n"
		"12: machine 'm'.folders['/opt'].kind: 'rsync' does not work here: rsync is not on this host; "
		"hint: sudo apt install rsync\n"
		"12: machine 'm'.folders['/opt'].read_only: what rsync brings into the guest is the guest's own\n"
		"13: machine 'm'.folders['/usr'].to: expected a path from the guest's root such as "
		"\"/srv/app\", got \"/f/../g\"\n"
		"14: machine 'm'.folders['/var'].to: '/proc' is the guest's own\n");
}

static void options_fit_the_kind(void **state)
{
	forget_abilities();
	assert_wrong(
		*state,
		"machine 'm' { box = 'b', provider = 'container', folders = {\n"
		"  src = { '/a', owner = 'u', mode = '0755', exclude = { 'x' } },\n"
		"  data = { '/b', kind = 'copy', read_only = true, mount_options = { 'noatime' } },\n"
		"  ['/usr'] = { '/c', mount_options = { 'noatime', 'ro' } },\n"
		"  ['/etc'] = { '/d', kind = 'copy', mode = '0999', read_only = false },\n"
		"} }\n"
		"machine 'n' { box = 'b', folders = { src = { '/a', mount_options = { 'a,b' } } } }\n"
		"machine 'o' { box = 'b', guest = 'none', folders = { src = '/a' } }\n",
		"2: machine 'm'.folders['src'].exclude: a bind folder is shared whole; "
		"hint: another kind can: kind = \"copy\"\n"
		"2: machine 'm'.folders['src'].mode: a bind folder keeps its permissions; "
		"hint: another kind can: kind = \"copy\"\n"
		"2: machine 'm'.folders['src'].owner: files of a bind folder keep their owners; "
		"hint: another kind can: kind = \"copy\"\n"
		"3: machine 'm'.folders['data'].mount_options: nothing is mounted for a copy folder\n"
		"3: machine 'm'.folders['data'].read_only: what copy brings into the guest is the "
		"guest's own\n"
		"4: machine 'm'.folders['/usr'].mount_options: 'ro' is no option of a bind mount; "
		"write read_only = true\n"
		"5: machine 'm'.folders['/etc'].mode: expected permissions such as \"0755\", got "
		"\"0999\"\n"
		"7: machine 'n'.folders['src'].mount_options: 'a,b' is no option of a virtiofs mount\n"
		"8: machine 'o'.folders['src']: nothing can be in a machine with guest = \"none\"\n");
}

static void places_do_not_clash(void **state)
{
	forget_abilities();
	assert_wrong(*state,
		     "machine 'm' { box = 'b', folders = {\n"
		     "  ['.'] = '/p',\n"
		     "  data = '/x',\n"
		     "  ['src'] = '/x/',\n"
		     "  ['/usr'] = '/p/.bothy/usr',\n"
		     "} }\n",
		     "4: machine 'm'.folders['src'].to: 'data' is at '/x' already\n"
		     "5: machine 'm'.folders['/usr'].to: '/p/.bothy' is kept from machines\n");
}

static void nobody_is_there_to_put_them(void **state)
{
	forget_abilities();
	assert_wrong(
		*state,
		"machine 'm' { box = 'b', management = false, networks = { internal 'i' {} },\n"
		"folders = { src = '/s' } }\n",
		"2: machine 'm'.folders['src']: it has cards on internal networks only, and "
		"this host no way into it to put '/s' there; hint: leave management = true, or "
		"give it a card that lets this host in, such as host_only {}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(mistakes_are_told),
		CASE(nobody_is_there_to_put_them),
		CASE(options_fit_the_kind),
		CASE(places_do_not_clash),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("normalize_folders_wrong", tests, NULL, NULL);
}
