/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.json of a Vagrant box. */
#include "boxes/metadata.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/member.h"
#include "boxes/qcow2.h"
#include "core/text.h"

#define USER_MAX_BYTES 32
#define ARCHITECTURE_MAX_BYTES 32
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int bad_field(const char *field, const char *why, struct error *err)
{
	return error_set(err, ERROR_BOX, METADATA_MEMBER ": field '%s' %s", field, why);
}

static int bad_value(const char *field, const char *value, const char *why, struct error *err)
{
	cleanup_free char *shown = member_shown(value);

	return error_set(err, ERROR_BOX, METADATA_MEMBER ": %s '%s' %s", field, shown, why);
}

static int as_string(const json_t *value, const char *field, const char **out, struct error *err)
{
	if (!json_is_string(value))
		return bad_field(field, "is not a string", err);
	*out = json_string_value(value);
	return 0;
}

/* The field as a string; borrowed from the document. */
static int string_field(const json_t *root, const char *field, const char **out, struct error *err)
{
	const json_t *value = json_object_get(root, field);

	if (!value)
		return bad_field(field, "is missing", err);
	return as_string(value, field, out, err);
}

/* --- what kind of box ------------------------------------------------------------------------ */

static int read_provider(const json_t *root, struct metadata *m, struct error *err)
{
	static const char *const with_disks[] = { "libvirt", "kvm", "qemu" };
	const char *got = NULL;

	if (string_field(root, "provider", &got, err) < 0)
		return -1;
	m->kind = IMAGE_ROOTFS;
	if (text_equal(got, "lxc"))
		return 0;
	m->kind = IMAGE_DISK;
	for (size_t i = 0; i < ARRAY_SIZE(with_disks); i++)
		if (text_equal(got, with_disks[i]))
			return 0;
	bad_value("provider", got, "is not supported, only 'libvirt' and 'lxc' are", err);
	return error_hint(err, "look for the same box for libvirt");
}

/* The disks of both versions are qcow2; the second need not say so. */
static int read_format(const json_t *root, bool needed, struct error *err)
{
	static const char field[] = "format";
	const char *got = NULL;

	if (!needed && !json_object_get(root, field))
		return 0;
	if (string_field(root, field, &got, err) < 0)
		return -1;
	if (text_equal(got, "qcow2"))
		return 0;
	return bad_value(field, got, "is not supported, only 'qcow2' is", err);
}

/* --- version 1 ------------------------------------------------------------------------------- */

static int check_size(const json_t *root, struct error *err)
{
	static const char field[] = "virtual_size";
	const json_t *value = json_object_get(root, field);
	json_int_t gib;

	if (!value)
		return bad_field(field, "is missing", err);
	if (!json_is_integer(value))
		return bad_field(field, "is not a whole number of GiB", err);
	gib = json_integer_value(value);
	if (gib < 1 || (uint64_t)gib > QCOW2_MAX_DISK_BYTES >> 30)
		return bad_field(field, "is out of range", err);
	return 0;
}

static int read_version1(const json_t *root, struct metadata *m, struct error *err)
{
	if (check_size(root, err) < 0 || read_format(root, true, err) < 0)
		return -1;
	m->disks[m->disk_count++] = xstrdup(METADATA_DISK);
	return 0;
}

/* --- version 2 ------------------------------------------------------------------------------- */

static int check_disk_path(const char *field, const char *path, struct error *err)
{
	cleanup_free char *clean = NULL;
	cleanup_error struct error why = { 0 };

	if (member_path(path, &clean, &why) < 0)
		return error_set(err, ERROR_BOX, METADATA_MEMBER ": field '%s': %s", field,
				 why.text);
	if (!text_equal(clean, path) || !*path || strchr(path, '/'))
		return bad_value(field, path, "is not the name of a member at the box's root", err);
	return 0;
}

/* Vagrant names a disk without a name by its path up to the dot. */
static char *disk_name(const char *name, const char *path)
{
	const char *dot = strrchr(path, '.');

	if (name)
		return xstrdup(name);
	return dot && dot > path ? xstrndup(path, (size_t)(dot - path)) : xstrdup(path);
}

static int read_disk(const json_t *disk, size_t index, struct metadata *m, char **names,
		     struct error *err)
{
	cleanup_free char *path_field = xasprintf("disks[%zu].path", index);
	cleanup_free char *name_field = xasprintf("disks[%zu].name", index);
	const json_t *path = json_object_get(disk, "path");
	const json_t *name = json_object_get(disk, "name");
	const char *path_text = NULL, *name_text = NULL;

	if (!path)
		return bad_field(path_field, "is missing", err);
	if (as_string(path, path_field, &path_text, err) < 0 ||
	    check_disk_path(path_field, path_text, err) < 0 ||
	    (name && as_string(name, name_field, &name_text, err) < 0))
		return -1;
	names[index] = disk_name(name_text, path_text);
	m->disks[m->disk_count++] = xstrdup(path_text);
	for (size_t i = 0; i < index; i++) {
		if (text_equal(m->disks[i], path_text))
			return bad_value(path_field, path_text, "is there twice", err);
		if (text_equal(names[i], names[index]))
			return bad_value(name_field, names[index], "is there twice", err);
	}
	return 0;
}

