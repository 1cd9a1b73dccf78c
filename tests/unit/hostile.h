/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What means harm: made, tried, refused. A refusal names what is wrong, leaves nothing in the store, and
 * neither changes nor makes anything outside of it.
 */
#ifndef TESTS_UNIT_HOSTILE_H
#define TESTS_UNIT_HOSTILE_H

#include "tests/unit/import_samples.h"
#include "tests/unit/tar_sample.h"

#include <dirent.h>

struct hostile {
	const char *name;
	void (*add)(struct text *t); /* makes it */
	const char *why;             /* is in the message */
	bool at_once;                /* before anything is poured */
};

#define HOSTILE(add, why)      \
	{                      \
#add, add, why \
	}

static const char canary_content[] = "the canary sings";

/* A path that nothing may be written to. */
static inline const char *outside(const char *name)
{
	return sample_path(*name ? "outside/evil" : "outside");
}

static inline void evil(struct text *t, const char *name)
{
	tar_file(t, name, "evil", 4);
}

static inline size_t entries_of(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t count = 0;

	while (dir && (e = readdir(dir)))
		count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
			 !text_has_suffix(e->d_name, ".lock");
	if (dir)
		closedir(dir);
	return count;
}

static inline void all_is_as_before(const struct hostile *f, size_t entries)
{
	cleanup_text struct text canary = { 0 };
	cleanup_error struct error err = { 0 };
	struct stat st;

	assert_int_equal(fs_read(sample_path("canary"), 100, &canary, &err), 0);
	assert_string_equal(text_str(&canary), canary_content);
	assert_int_equal(stat(sample_path("canary"), &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_mode & 07777, 0600);
	if (entries_of(sample_path("outside")) || entries_of(sample_path("home/rootfs")) ||
	    entries_of(sample_path("home/tmp")) || entries_of(sample_dir) != entries ||
	    fs_exists("/etc/bothy-evil"))
		fail_msg("%s: something was left", f->name);
}

static inline void try_hostile(const struct hostile *f, struct text *made)
{
	const struct rootfs_limits limits = { .bytes = 1 << 16, .members = 50 };
	cleanup_growing struct growing *file = NULL;
	cleanup_error struct error err = { 0 };
	struct import_spec spec = { .name = "hostile", .limits = &limits };
	struct kept k = { 0 };
	struct content c = { 0 };
	size_t entries;

	sample_write("file", made->ptr, made->len);
	assert_int_equal(growing_open(sample_path("file"), &file, &err), 0);
	spec.file = file;
	entries = entries_of(sample_dir);
	if (take_any(&spec, &k, &c, &err) == 0)
		fail_msg("%s: taken, but should be refused: %s", f->name, f->why);
	if (err.kind != ERROR_BOX || !strstr(err.text, f->why))
		fail_msg("%s: wanted '%s', got %d '%s'", f->name, f->why, err.kind, err.text);
	for (const char *at = err.text; *at; at++)
		assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
	if (f->at_once && k.count)
		fail_msg("%s: something was poured", f->name);
	all_is_as_before(f, entries);
	kept_clear(&k);
}

static inline int hostile_setup(void **state)
{
	cleanup_error struct error err = { 0 };

	if (samples_setup(state) < 0)
		return -1;
	return fs_write(sample_path("canary"), canary_content, strlen(canary_content), 0600, NULL,
			&err) < 0 ||
	       mkdir(sample_path("outside"), 0755) < 0 || mkdir(sample_path("home"), 0755) < 0;
}

static inline void none_gets_in(const struct hostile *all, size_t count, bool are_archives)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_text struct text file = { 0 };

		all[i].add(&file);
		if (are_archives)
			tar_end(&file);
		try_hostile(&all[i], &file);
	}
}

/* What is hostile but for one thing gets in without it, or the refusals would prove nothing. */
static inline void gets_in(void (*add)(struct text *t), bool is_archive)
{
	cleanup_text struct text made = { 0 };
	cleanup_growing struct growing *file = NULL;
	cleanup_error struct error err = { 0 };
	struct import_spec spec = { .name = "harmless" };
	struct kept k = { 0 };
	struct content c = { 0 };

	add(&made);
	if (is_archive)
		tar_end(&made);
	sample_write("file", made.ptr, made.len);
	assert_int_equal(growing_open(sample_path("file"), &file, &err), 0);
	spec.file = file;
	if (take_any(&spec, &k, &c, &err) < 0)
		fail_msg("%s", err.text);
	content_clear(&c);
	kept_clear(&k);
}

#endif
