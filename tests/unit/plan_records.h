/* SPDX-License-Identifier: Apache-2.0 */
/* Records of provisioners for plans as data. */
#ifndef TESTS_PLAN_RECORDS_H
#define TESTS_PLAN_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/record.h"

static json_t *entry(const char *name, const char *digest)
{
	return json_pack("{s:s, s:s, s:b}", "name", name, "digest", digest, "ok", 1);
}

/* What a case says ran; without a digest it ran as it is now. */
static json_t *entry_of(const json_t *said, const struct provisioners *list)
{
	const char *name = json_string_value(json_object_get(said, "name"));
	json_t *copy = json_deep_copy(said);

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->at[i].name, name) == 0 && !json_object_get(said, "digest"))
			json_object_set_new(copy, "digest", json_string(list->at[i].digest));
	}
	return copy;
}

/*
 * Loads the record of `list` that `given` tells, {"machine", "ran": [{"name", "ok", "digest"}], "ready"}, through a file
 * of `directory`; NULL: all of it ran well, and it was `ready` (NULL: nothing is) then. `id` is that of the machine where none is given.
 */
static void make_record(const char *directory, const json_t *given, const char *id,
			const struct provisioners *list, const struct readiness *ready,
			struct record *out)
{
	cleanup_free char *path = fs_join(directory, "provision.json"), *dump = NULL;
	cleanup_error struct error err = { 0 };
	json_t *root = json_object(), *ran = json_array(), *item;
	const json_t *machine = json_object_get(given, "machine");
	char digest[DIGEST_HEX_BYTES];
	size_t i;

	if (ready && (!given || json_is_true(json_object_get(given, "ready")))) {
		readiness_digest(ready, digest);
		json_object_set_new(root, "ready", json_string(digest));
	}
	json_object_set_new(root, "machine",
			    json_string(machine ? json_string_value(machine) : id));
	json_object_set_new(root, "ran", ran);
	for (i = 0; !given && i < list->count; i++)
		json_array_append_new(ran, entry(list->at[i].name, list->at[i].digest));
	json_array_foreach(json_object_get(given, "ran"), i, item)
		json_array_append_new(ran, entry_of(item, list));
	dump = json_dumps(root, 0);
	json_decref(root);
	if (fs_write(path, dump, strlen(dump), 0644, NULL, &err) < 0)
		fail_msg("%s", err.text);
	record_load(path, out);
}

#endif
