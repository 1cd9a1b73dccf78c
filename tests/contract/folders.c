/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about folders: what is shared is, while the machine runs, and .bothy never. */
#include "tests/contract/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/folder_note.h"
#include "core/fs.h"

static struct folder_abilities abilities(void)
{
	struct folder_abilities can;

	provider_folders(bench.ops, &bench.conf, &can);
	return can;
}

/* What its machines share best, or COPY. */
static enum folder_kind best(void)
{
	static const enum folder_kind kinds[] = { FOLDER_BIND, FOLDER_VIRTIOFS };
	const struct folder_abilities can = abilities();

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!can.of[kinds[i]].why_not)
			return kinds[i];
	return FOLDER_COPY;
}

static bool shares(void)
{
	return best() != FOLDER_COPY;
}

static void put(const char *path, const char *content)
{
	cleanup_error struct error err = { 0 };

	assert_int_equal(fs_write(path, content, strlen(content), 0600, NULL, &err), 0);
}

/* Two folders for machine 0: the project with a key in its .bothy, and data/ in it, which is still to be made. */
static struct folder *take_folders(struct world *w)
{
	static struct folder folders[2];
	static char own[300], data[300];
	cleanup_free char *key = NULL;

	snprintf(own, sizeof(own), "%s/.bothy", w->directory);
	snprintf(data, sizeof(data), "%s/data", w->directory);
	key = fs_join(own, "key");
	mkdir(own, 0755);
	put(key, "secret\n");
	folders[0] = (struct folder){
		.said = ".", .from = w->directory, .to = "/project", .kind = best(), .project = true
	};
	folders[1] = (struct folder){ .said = "data",
				      .from = data,
				      .to = "/srv/data",
				      .kind = best(),
				      .create = true,
				      .read_only = shares() };
	w->machines[0].folders = folders;
	w->machines[0].folder_count = 2;
	return folders;
}

/* How often that directory is mounted on this host; where the key is in sight is not counted but fails. */
static size_t count_mounts(const char *directory)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	struct stat wanted, st;
	char line[8192], point[4096];
	size_t count = 0;

	assert_non_null(f);
	assert_int_equal(stat(directory, &wanted), 0);
	while (fgets(line, sizeof(line), f)) {
		cleanup_free char *key = NULL;

		assert_int_equal(sscanf(line, "%*s %*s %*s %*s %4095s", point), 1);
		if (stat(point, &st) < 0 || st.st_ino != wanted.st_ino ||
		    st.st_dev != wanted.st_dev)
			continue;
		key = fs_join(point, ".bothy/key");
		assert_false(fs_exists(key));
		count++;
	}
	fclose(f);
	return count;
}

static void tells_what_folders_it_can_have(void **state)
{
	const struct folder_abilities can = abilities();

	(void)state;
	assert_int_equal(can.has_guests, bench.ops->has_guest);
	assert_null(can.of[FOLDER_COPY].why_not);
	assert_true(can.of[FOLDER_BIND].why_not || can.of[FOLDER_VIRTIOFS].why_not);
}

static void notes_the_folders(void **state)
{
	struct world *w = &bench.world;
	const struct folder *folders = take_folders(w);
	cleanup_free char *id = create(w, 0), *note = folder_note_text(folders, 2);
	struct provider_creation what = creation_of(w, 0);

	(void)state;
	assert_string_equal(see(w, 0)->folders, note);
	start(id);
	assert_string_equal(see(w, 0)->folders, note);
	stop(id, PROVIDER_STOP_FORCE, 0);
	w->machines[0].folder_count = 0;
	what.image = NULL;
	must(provider_machine_update(bench.provider, id, &what, err));
	assert_null(see(w, 0)->folders);
	start(id);
}

static void shares_while_it_runs(void **state)
{
	struct world *w = &bench.world;
	const struct folder *folders = take_folders(w);
	cleanup_free char *id = create(w, 0);

	(void)state;
	assert_true(fs_exists(folders[1].from));
	start(id);
	assert_int_equal(count_mounts(w->directory), 1);
	assert_int_equal(count_mounts(folders[1].from), 1);
	start(id);
	assert_int_equal(count_mounts(w->directory), 1);
	stop(id, PROVIDER_STOP_FORCE, 0);
	assert_int_equal(count_mounts(w->directory), 0);
	start(id);
	assert_int_equal(count_mounts(w->directory), 1);
	must(provider_machine_remove(bench.provider, id, err));
	assert_int_equal(count_mounts(w->directory), 0);
	assert_int_equal(count_mounts(folders[1].from), 0);
}

static void does_not_start_without_a_folder(void **state)
{
	struct world *w = &bench.world;
	const struct folder *folders = take_folders(w);
	cleanup_free char *id = create(w, 0);

	(void)state;
	assert_int_equal(rmdir(folders[1].from), 0);
	must_fail(ERROR_NOT_FOUND, provider_machine_start(bench.provider, id, err));
	assert_int_equal(state_of(id), MACHINE_STOPPED);
	assert_int_equal(count_mounts(w->directory), 0);
	assert_int_equal(mkdir(folders[1].from, 0755), 0);
	start(id);
	assert_int_equal(count_mounts(folders[1].from), 1);
}

/* Where bothy keeps its keys may become a link to anywhere, by a machine that shares the directory above. */
static void covers_no_other_directory(void **state)
{
	struct world *w = &bench.world;
	const struct folder *folders = take_folders(w);
	cleanup_free char *id = create(w, 0), *own = fs_join(w->directory, ".bothy");
	cleanup_free char *elsewhere = fs_join(w->directory, "data/x");
	cleanup_error struct error err = { 0 };

	(void)state;
	put(elsewhere, "");
	assert_int_equal(fs_remove(own, &err), 0);
	assert_int_equal(symlink(folders[1].from, own), 0);
	assert_int_equal(provider_machine_start(bench.provider, id, &err), -1);
	assert_non_null(strstr(err.text, ".bothy"));
	assert_true(fs_exists(elsewhere));
	assert_int_equal(count_mounts(w->directory), 0);
}

const struct contract_case folder_cases[] = {
	CASE(tells_what_folders_it_can_have),
	CASE(notes_the_folders),
	CASE_IF(shares, "its machines share nothing", shares_while_it_runs),
	CASE_IF(shares, "its machines share nothing", does_not_start_without_a_folder),
	CASE_IF(shares, "its machines share nothing", covers_no_other_directory),
};
const size_t folder_case_count = ARRAY_SIZE(folder_cases);
