/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching of simplestreams. */
#include "boxes/image_server.h"

#include <stdlib.h>

#include "boxes/simplestreams.h"

#define INDEX_MAX_BYTES ((size_t)8 << 20)
/* LXC's has 3 MB, Ubuntu's, with every release there ever was, some 10. */
#define PRODUCTS_MAX_BYTES ((size_t)128 << 20)

struct paths {
	char **at;
	size_t count;
};

static void paths_clear(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->at[i]);
	free(p->at);
}
#define cleanup_paths cleanup(paths_clear)

static char *address(const char *server, const char *path)
{
	return xasprintf("%s%s%s", server, text_has_suffix(server, "/") ? "" : "/", path);
}

static int wrap(const char *url, struct error *err)
{
	cleanup_free char *shown = http_shown(url);

	return error_wrap(err, "image server '%s'", shown);
}

static int choose(const struct http_conf *http, const char *server, const char *path,
		  const struct box_want *want, struct offer *out, struct error *err)
{
	cleanup_free char *url = address(server, path);
	cleanup_text struct text body = { 0 };

	if (http_get(http, url, PRODUCTS_MAX_BYTES, &body, err) < 0)
		return -1;
	if (simplestreams_choose(text_str(&body), body.len, server, want, out, err) < 0)
		return wrap(server, err);
	return 0;
}

int image_server_find(const struct http_conf *http, const char *server, const struct box_want *want,
		      bool *out_indexed, struct offer *out, struct error *err)
{
	cleanup_free char *url = address(server, "streams/v1/index.json");
	cleanup_text struct text body = { 0 };
	cleanup_paths struct paths paths = { 0 };

	*out_indexed = false;
	if (http_get(http, url, INDEX_MAX_BYTES, &body, err) < 0)
		return -1;
	*out_indexed = true;
	if (simplestreams_index(text_str(&body), body.len, &paths.at, &paths.count, err) < 0)
		return wrap(server, err);
	for (size_t i = 0; i < paths.count; i++) {
		if (choose(http, server, paths.at[i], want, out, err) == 0)
			return 0;
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
	}
	return -1;
}
