/* SPDX-License-Identifier: Apache-2.0 */
/* The two key pairs of a machine. Public halves are always derived: only private files count. */
#include "guest/identity.h"

#include <libssh/libssh.h>
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"

#define KEY_FILE_BYTES 16384

static const char user_file[] = "id_ed25519";
static const char host_file[] = "host_ed25519";

/* "ssh-ed25519 AAAA…", or NULL if it is no private key. Caller frees. */
static char *public_of(const char *private_text)
{
	ssh_key key = NULL, public_key = NULL;
	char *blob = NULL, *line = NULL;

	if (ssh_pki_import_privkey_base64(private_text, NULL, NULL, NULL, &key) == SSH_OK &&
	    ssh_pki_export_privkey_to_pubkey(key, &public_key) == SSH_OK &&
	    ssh_pki_export_pubkey_base64(public_key, &blob) == SSH_OK)
		line = xasprintf("%s %s", ssh_key_type_to_char(ssh_key_type(key)), blob);
	ssh_string_free_char(blob);
	ssh_key_free(public_key);
	ssh_key_free(key);
	return line;
}

static char *comment_of(const char *directory)
{
	size_t len = strlen(directory);
	const char *name;

	while (len > 1 && directory[len - 1] == '/')
		len--;
	name = memrchr(directory, '/', len);
	name = name ? name + 1 : directory;
	return xasprintf("bothy-%.*s", (int)(directory + len - name), name);
}

static int generate(char **out, struct error *err)
{
	ssh_key key = NULL;
	char *text = NULL;

	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
	    ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &text) != SSH_OK) {
		ssh_key_free(key);
		return error_set(err, ERROR_SYSTEM, "cannot generate a key pair");
	}
	*out = xstrdup(text);
	explicit_bzero(text, strlen(text));
	ssh_string_free_char(text);
	ssh_key_free(key);
	return 0;
}

/* Both halves of one pair, private text and public line without comment; ERROR_NOT_FOUND if what is there is no key. */
static int load_pair(const char *path, char **out_private, char **out_public, struct error *err)
{
	struct text text = { 0 };
	char *line;

	if (fs_read(path, KEY_FILE_BYTES, &text, err) < 0) {
		text_clear(&text);
		return -1;
	}
	line = public_of(text_str(&text));
	if (!line) {
		text_clear(&text);
		return error_set(err, ERROR_NOT_FOUND, "'%s' is damaged: not a private key", path);
	}
	*out_private = text_take(&text);
	*out_public = line;
	return 0;
}

static int write_public(const char *path, const char *line, const char *comment,
			const struct owner *owner, struct error *err)
{
	cleanup_free char *public_path = xasprintf("%s.pub", path);
	cleanup_free char *wanted = xasprintf("%s %s\n", line, comment);
	cleanup_text struct text there = { 0 };
	struct error ignored = { 0 };
	bool same;

	same = fs_exists(public_path) &&
	       fs_read(public_path, KEY_FILE_BYTES, &there, &ignored) == 0 &&
	       text_equal(text_str(&there), wanted);
	error_clear(&ignored);
	return same ? 0 : fs_write(public_path, wanted, strlen(wanted), 0644, owner, err);
}

static int make_key(const char *path, const struct owner *owner, struct error *err)
{
	char *text;
	int rc;

	if (generate(&text, err) < 0)
		return -1;
	rc = fs_write(path, text, strlen(text), 0600, owner, err);
	mem_free_pointer(&text);
	return rc;
}

/*
 * Each pair by itself, so that a creation that was cut off is completed. A damaged key opens nothing: it is worth as
 * much as none.
 */
static int ensure_pair(const char *directory, const char *name, const struct owner *owner,
		       struct error *err)
{
	cleanup_free char *path = fs_join(directory, name);
	cleanup_free char *comment = comment_of(directory);
	cleanup_free char *private_text = NULL, *line = NULL;

