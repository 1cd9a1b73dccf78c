/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.json of a Vagrant box. */
#include "boxes/metadata.h"

#include <jansson.h>
#include <string.h>

#include "boxes/member.h"
#include "boxes/qcow2.h"

static int bad_field(const char *field, const char *why, struct error *err)
{
	return error_set(err, ERROR_BOX, METADATA_MEMBER ": field '%s' %s", field, why);
}

/* The field as a string; borrowed from the document. */
static int string_field(const json_t *root, const char *field, const char **out, struct error *err)
{
	const json_t *value = json_object_get(root, field);

	if (!value)
		return bad_field(field, "is missing", err);
	if (!json_is_string(value))
		return bad_field(field, "is not a string", err);
	*out = json_string_value(value);
	return 0;
}

/* Only one word of both fields is understood. */
static int expect_word(const json_t *root, const char *field, const char *word, struct error *err)
{
	const char *got = NULL;

	if (string_field(root, field, &got, err) < 0)
		return -1;
	if (strcmp(got, word) != 0) {
		cleanup_free char *shown = member_shown(got);

		return error_set(err, ERROR_BOX,
				 METADATA_MEMBER ": %s '%s' is not supported, only '%s' is", field,
				 shown, word);
	}
	return 0;
}

static int read_size(const json_t *root, uint64_t *out_gib, struct error *err)
{
	static const char field[] = "virtual_size";
	const json_t *value = json_object_get(root, field);
	json_int_t gib;

	if (!value && json_object_get(root, "disks"))
		return bad_field("disks", "is not supported, only boxes of format version 1 are",
				 err);
	if (!value)
		return bad_field(field, "is missing", err);
	if (!json_is_integer(value))
		return bad_field(field, "is not a whole number of GiB", err);
	gib = json_integer_value(value);
	if (gib < 1 || (uint64_t)gib > QCOW2_MAX_DISK_BYTES >> 30)
		return bad_field(field, "is out of range", err);
	*out_gib = (uint64_t)gib;
	return 0;
}

int metadata_parse(const void *data, size_t len, struct metadata *out, struct error *err)
{
	json_error_t why;
	json_t *root;
	struct metadata m = { 0 };
	int rc = -1;

	root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		cleanup_free char *shown = member_shown(why.text);

		return error_set(err, ERROR_BOX, METADATA_MEMBER ": line %d: %s", why.line, shown);
	}
	if (!json_is_object(root))
		error_set(err, ERROR_BOX, METADATA_MEMBER ": not an object");
	else if (expect_word(root, "provider", "libvirt", err) == 0 &&
		 read_size(root, &m.virtual_size_gib, err) == 0 &&
		 expect_word(root, "format", "qcow2", err) == 0)
		rc = 0;
	json_decref(root);
	if (rc == 0)
		*out = m;
	return rc;
}
