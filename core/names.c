/* SPDX-License-Identifier: Apache-2.0 */
/* Names in a directory. */
#include "core/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* alphasort(3) would ask the locale. */
static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int names_in(const char *path, struct names *out, struct error *err)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_name, compare);

	*out = (struct names){ 0 };
	if (count < 0)
		return error_errno(err, errno, "cannot read the directory '%s'", path);
	out->at = xcalloc((size_t)count, sizeof(*out->at));
	out->count = (size_t)count;
	for (int i = 0; i < count; i++) {
		out->at[i] = xstrdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->at[i]);
	free(n->at);
	*n = (struct names){ 0 };
}
