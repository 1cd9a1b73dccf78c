/* SPDX-License-Identifier: Apache-2.0 */
/* From a word to a box that can be had. */
#include "boxes/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/box.h"
#include "boxes/catalog.h"
#include "boxes/distros.h"
#include "boxes/image_server.h"
#include "boxes/member.h"
#include "boxes/sums.h"
#include "boxes/version.h"
#include "core/fs.h"
#include "core/stop.h"

/* Enough to tell a catalog from a box. */
#define HEAD_BYTES 4096
#define SUMS_MAX_BYTES ((size_t)8 << 20)

/* Nobody calls a box so that is not a file: better to say that the file is missing. */
static bool has_suffix_of_file(const char *name)
{
	static const char *const ends[] = { ".box", ".qcow2", ".img", ".raw", ".tar", ".tgz",
					    ".gz",  ".xz",    ".zst", ".bz2", ".json" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (text_has_suffix(name, ends[i]))
			return true;
	return false;
}

static bool is_path(const char *name)
{
	static const char *const begins[] = { "/", "./", "../", "~/", "file:" };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (text_has_prefix(name, begins[i]))
			return true;
	return !strcmp(name, ".") || !strcmp(name, "..") || text_has_suffix(name, "/") ||
	       has_suffix_of_file(name);
}

enum resolve_kind resolve_kind(const char *directory, const char *name)
{
	cleanup_free char *path = fs_join(directory, name);
	struct stat st;

	if (http_is_url(name))
		return RESOLVE_URL;
	if (!*name || is_path(name) || (stat(path, &st) == 0 && S_ISREG(st.st_mode)))
		return RESOLVE_PATH;
	if (name[strspn(name,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-/")])
		return RESOLVE_PATH;
	return RESOLVE_NAME;
}

/* --- what a file or an address has ------------------------------------------------------------- */

/* A box by itself has no version, so that one can only ask for none. */
static int offer_plain(const struct box_want *want, const char *url, struct offer *out,
		       struct error *err)
{
	cleanup_constraint struct constraint *constraint = NULL;
	cleanup_free char *shown = http_is_url(url) ? http_shown(url) : member_shown(url);
	struct offer o = { 0 };

	if (want->plain_version && !version_is(want->plain_version))
		return error_set(err, ERROR_USAGE, "'%s' is no version that a box can be given",
				 want->plain_version);
	if (constraint_parse(want->plain_version ? NULL : want->version, &constraint, err) < 0)
		return -1;
	if (!constraint_holds(constraint, NULL)) {
		error_set(err, ERROR_NOT_FOUND,
			  "box '%s' is asked for in version '%s', but has none", shown,
			  want->version);
		return error_hint(err, "only a catalog tells versions of boxes");
	}
	offer_add_url(&o, url);
	o.name = xstrdup(want->name);
	o.version = want->plain_version ? xstrdup(want->plain_version) : NULL;
	*out = o;
	return 0;
}

static int offer_of_catalog(const struct text *body, const char *url, const char *name,
			    const struct box_want *want, struct offer *out, struct error *err)
{
	cleanup_catalog struct catalog *c = NULL;

	if (catalog_parse(text_str(body), body->len, url, &c, err) < 0)
		return -1;
	if (name && strcmp(catalog_name(c), name) != 0) {
		cleanup_free char *other = member_shown(catalog_name(c));
		cleanup_free char *shown = http_is_url(url) ? http_shown(url) : member_shown(url);

		return error_set(err, ERROR_BOX, "catalog '%s' is of box '%s', not of '%s'", shown,
				 other, name);
	}
	return catalog_choose(c, want, out, err);
}

static int read_head(const char *path, char *head, size_t *out_len, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, head, HEAD_BYTES);

	if (len < 0)
		return error_errno(err, errno, "cannot read box '%s'", path);
	*out_len = (size_t)len;
	return 0;
}

/* The absolute path, if it is a directory; else NULL. */
static char *directory_at(const struct resolve_conf *conf, const char *spec)
{
	cleanup_free char *joined = fs_join(conf->directory, spec), *path = NULL;
	cleanup_error struct error none = { 0 };
	struct stat st;

	if (fs_real_path(joined, &path, &none) < 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return NULL;
	return take_ptr(path);
}

static int at_path(const struct resolve_conf *conf, const struct box_want *want, const char *spec,
		   const char *name, struct offer *out, struct error *err)
{
	cleanup_free char *path = NULL;
	cleanup_text struct text body = { 0 };
	char head[HEAD_BYTES];
	size_t len = 0;

	path = directory_at(conf, spec);
	if (path)
		return offer_plain(want, path, out, err);
	if (box_locate(spec, conf->directory, &path, err) < 0 ||
	    read_head(path, head, &len, err) < 0)
		return -1;
	if (!catalog_is(head, len))
		return offer_plain(want, path, out, err);
	if (fs_read(path, CATALOG_MAX_BYTES, &body, err) < 0)
		return -1;
	return offer_of_catalog(&body, path, name, want, out, err);
}

static int try_sums(const struct resolve_conf *conf, const char *sums_url, const char *file,
		    struct checksum *out, struct error *err)
{
	cleanup_text struct text sums = { 0 };
	cleanup_error struct error why = { 0 };

	if (http_get(&conf->http, sums_url, SUMS_MAX_BYTES, &sums, &why) == 0 &&
	    sums_find(text_str(&sums), sums.len, file, out, &why) == 0)
		return 0;
	/* It is a courtesy of the server: without one, the box is had without a checksum. */
	return why.kind == ERROR_STOPPED ? error_move(err, &why) : 0;
}

/* A query in the address means that nothing lies beside the file. */
static int look_beside(const struct resolve_conf *conf, const char *url, struct checksum *out,
		       struct error *err)
{
	static const char *const lists[] = { "SHA256SUMS", "SHA512SUMS" };
	cleanup_free char *own = xasprintf("%s.sha256", url);
	const char *slash = strrchr(url, '/');

	if (strpbrk(url, "?#") || !slash || !slash[1])
		return 0;
	if (try_sums(conf, own, slash + 1, out, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(lists) && !checksum_is_set(out); i++) {
		cleanup_free char *list = NULL;

		if (http_resolve(url, lists[i], &list, err) < 0 ||
		    try_sums(conf, list, slash + 1, out, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_web_page(const struct text *head)
{
	const char *at = text_str(head) + strspn(text_str(head), " \t\r\n\xef\xbb\xbf");

	return !strncasecmp(at, "<!doctype", 9) || !strncasecmp(at, "<html", 5);
}

static int no_box(const char *url, struct error *err)
{
	cleanup_free char *shown = http_shown(url);

	return error_set(err, ERROR_BOX, "'%s' is a web page, not a box", shown);
}

static int at_url(const struct resolve_conf *conf, const struct box_want *want, const char *url,
		  const char *name, struct offer *out, struct error *err)
{
	cleanup_text struct text head = { 0 }, body = { 0 };
	cleanup_offer struct offer o = { 0 };

	if (http_peek(&conf->http, url, HEAD_BYTES, &head, err) < 0)
		return -1;
	if (catalog_is(text_str(&head), head.len)) {
		if (http_get(&conf->http, url, CATALOG_MAX_BYTES, &body, err) < 0)
			return -1;
		return offer_of_catalog(&body, url, name, want, out, err);
	}
	if (is_web_page(&head))
		return no_box(url, err);
	if (offer_plain(want, url, &o, err) < 0)
		return -1;
	if (!checksum_is_set(&want->checksum) && look_beside(conf, url, &o.checksum, err) < 0)
		return -1;
	*out = o;
	memset(&o, 0, sizeof(o));
	return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

/* 1: the address has nothing of that name. */
static int at_server(const struct resolve_conf *conf, const struct box_want *want, const char *url,
		     struct offer *out, struct error *err)
{
	cleanup_text struct text head = { 0 };
	cleanup_error struct error why = { 0 };

	if (http_peek(&conf->http, url, HEAD_BYTES, &head, &why) < 0) {
		/* Static servers refuse what is not there as well as what is not for all. */
		if (why.kind == ERROR_NOT_FOUND || why.kind == ERROR_DENIED)
			return 1;
		return error_move(err, &why);
	}
	if (!catalog_is(text_str(&head), head.len))
		return 1;
	return at_url(conf, want, url, want->name, out, err);
}

/* The same for a file: URL. */
static int in_folder(const struct resolve_conf *conf, const struct box_want *want, const char *url,
		     struct offer *out, struct error *err)
{
	cleanup_error struct error why = { 0 };
	cleanup_free char *path = NULL;
	char head[HEAD_BYTES];
	size_t len = 0;

	if (box_locate(url, conf->directory, &path, &why) < 0)
		return why.kind == ERROR_NOT_FOUND || why.kind == ERROR_BOX ? 1 :
									      error_move(err, &why);
	if (read_head(path, head, &len, err) < 0)
		return -1;
	return catalog_is(head, len) ? at_path(conf, want, path, want->name, out, err) : 1;
}

static int on_server(const struct resolve_conf *conf, const struct box_want *want,
		     const char *server, struct offer *out, struct error *err)
{
	static const struct {
		const char *before, *behind;
	} places[] = {
		{ "api/v2/vagrant/", "" }, { "", "" }, { "", ".json" }, { "", "/metadata.json" }
	};
	cleanup_error struct error why = { 0 };
	bool is_folder = text_has_prefix(server, "file:"), indexed;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *url = xasprintf("%s/%s%s%s", server, places[i].before,
						   want->name, places[i].behind);
		int rc = stop_check(0, NULL, err) < 0 ? -1 :
			 is_folder                    ? in_folder(conf, want, url, out, err) :
							at_server(conf, want, url, out, err);

		if (rc <= 0)
			return rc;
	}
	if (is_folder)
		return 1;
	if (image_server_find(&conf->http, server, want, &indexed, out, &why) == 0)
		return 0;
	if (why.kind == ERROR_NOT_FOUND || (why.kind == ERROR_DENIED && !indexed))
		return 1;
	return error_move(err, &why);
}

static int not_found(const struct resolve_conf *conf, const struct distros *distros,
		     const char *name, struct error *err)
{
	const char *nearest = distros_nearest(distros, name);
	cleanup_free char *folder = directory_at(conf, name);
	cleanup_text struct text servers = { 0 };

	for (size_t i = 0; i < conf->servers.count; i++) {
		cleanup_free char *shown = http_shown(conf->servers.at[i]);

		text_addf(&servers, "%s%s", i ? ", " : "", shown);
	}
	if (servers.len)
		error_set(err, ERROR_NOT_FOUND,
			  "box '%s' not found: it is not in the store, not on %s, and "
			  "the catalog of distributions does not know it",
			  name, text_str(&servers));
	else
		error_set(
			err, ERROR_NOT_FOUND,
			"box '%s' not found: it is not in the store, no box server is configured, "
			"and the catalog of distributions does not know it",
			name);
	if (folder)
		return error_hint(err, "the folder of that name is './%s'", name);
	if (nearest)
		return error_hint(err, "did you mean '%s'?", nearest);
	return error_hint(err, "'bothy box list --available' shows names that are known; else give "
			       "its path or URL, or name a server in BOTHY_BOX_SERVERS");
}

static int by_name(const struct resolve_conf *conf, const struct box_want *want, struct offer *out,
		   struct error *err)
{
	cleanup_distros struct distros *distros = NULL;

	for (size_t i = 0; i < conf->servers.count; i++) {
		cleanup_free char *server = xstrdup(conf->servers.at[i]);
		int rc;

		for (size_t len = strlen(server); len && server[len - 1] == '/'; len--)
			server[len - 1] = '\0';
		rc = on_server(conf, want, server, out, err);
		if (rc <= 0)
			return rc;
	}
	if (distros_load_all(&conf->catalogs, &distros, err) < 0)
		return -1;
	if (!distros_has(distros, want->name))
		return not_found(conf, distros, want->name, err);
	return distros_find(distros, &conf->http, want, out, err);
}

/* --- all -------------------------------------------------------------------------------------- */

/* The first address that has it; if none has, the last one's reason, and how many there were. */
static int by_urls(const struct resolve_conf *conf, const struct box_want *want, struct offer *out,
		   struct error *err)
{
	const char *name = resolve_kind(conf->directory, want->name) == RESOLVE_NAME ? want->name :
										       NULL;

	for (size_t i = 0; i < want->urls.count; i++) {
		const char *url = want->urls.at[i];

		error_clear(err);
		if ((http_is_url(url) ? at_url(conf, want, url, name, out, err) :
					at_path(conf, want, url, name, out, err)) == 0)
			return 0;
		if (err->kind == ERROR_STOPPED)
			return -1;
	}
	return want->urls.count > 1 ? error_wrap(err, "none of %zu addresses has box '%s'",
						 want->urls.count, want->name) :
				      -1;
}

static int find(const struct resolve_conf *conf, const struct box_want *want, struct offer *out,
		struct error *err)
{
	if (want->urls.count)
		return by_urls(conf, want, out, err);
	switch (resolve_kind(conf->directory, want->name)) {
	case RESOLVE_URL:
		return at_url(conf, want, want->name, NULL, out, err);
	case RESOLVE_PATH:
		return at_path(conf, want, want->name, NULL, out, err);
	case RESOLVE_NAME:
		break;
	}
	return by_name(conf, want, out, err);
}

int resolve(const struct resolve_conf *conf, const struct box_want *want, struct offer *out,
	    struct error *err)
{
	struct offer o = { 0 };

	if (find(conf, want, &o, err) < 0)
		return -1;
	/* What the user says counts more than what any server does. */
	if (checksum_is_set(&want->checksum))
		o.checksum = want->checksum;
	*out = o;
	return 0;
}
