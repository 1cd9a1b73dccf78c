/* SPDX-License-Identifier: Apache-2.0 */
/* An offered file, into the hands of a provider. */
#include "cli/take.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boxes/box.h"
#include "boxes/directory.h"
#include "boxes/resolve.h"
#include "cli/stock.h"

/* Everything that takes boxes in reads them as one file. */
static int pack_first(struct take *t, const char *directory, struct error *err)
{
	cleanup_free char *file = NULL;
	struct directory_spec spec = { .path = directory, .watch = t->bring->watch };

	if (staging_open(t->bring->session->home, &t->staging, err) < 0)
		return -1;
	spec.out = file = fs_join(t->staging.path, "box.tar");
	return directory_pack(&spec, err) < 0 ? -1 : growing_open(file, &t->own, err);
}

static int open_local(struct take *t, const char *path, struct error *err)
{
	struct stat st;
	int rc = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? pack_first(t, path, err) :
							       growing_open(path, &t->own, err);

	t->file = t->own;
	return rc;
}

/* Files of this host among the addresses; *err is why the last of them cannot be had. */
static bool open_any_local(struct take *t, struct error *err)
{
	const struct offer *o = t->offer;

	for (size_t i = 0; i < o->url_count; i++) {
		cleanup_free char *path = NULL;

		if (o->urls[i][0] != '/' && !text_has_prefix(o->urls[i], "file:"))
			continue;
		error_clear(err);
		if ((o->urls[i][0] != '/' && box_locate(o->urls[i], "/", &path, err) < 0) ||
		    open_local(t, path ? path : o->urls[i], err) < 0)
			continue;
		t->url = o->urls[i];
		if (!t->staging.path)
			t->path = path ? take_ptr(path) : xstrdup(o->urls[i]);
		return true;
	}
	return false;
}

static int start_download(struct take *t, struct error *err)
{
	const struct bring *b = t->bring;
	const struct offer *o = t->offer;
	struct download_spec spec = {
		.http = &stock_resolve_conf(b->session)->http,
		.home = b->session->home,
		.name = out_box_name(o->name),
		.size_bytes = o->size_bytes,
		.watch = b->watch,
	};

	t->urls = xcalloc(o->url_count + 1, sizeof(*t->urls));
	spec.urls = t->urls;
	for (size_t i = 0; i < o->url_count; i++) {
		if (http_is_url(o->urls[i]))
			t->urls[spec.url_count++] = o->urls[i];
	}
	if (spec.url_count == 0)
		return 0;
	if (download_start(&spec, &t->download, err) < 0)
		return -1;
	t->file = download_file(t->download);
	return 0;
}

static int open_file(struct take *t, struct error *err)
{
	static const char built[] = "build:";
	cleanup_error struct error local = { 0 };
	const struct offer *o = t->offer;

	if (open_any_local(t, &local))
		return 0;
	if (start_download(t, err) < 0 || t->file)
		return t->file ? 0 : -1;
	if (local.kind)
		return error_move(err, &local);
	if (o->url_count == 0 || !text_has_prefix(o->urls[0], built)) {
		error_set(err, ERROR_NOT_FOUND, "nothing tells where it can be had from");
		return -1;
	}
	error_set(err, ERROR_NOT_FOUND, "it was built from packages on another host");
	return error_hint(err,
			  "bring that file with 'bothy box add', or build one here: bothy box "
			  "build %s",
			  o->urls[0] + strlen(built));
}

const char *take_provider(const struct bring *b, enum image_kind kind)
{
	if (b->provider)
		return b->provider;
	if (b->preferred && provider_find(b->preferred)->image_kind == kind)
		return b->preferred;
	return stock_kind_provider(kind);
}

static int choose_provider(struct take *t, struct error *err)
{
	enum image_kind kind = import_kind(t->import);
	const char *problem;

	t->provider = take_provider(t->bring, kind);
	problem = t->bring->provider ? stock_kind_problem(t->provider, kind) : NULL;
	if (!problem)
		return 0;
	error_set(err, ERROR_BOX, "%s", problem);
	return error_hint(err, "use it with 'provider = \"%s\"', or take another box",
			  stock_kind_provider(kind));
}

static int pour(void *ctx, const struct image_target *target, struct image *image,
		struct error *err)
{
	struct take *t = ctx;
	const char *name = image->name;

	if (import_disks(t->import, target, &t->content, err) < 0) {
		t->named = true;
		return -1;
	}
	content_image(&t->content, name, image);
	return 0;
}

static int hand_over(struct take *t, struct error *err)
{
	struct session *s = t->bring->session;
	struct image_source source = { .pour = pour, .ctx = t };
	struct image image = { .name = t->offer->name };
	struct provider *p;

	if (provider_find(t->provider)->image_kind == IMAGE_ROOTFS) {
		t->named = true;
		return import_rootfs(t->import, s->home, &t->content, err);
	}
	if (session_provider(s, t->provider, &p, err) < 0)
		return -1;
	return provider_base_import(p, &image, &source, err);
}

/* What the catalog tells of logging in counts more than what the box looks like. */
static int write_content(void *ctx, struct content *c, struct error *err)
{
	cleanup_content struct content before = { 0 };
	cleanup_error struct error none = { 0 };
	struct take *t = ctx;
	const struct bring *b = t->bring;
	const char *user = b->user ? b->user : t->offer->user;

	if (user) {
		free(c->user);
		c->user = xstrdup(user);
	}
	if (b->first_boot || t->offer->first_boot)
		c->first_boot = b->first_boot ? b->first_boot : t->offer->first_boot;
	t->known = content_load(b->session->home, c->digest, &before, &none) == 0;
	if (content_save(b->session->home, c, err) < 0)
		return -1;
	memcpy(t->written, c->digest, sizeof(t->written));
	return 0;
}

int take_in(struct take *t, struct error *err)
{
	struct import_spec spec = {
		.name = t->offer->name,
		.checksum = t->offer->checksum,
		.size_bytes = t->offer->size_bytes,
		.watch = t->bring->watch,
		.settled = write_content,
		.ctx = t,
	};

	if (open_file(t, err) < 0)
		return -1;
	spec.file = t->file;
	/* The download draws the bar: unpacking keeps up with what arrives. */
	if (t->download)
		spec.watch = NULL;
	if (import_open(&spec, &t->import, err) < 0) {
		t->named = true;
		return -1;
	}
	if (choose_provider(t, err) < 0 || hand_over(t, err) < 0)
		return -1;
	if (t->download)
		t->url = download_url(t->download);
	if (t->path)
		import_remember(t->import, t->bring->session->home, t->path);
	return 0;
}

void take_clear(struct take *t)
{
	import_free(&t->import);
	growing_free(&t->own);
	download_free(&t->download);
	content_clear(&t->content);
	staging_clear(&t->staging);
	free(t->urls);
	free(t->path);
}
