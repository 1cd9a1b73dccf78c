/* SPDX-License-Identifier: Apache-2.0 */
/* user-data in JSON, which every YAML parser reads, on an ISO 9660 image. */
#include "boxes/nocloud.h"

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/iso.h"
#include "boxes/mime.h"
#include "boxes/network_config.h"
#include "core/mem.h"
#include "core/text.h"

#define HOST_KEY "/etc/ssh/ssh_host_ed25519_key"
#define AUTHORIZED_KEYS "/.ssh/authorized_keys"

/* --- user-data ------------------------------------------------------------------------------- */

/* NULL if it is not UTF-8. Files of others wait until these users are there. */
static json_t *file_row(const struct seed_file *f)
{
	cleanup_free char *mode = xasprintf("%04o", (unsigned)(f->mode & 07777));
	cleanup_free char *owner = xasprintf("%s:%s", f->user, f->user);

	return json_pack("{s:s, s:s, s:s, s:s, s:b}", "path", f->path, "content", f->content,
			 "owner", owner, "permissions", mode, "defer",
			 !text_equal(f->user, "root"));
}

/* The lines that are keys. */
static json_t *key_lines(const char *content)
{
	json_t *lines = json_array();

	for (const char *at = content; *at;) {
		size_t len = strcspn(at, "\r\n");

		if (len && *at != '#')
			json_array_append_new(lines, json_stringn(at, len));
		at += len + strspn(at + len, "\r\n");
	}
	return lines;
}

struct parts {
	json_t *files;     /* written as they are */
	json_t *host_keys; /* object */
	json_t *root_keys, *user_keys;
};

static void parts_clear(struct parts *p)
{
	json_decref(p->files);
	json_decref(p->host_keys);
	json_decref(p->root_keys);
	json_decref(p->user_keys);
}

static void take_keys(json_t **slot, const char *content)
{
	json_decref(*slot);
	*slot = key_lines(content);
}

/*
 * Keys are left to the modules that know of them: a list of files is written before the users are there,
 * and knows no directories.
 */
static int sort_file(struct parts *p, const struct seed_file *f)
{
	if (!f->content)
		return 0;
	if (text_equal(f->path, HOST_KEY))
		return json_object_set_new(p->host_keys, "ed25519_private",
					   json_string(f->content));
	if (text_equal(f->path, HOST_KEY ".pub"))
		return json_object_set_new(p->host_keys, "ed25519_public", json_string(f->content));
	if (text_has_suffix(f->path, AUTHORIZED_KEYS)) {
		take_keys(text_equal(f->user, "root") ? &p->root_keys : &p->user_keys, f->content);
		return 0;
	}
	return json_array_append_new(p->files, file_row(f));
}

static int sort_files(struct parts *p, const struct seed *seed, struct error *err)
{
	*p = (struct parts){ json_array(), json_object(), json_array(), json_array() };
	for (size_t i = 0; i < seed->file_count; i++) {
		if (sort_file(p, &seed->files[i]) < 0)
			return error_set(err, ERROR_SYSTEM,
					 "cannot give '%s' to a machine: it is not UTF-8 text",
					 seed->files[i].path);
	}
	return 0;
}

/*
 * "default" keeps the user that the image would have made anyway; where `user` is that one, its own sudo
 * rule, groups and shell win over these (cloud-init, cloudinit/distros/ug_util.py).
 */
static json_t *users(const char *user, json_t *keys)
{
	json_t *list = json_pack("[s]", "default");

	if (user && !text_equal(user, "root"))
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:O}", "name", user, "sudo",
						      "ALL=(ALL) NOPASSWD:ALL", "lock_passwd", 1,
						      "ssh_authorized_keys", keys));
	return list;
}

/*
 * Nothing of ssh_pwauth: to change it, cloud-init restarts the SSH server when people have begun to log in. Nobody has a
 * password here.
 */
static json_t *settings(const struct seed *seed, const struct parts *p)
{
	json_t *all = json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:{s:b}}", "hostname",
				seed->hostname, "prefer_fqdn_over_hostname", 1, "preserve_hostname",
				0, "ssh_deletekeys", 0, "disable_root", 0, "no_ssh_fingerprints", 1,
				"ssh", "emit_keys_to_console", 0);

	/* Given one key, cloud-init makes none; given none, it has to. */
	if (all && json_object_size(p->host_keys))
		json_object_set(all, "ssh_keys", p->host_keys);
	if (all && seed->card_count)
		json_object_set_new(all, "updates", network_config_updates());
	return all;
}

