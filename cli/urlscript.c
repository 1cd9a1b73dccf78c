/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts from URLs. */
#include "cli/urlscript.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "boxes/http.h"
#include "cli/stock.h"
#include "core/names.h"

#define SCRIPT_BYTES ((size_t)64 << 20)

static bool is_url_script(const struct provisioner *p)
{
	return p->kind == PROVISION_SCRIPT && p->from && http_is_url(p->from);
}

/* A file that is damaged is as good as none. */
static bool is_there(const char *path, const char *digest)
{
	cleanup_error struct error none = { 0 };
	char found[DIGEST_HEX_BYTES];

	return fs_exists(path) && digest_of_file(path, found, &none) == 0 &&
	       text_equal(found, digest);
}

static int check_digest(const struct provisioner *p, const struct text *body, struct error *err)
{
	cleanup_free char *shown = http_shown(p->from);
	char found[DIGEST_HEX_BYTES];

	digest_of(text_str(body), body->len, found);
	if (text_equal(found, p->sha256))
		return 0;
	error_set(err, ERROR_SYSTEM, "the script from '%s' is another one: its SHA-256 is %s",
		  shown, found);
	return error_hint(err, "look at it, then put that into the file as sha256");
}

static int fetch(struct session *s, const struct provisioner *p, const char *path,
		 struct error *err)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	cleanup_free char *directory = fs_join(s->home, "scripts");
	cleanup_text struct text body = { 0 };
	int rc;

	pthread_mutex_lock(&mutex);
	rc = stock_configure(s, err);
	pthread_mutex_unlock(&mutex);
	if (rc < 0 ||
	    http_get(&stock_resolve_conf(s)->http, p->from, SCRIPT_BYTES, &body, err) < 0 ||
	    check_digest(p, &body, err) < 0 || fs_make_dirs(directory, 0755, NULL, err) < 0)
		return -1;
	return fs_write(path, text_str(&body), body.len, 0600, NULL, err);
}

int url_script(struct session *s, const struct provisioner *p, struct provisioner *out_local,
	       char **out_path, struct error *err)
{
	cleanup_free char *path = NULL;

	if (!is_url_script(p)) {
		*out_local = *p;
		*out_path = NULL;
		return 0;
	}
	if (!digest_is(p->sha256))
		return error_set(err, ERROR_ENVFILE,
				 "provisioner '%s': a script from a URL needs its sha256", p->name);
	path = xasprintf("%s/scripts/%s", s->home, p->sha256);
	/* When it was needed last; before it is looked at, so that nobody takes it away meanwhile. */
	utimensat(AT_FDCWD, path, NULL, 0);
	if (!is_there(path, p->sha256) && fetch(s, p, path, err) < 0)
		return error_wrap(err, "provisioner '%s'", p->name);
	*out_local = *p;
	out_local->from = path;
	out_local->within = NULL;
	*out_path = take_ptr(path);
	return 0;
}

static int sweep_one(const struct url_script_sweep *sweep, const char *digest, uint64_t *bytes,
		     struct error *err)
{
	cleanup_free char *path = xasprintf("%s/scripts/%s", sweep->home, digest);
	struct stat st;

	if (!digest_is(digest) || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    time(NULL) - st.st_mtime < sweep->unused_s)
		return 0;
	sweep->gone(sweep->ctx, digest);
	if (!sweep->dry_run && fs_remove(path, err) < 0)
		return -1;
	*bytes += (uint64_t)st.st_size;
	return 0;
}

int url_scripts_sweep(const struct url_script_sweep *sweep, uint64_t *out_bytes, struct error *err)
{
	cleanup_free char *directory = fs_join(sweep->home, "scripts");
	cleanup_names struct names names = { 0 };

	if (!fs_exists(directory))
		return 0;
	if (names_in(directory, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		if (sweep_one(sweep, names.at[i], out_bytes, err) < 0)
			return -1;
	}
	return 0;
}