static int read_version2(const json_t *root, struct metadata *m, struct error *err)
{
	static const char field[] = "disks";
	const json_t *disks = json_object_get(root, field);
	char *names[IMAGE_MAX_DISKS] = { NULL };
	int rc;

	if (!json_is_array(disks))
		return bad_field(field, "is not a list", err);
	if (!json_array_size(disks))
		return bad_field(field, "names no disk", err);
	if (json_array_size(disks) > IMAGE_MAX_DISKS)
		return error_set(err, ERROR_BOX,
				 METADATA_MEMBER ": field '%s' names %zu disks, at most %d are "
						 "supported",
				 field, json_array_size(disks), IMAGE_MAX_DISKS);
	rc = read_format(root, false, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(disks); i++)
		rc = read_disk(json_array_get(disks, i), i, m, names, err);
	for (size_t i = 0; i < IMAGE_MAX_DISKS; i++)
		free(names[i]);
	return rc;
}

/* --- who to log in as ------------------------------------------------------------------------ */

static int read_user(const json_t *ours, struct metadata *m, struct error *err)
{
	static const char field[] = "bothy.user";
	const json_t *value = json_object_get(ours, "user");
	const char *user = NULL;
	size_t len;

	if (!value)
		return 0;
	if (as_string(value, field, &user, err) < 0)
		return -1;
	len = strlen(user);
	if (!len || len > USER_MAX_BYTES || !strchr(LETTERS "_", user[0]) ||
	    strspn(user, LETTERS "0123456789_.-") != len)
		return bad_value(field, user, "is not a user's name", err);
	free(m->user);
	m->user = xstrdup(user);
	return 0;
}

static int read_first_boot(const json_t *ours, struct metadata *m, struct error *err)
{
	static const char field[] = "bothy.first_boot";
	const json_t *list = json_object_get(ours, "first_boot");
	unsigned bits = 0;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return bad_field(field, "is not a list", err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *got = NULL;

		if (as_string(json_array_get(list, i), field, &got, err) < 0)
			return -1;
		if (!first_boot_bit(got))
			return bad_value(field, got, "is not known", err);
		bits |= first_boot_bit(got);
	}
	m->first_boot = bits;
	return 0;
}

static int read_login(const json_t *root, struct metadata *m, struct error *err)
{
	const json_t *ours = json_object_get(root, "bothy");

	m->user = xstrdup("vagrant");
	/* A container's keys are written into its tree. */
	m->first_boot = m->kind == IMAGE_DISK ? FIRST_BOOT_KNOWN_KEY : 0;
	if (!ours)
		return 0;
	if (!json_is_object(ours))
		return bad_field("bothy", "is not an object", err);
	return read_user(ours, m, err) < 0 ? -1 : read_first_boot(ours, m, err);
}

static int read_architecture(const json_t *root, struct metadata *m, struct error *err)
{
	static const char field[] = "architecture";
	const json_t *value = json_object_get(root, field);
	const char *word = NULL;

	if (!value || json_is_null(value))
		return 0;
	if (as_string(value, field, &word, err) < 0)
		return -1;
	if (strlen(word) > ARCHITECTURE_MAX_BYTES ||
	    strspn(word, LETTERS "0123456789_-.") != strlen(word))
		return bad_value(field, word, "is not the name of one", err);
	/* Vagrant writes "unknown" where nobody told. */
	if (*word && !text_equal(word, "unknown"))
		m->architecture = xstrdup(word);
	return 0;
}

static int read_all(const json_t *root, struct metadata *m, struct error *err)
{
	if (!json_is_object(root))
		return error_set(err, ERROR_BOX, METADATA_MEMBER ": not an object");
	if (read_provider(root, m, err) < 0 || read_architecture(root, m, err) < 0 ||
	    read_login(root, m, err) < 0)
		return -1;
	if (m->kind != IMAGE_DISK)
		return 0;
	return json_object_get(root, "disks") ? read_version2(root, m, err) :
						read_version1(root, m, err);
}

int metadata_parse(const void *data, size_t len, struct metadata *out, struct error *err)
{
	json_error_t why;
	json_t *root;
	cleanup_metadata struct metadata m = { 0 };
	int rc;

	root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		cleanup_free char *shown = member_shown(why.text);

		return error_set(err, ERROR_BOX, METADATA_MEMBER ": line %d: %s", why.line, shown);
	}
	rc = read_all(root, &m, err);
	json_decref(root);
	if (rc < 0)
		return -1;
	*out = m;
	m = (struct metadata){ 0 };
	return 0;
}

void metadata_clear(struct metadata *m)
{
	for (size_t i = 0; i < m->disk_count; i++)
		free(m->disks[i]);
	free(m->architecture);
	free(m->user);
	*m = (struct metadata){ 0 };
}