static json_t *cloud_config(const struct seed *seed, const char *user, const struct parts *p)
{
	json_t *all = settings(seed, p);

	if (!all)
		return NULL;
	json_object_set_new(all, "users", users(user, p->user_keys));
	json_object_set(all, "ssh_authorized_keys", p->root_keys);
	json_object_set(all, "write_files", p->files);
	return all;
}

/* Takes `json` over, which is NULL where a name in it is not UTF-8. */
static int dump(const char *before, json_t *json, char **out, struct error *err)
{
	cleanup_free char *body = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);

	json_decref(json);
	if (!body)
		return error_set(err, ERROR_SYSTEM,
				 "cannot describe the first boot: a name is not UTF-8 text");
	*out = xasprintf("%s%s\n", before, body);
	return 0;
}

#define CLOUD_CONFIG "#cloud-config\n"

/* --- beside what people say ------------------------------------------------------------------ */

#define OURS 3

/* Of two users of one name the first one's values win: it lets us in, and leaves the rest to the second. */
static json_t *first_user(const char *user, const struct parts *p)
{
	bool root = !user || text_equal(user, "root");
	json_t *row = json_pack("{s:s, s:O}", "name", root ? "root" : user, "ssh_authorized_keys",
				root ? p->root_keys : p->user_keys);

	/* A user that is there already keeps its password, which would be locked by default. */
	if (row && root)
		json_object_set_new(row, "lock_passwd", json_false());
	return json_pack("{s:[o, s], s:s}", "users", row, "default", "merge_how",
			 "dict(recurse_array)+list(prepend)");
}

static json_t *last_of_lists(const char *user, const struct parts *p)
{
	json_t *made = users(user, p->user_keys);

	/* "default" is there already. */
	json_array_remove(made, 0);
	return json_pack("{s:o, s:O, s:O, s:s}", "users", made, "ssh_authorized_keys", p->root_keys,
			 "write_files", p->files, "merge_how", "dict(recurse_array)+list(append)");
}

/* Three parts behind theirs: what replaces theirs, and what is put before and behind what they list. */
static int our_parts(const struct nocloud *what, const struct parts *p, char *out[OURS],
		     struct error *err)
{
	json_t *replacing = settings(what->seed, p);

	if (replacing)
		json_object_set_new(replacing, "merge_how",
				    json_string("dict(replace)+list()+str()"));
	if (dump(CLOUD_CONFIG, replacing, &out[0], err) < 0 ||
	    dump(CLOUD_CONFIG, first_user(what->user, p), &out[1], err) < 0)
		return -1;
	return dump(CLOUD_CONFIG, last_of_lists(what->user, p), &out[2], err);
}

/* Where the next line begins, or the text ends. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

/*
 * How the value of a key of the outermost level begins: behind the colon, or in the next line that says something. "" if
 * it has none; NULL if there is no such key. What is not indented is the next key, or an item of a list.
 */
static const char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *at = text;

	while (*at && (strncmp(at, key, len) != 0 || at[len] != ':'))
		at = next_line(at);
	if (!*at)
		return NULL;
	at += len + 1;
	at += strspn(at, " \t\r");
	while (*at == '#' || *at == '\n') {
		at = next_line(at);
		if (!*at || !strchr("# \t\r\n-", *at))
			return "";
		at += strspn(at, " \t\r");
	}
	return at;
}