	if (load_pair(path, &private_text, &line, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		if (make_key(path, owner, err) < 0 ||
		    load_pair(path, &private_text, &line, err) < 0)
			return -1;
	}
	return write_public(path, line, comment, owner, err);
}

static void fill_key_id(struct identity *id, const char *user_public)
{
	struct digest *digest = digest_new();
	char hex[DIGEST_HEX_BYTES];

	digest_add_field(digest, user_public);
	digest_add_field(digest, id->host_public);
	digest_finish(digest, hex);
	digest_free(&digest);
	memcpy(id->key_id, hex, IDENTITY_ID_BYTES - 1);
	id->key_id[IDENTITY_ID_BYTES - 1] = '\0';
}

int identity_load(const char *directory, struct identity *out, struct error *err)
{
	cleanup_free char *host_path = fs_join(directory, host_file);
	cleanup_free char *comment = comment_of(directory);
	cleanup_free char *private_text = NULL, *line = NULL;
	struct identity id = { .user_key_path = fs_join(directory, user_file) };

	if (!fs_exists(id.user_key_path) || !fs_exists(host_path)) {
		identity_clear(&id);
		return error_set(err, ERROR_NOT_FOUND, "there are no keys in '%s'", directory);
	}
	if (load_pair(id.user_key_path, &private_text, &line, err) < 0 ||
	    load_pair(host_path, &id.host_private, &id.host_public, err) < 0) {
		identity_clear(&id);
		return -1;
	}
	id.directory = xstrdup(directory);
	id.user_public = xasprintf("%s %s", line, comment);
	fill_key_id(&id, line);
	*out = id;
	return 0;
}

int identity_ensure(const char *directory, const struct owner *owner, struct identity *out,
		    struct error *err)
{
	if (fs_make_dirs(directory, 0700, owner, err) < 0 ||
	    ensure_pair(directory, user_file, owner, err) < 0 ||
	    ensure_pair(directory, host_file, owner, err) < 0)
		return error_wrap(err, "cannot make the keys in '%s'", directory);
	return identity_load(directory, out, err);
}

void identity_clear(struct identity *id)
{
	free(id->directory);
	free(id->user_key_path);
	free(id->user_public);
	if (id->host_private)
		explicit_bzero(id->host_private, strlen(id->host_private));
	free(id->host_private);
	free(id->host_public);
	*id = (struct identity){ 0 };
}

static void add_file(struct seed *seed, struct seed_file *files, struct seed_file file)
{
	files[seed->file_count++] = file;
}

/* sshd ignores authorized keys that others could have changed, hence the modes and owners. */
static void add_login(struct seed *seed, struct seed_file *files, struct arena *arena,
		      const char *user, const char *authorized)
{
	const char *home = text_equal(user, "root") ? "/root" :
						      arena_printf(arena, "/home/%s", user);
	const char *directory = arena_printf(arena, "%s/.ssh", home);

	user = arena_strdup(arena, user);
	add_file(seed, files, (struct seed_file){ .path = directory, .user = user, .mode = 0700 });
	add_file(seed, files,
		 (struct seed_file){ .path = arena_printf(arena, "%s/authorized_keys", directory),
				     .user = user,
				     .mode = 0600,
				     .content = authorized });
}

static const char *with_further(const char *own, const struct strings *further, struct arena *arena)
{
	cleanup_text struct text t = { 0 };

	text_add(&t, own);
	for (size_t i = 0; i < further->count; i++)
		text_addf(&t, "%s\n", further->at[i]);
	return arena_strdup(arena, t.ptr);
}

void identity_seed(const struct identity *id, const char *user, const char *hostname,
		   const struct strings *authorize, struct arena *arena, struct seed *out)
{
	enum { FILES_MOST = 7 };
	bool other = user && !text_equal(user, "root");
	struct seed_file *files = arena_alloc(arena, FILES_MOST * sizeof(*files));
	const char *own = arena_printf(arena, "%s\n", id->user_public);
	const char *all = with_further(own, authorize, arena);
	struct seed seed = { .hostname = arena_strdup(arena, hostname), .files = files };

	add_file(&seed, files,
		 (struct seed_file){ .path = "/etc/ssh/ssh_host_ed25519_key",
				     .user = "root",
				     .mode = 0600,
				     .content = id->host_private });
	add_file(&seed, files,
		 (struct seed_file){ .path = "/etc/ssh/ssh_host_ed25519_key.pub",
				     .user = "root",
				     .mode = 0644,
				     .content = arena_printf(arena, "%s\n", id->host_public) });
	add_login(&seed, files, arena, "root", other ? own : all);
	if (other)
		add_login(&seed, files, arena, user, all);
	add_file(&seed, files,
		 (struct seed_file){ .path = "/etc/hostname",
				     .user = "root",
				     .mode = 0644,
				     .content = arena_printf(arena, "%s\n", hostname) });
	*out = seed;
}
