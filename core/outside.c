/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that lead out. */
#include "core/outside.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* The deepest directory of it that exists, with what is below put back behind it. Caller frees. */
static char *follow(const char *path)
{
	cleanup_free char *head = xstrdup(path);
	char real[PATH_MAX];
	size_t len = strlen(head);

	while (!realpath(head, real)) {
		while (len > 1 && head[len - 1] != '/')
			len--;
		while (len > 1 && head[len - 1] == '/')
			len--;
		head[len] = '\0';
		if (len <= 1)
			return xstrdup(path);
	}
	return xasprintf("%s%s", strcmp(real, "/") == 0 ? "" : real, path + len);
}

bool path_is_outside(const char *directory, const char *path, char **out_real)
{
	size_t len = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
	char *real = follow(path);
	bool outside = strncmp(real, directory, len) != 0 || (real[len] && real[len] != '/') ||
		       strstr(real, "/../") != NULL;

	if (out_real)
		*out_real = real;
	else
		free(real);
	return outside;
}