/* To what is no list, nothing can be put: then nobody of ours would get in. */
static int check_lists(const char *text, struct error *err)
{
	static const char *const keys[] = { "users", "ssh_authorized_keys", "write_files" };

	if (!text_has_prefix(text, "#cloud-config") || text_has_prefix(text, "#cloud-config-"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = value_of(text, keys[i]);

		if (value && *value != '-' && *value != '[')
			return error_set(err, ERROR_ENVFILE,
					 "the user data for cloud-init: '%s' must be a list",
					 keys[i]);
	}
	return 0;
}

static int mixed(const struct nocloud *what, const struct parts *p, char **out, struct error *err)
{
	size_t count = what->user_data_count;
	cleanup_free const char **texts = xcalloc(count + OURS, sizeof(*texts));
	char *ours[OURS] = { 0 };
	int rc;

	for (size_t i = 0; i < count; i++) {
		texts[i] = what->user_data[i];
		if (check_lists(texts[i], err) < 0)
			return -1;
	}
	rc = our_parts(what, p, ours, err);
	for (size_t i = 0; i < OURS; i++)
		texts[count + i] = ours[i];
	if (rc == 0)
		*out = mime_mixed(texts, count + OURS);
	for (size_t i = 0; i < OURS; i++)
		free(ours[i]);
	return rc;
}

static int user_data(const struct nocloud *what, char **out, struct error *err)
{
	__attribute__((__cleanup__(parts_clear))) struct parts p = { 0 };

	if (sort_files(&p, what->seed, err) < 0)
		return -1;
	if (what->user_data_count)
		return mixed(what, &p, out, err);
	return dump(CLOUD_CONFIG, cloud_config(what->seed, what->user, &p), out, err);
}

/* --- the image ------------------------------------------------------------------------------- */

#define SECTOR_BYTES 2048

static la_ssize_t on_write(struct archive *a, void *ctx, const void *data, size_t len)
{
	(void)a;
	text_addn(ctx, data, len);
	return (la_ssize_t)len;
}

static int add_file(struct archive *a, const char *name, const char *content)
{
	struct archive_entry *e = archive_entry_new();
	size_t len = strlen(content);
	bool ok;

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0444);
	archive_entry_set_size(e, (la_int64_t)len);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_atime(e, 0, 0);
	archive_entry_set_ctime(e, 0, 0);
	ok = archive_write_header(a, e) == ARCHIVE_OK &&
	     archive_write_data(a, content, len) == (la_ssize_t)len;
	archive_entry_free(e);
	return ok ? 0 : -1;
}

/* The files of the disk; `network` may be NULL. */
struct texts {
	char *meta, *user, *network;
};

static void texts_clear(struct texts *t)
{
	free(t->meta);
	free(t->user);
	free(t->network);
}

static int add_files(struct archive *a, const struct texts *t)
{
	if (add_file(a, "meta-data", t->meta) < 0 || add_file(a, "user-data", t->user) < 0)
		return -1;
	return t->network ? add_file(a, "network-config", t->network) : 0;
}

static int write_image(const struct texts *texts, struct text *out, struct error *err)
{
	struct archive *a = archive_write_new();
	const char *why;
	int rc = -1;

	if (archive_write_set_format_iso9660(a) == ARCHIVE_OK &&
	    archive_write_set_options(a, "iso9660:volume-id=cidata,iso9660:!pad") == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(a, SECTOR_BYTES) == ARCHIVE_OK &&
	    archive_write_open(a, out, NULL, on_write, NULL) == ARCHIVE_OK &&
	    add_files(a, texts) == 0 && archive_write_close(a) == ARCHIVE_OK)
		rc = 0;
	why = archive_error_string(a);
	if (rc < 0) {
		error_set(err, ERROR_SYSTEM, "cannot make the first boot's disk: %s",
			  why ? why : "libarchive gives no reason");
		error_hint(err, "it is made in the directory that TMPDIR names, else in /tmp");
	}
	archive_write_free(a);
	return rc;
}

/*
 * Who has started without word of its cards would not look for any: where there is some, it is another instance, which
 * takes everything anew.
 */
static int meta_data(const struct nocloud *what, char **out, struct error *err)
{
	cleanup_free char *id =
		xasprintf("%s%s", what->key_id, what->seed->card_count ? SEED_CARDS_INSTANCE : "");

	return dump("",
		    json_pack("{s:s, s:s}", "instance-id", id, "local-hostname",
			      what->seed->hostname),
		    out, err);
}

int nocloud_image(const struct nocloud *what, unsigned char **out, size_t *out_bytes,
		  struct error *err)
{
	__attribute__((__cleanup__(texts_clear))) struct texts texts = { 0 };
	const struct seed *seed = what->seed;
	cleanup_text struct text image = { 0 };

	if (user_data(what, &texts.user, err) < 0 || meta_data(what, &texts.meta, err) < 0 ||
	    (seed->card_count &&
	     dump("", network_config(seed->cards, seed->card_count), &texts.network, err) < 0) ||
	    write_image(&texts, &image, err) < 0)
		return -1;
	iso_settle((unsigned char *)image.ptr, image.len, "cidata");
	*out_bytes = image.len;
	*out = (unsigned char *)text_take(&image);
	return 0;
}
