/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes by name and options. */
#include "cli/pick.h"

#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "core/fs.h"
#include "core/text.h"

/* Of a file that may be gone; NULL if its directory is, too. */
static char *whole_path(const char *word)
{
	const char *slash = strrchr(word, '/'), *last = slash ? slash + 1 : word;
	cleanup_free char *directory = slash ? xstrndup(word, (size_t)(last - word)) : xstrdup(".");
	cleanup_free char *real = NULL;
	cleanup_error struct error none = { 0 };

	if (fs_real_path(word, &real, &none) == 0)
		return take_ptr(real);
	error_clear(&none);
	return fs_real_path(directory, &real, &none) == 0 ? fs_join(real, last) : NULL;
}

static bool is_name(const struct pick *pick, const char *name)
{
	cleanup_free char *path = NULL;

	if (strcmp(pick->name, name) == 0)
		return true;
	path = name[0] == '/' ? whole_path(pick->name) : NULL;
	return text_equal(path, name);
}

bool pick_fits(const struct pick *pick, const struct entry *e)
{
	return (!pick->name || is_name(pick, e->name)) &&
	       (!pick->version || text_equal(pick->version, e->version ? e->version : "-")) &&
	       (!pick->provider || strcmp(pick->provider, e->provider) == 0) &&
	       (!pick->architecture || strcmp(pick->architecture, e->architecture) == 0);
}

static int none_fits(const struct pick *pick, const struct entries *all, struct error *err)
{
	const char **names = xcalloc(all->count + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < all->count; i++)
		names[i] = all->at[i].name;
	near = text_nearest(pick->name, names, all->count);
	/* What other commands show of a path is its last part. */
	for (size_t i = 0; i < all->count && !near; i++)
		near = strcmp(out_box_name(names[i]), pick->name) == 0 ? names[i] : NULL;
	free(names);
	error_set(err, ERROR_NOT_FOUND, "there is no box '%s' in the store", pick->name);
	return near ? error_hint(err, "did you mean '%s'?", near) :
		      error_hint(err, "'bothy box list' shows what there is");
}

char *pick_choices(const struct entry *const *at, size_t count)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < count; i++)
		text_addf(&t, "%s%s (%s, %s)", i ? "; " : "", at[i]->version ? at[i]->version : "-",
			  at[i]->provider, at[i]->architecture);
	return text_take(&t);
}

/* The name is known, but not with these options. */
static int none_of_them(const struct pick *pick, const struct entries *all, struct error *err)
{
	const struct pick by_name = { .name = pick->name };
	const struct entry **found;
	cleanup_free char *choices = NULL;
	size_t count;

	if (pick_entries(&by_name, all, &found, &count, err) < 0)
		return -1;
	choices = pick_choices(found, count);
	free(found);
	return error_set(err, ERROR_NOT_FOUND, "box '%s' is in the store, but only as %s",
			 pick->name, choices);
}

int pick_entries(const struct pick *pick, const struct entries *all, const struct entry ***out,
		 size_t *out_count, struct error *err)
{
	const struct entry **found = xcalloc(all->count + 1, sizeof(struct entry *));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (pick_fits(pick, &all->at[i]))
			found[count++] = &all->at[i];
	}
	if (count == 0) {
		free(found);
		return pick->version || pick->provider || pick->architecture ?
			       none_of_them(pick, all, err) :
			       none_fits(pick, all, err);
	}
	*out = found;
	*out_count = count;
	return 0;
}
