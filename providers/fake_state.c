/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and changing the file of the fake provider: entries, their fields, and what observe tells. */
#include "providers/fake_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"
#include "providers/fake_cards.h"
#include "providers/fake_network.h"

#define STATE_MAX_BYTES ((size_t)64 << 20)
#define LOG_MAX_ENTRIES 1000
#define LOCK_WAIT_MS 30000

static json_t *part(const json_t *root, const char *name)
{
	return json_object_get(root, name);
}

/* A file that somebody damaged must not bring the program down with it. */
static void fill_gaps(json_t *root)
{
	static const char *const objects[] = { "bases", "networks", "machines" };

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		if (!json_is_object(part(root, objects[i])))
			json_object_set_new(root, objects[i], json_object());
	}
	if (!json_is_integer(part(root, "operations")))
		json_object_set_new(root, "operations", json_integer(0));
	if (!json_is_array(part(root, "log")))
		json_object_set_new(root, "log", json_array());
}

int fake_state_read(const char *path, json_t **out, struct error *err)
{
	cleanup_text struct text content = { 0 };
	cleanup_error struct error missing = { 0 };
	json_error_t where;
	json_t *root;

	if (fs_read(path, STATE_MAX_BYTES, &content, &missing) < 0) {
		if (missing.kind != ERROR_NOT_FOUND)
			return error_move(err, &missing);
		root = json_object();
	} else {
		root = json_loadb(text_str(&content), content.len, 0, &where);
	}
	if (!json_is_object(root)) {
		json_decref(root);
		error_set(err, ERROR_ENGINE,
			  "cannot read the fake engine's state '%s': not valid JSON", path);
		return error_hint(err, "remove the file: its machines are gone with it");
	}
	fill_gaps(root);
	*out = root;
	return 0;
}

static int make_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *directory = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	return *directory ? fs_make_dirs(directory, 0755, NULL, err) : 0;
}

int fake_state_write(const char *path, const json_t *root, struct error *err)
{
	cleanup_free char *content = json_dumps(root, JSON_INDENT(2));

	if (!content)
		return error_set(err, ERROR_SYSTEM, "cannot write '%s': a text is not UTF-8", path);
	return fs_write(path, content, strlen(content), 0644, NULL, err);
}

int fake_state_lock(const char *path, int *out_fd, struct error *err)
{
	cleanup_free char *lock = xasprintf("%s.lock", path);

	if (make_parent(path, err) < 0)
		return -1;
	return fs_lock(lock, "changing the fake engine's state", LOCK_WAIT_MS, NULL, out_fd, err);
}

void fake_state_log(json_t *root, const char *operation, const char *subject)
{
	cleanup_free char *entry = xasprintf("%s %s", operation, subject);
	json_t *log = part(root, "log");
	json_int_t count = json_integer_value(part(root, "operations"));

	json_object_set_new(root, "operations", json_integer(count + 1));
	json_array_append_new(log, fake_state_text(entry));
	while (json_array_size(log) > LOG_MAX_ENTRIES)
		json_array_remove(log, 0);
}

json_t *fake_state_text(const char *s)
{
	json_t *text = s ? json_string(s) : json_null();
	cleanup_free char *ascii = NULL;

	if (text)
		return text;
	ascii = xstrdup(s);
	for (char *c = ascii; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	return json_string(ascii);
}

json_t *fake_state_project(const struct project *project)
{
	return json_pack("{s:s, s:o, s:o}", "id", project->id, "name",
			 fake_state_text(project->name), "directory",
			 fake_state_text(project->directory));
}

json_t *fake_state_base(const json_t *root, const char *digest)
{
	return json_object_get(part(root, "bases"), digest);
}

json_t *fake_state_machine(const json_t *root, const char *id)
{
	return json_object_get(part(root, "machines"), id);
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool belongs_to(const json_t *entry, const char *project_id)
{
	return !project_id || text_equal(string_of(part(entry, "project"), "id"), project_id);
}

const char *fake_state_find(const json_t *root, const char *project_id, const char *name)
{
	const char *id;
	json_t *machine;

	json_object_foreach(part(root, "machines"), id, machine)
	{
		if (belongs_to(machine, project_id) && text_equal(string_of(machine, "name"), name))
			return id;
	}
	return NULL;
}

bool fake_state_has_machines(const json_t *root, const char *project_id)
{
	const char *id;
	json_t *machine;

	json_object_foreach(part(root, "machines"), id, machine)
	{
		if (belongs_to(machine, project_id))
			return true;
	}
	return false;
}

bool fake_is_complete(const json_t *entry)
{
	return json_is_true(json_object_get(entry, "complete"));
}

enum machine_state fake_machine_state(const json_t *machine)
{
	const char *name = string_of(machine, "state");

	for (enum machine_state s = MACHINE_NOT_CREATED; s <= MACHINE_UNKNOWN; s++) {
		if (text_equal(name, machine_state_name(s)))
			return s;
	}
	return MACHINE_UNKNOWN;
}

void fake_machine_set_state(json_t *machine, enum machine_state state)
{
	json_object_set_new(machine, "state", json_string(machine_state_name(state)));
}

void fake_machine_count_start(json_t *machine)
{
	const char *before = string_of(machine, "start");
	cleanup_free char *start = xasprintf("%lu", (before ? strtoul(before, NULL, 10) : 0) + 1);

	json_object_set_new(machine, "start", json_string(start));
}

void fake_state_copy_project(struct arena *a, const json_t *entry, struct project *out)
{
	const json_t *project = part(entry, "project");
	const char *id = string_of(project, "id"), *name = string_of(project, "name");
	const char *directory = string_of(project, "directory");

	snprintf(out->id, sizeof(out->id), "%s", id ? id : "");
	out->name = arena_strdup(a, name ? name : "");
	out->directory = arena_strdup(a, directory ? directory : "");
}

static void observe_machine(struct observed *o, const json_t *root, const char *id, const json_t *m)
{
	struct observed_machine *out = observed_add_machine(o);
	const struct {
		const char **to;
		const char *key;
	} texts[] = {
		{ &out->box_name, "box_name" },     { &out->hostname, "hostname" },
		{ &out->command, "command" },       { &out->folders, "folders" },
		{ &out->login_user, "login_user" }, { &out->key_id, "key_id" },
		{ &out->owner, "owner" },           { &out->version, "version" },
	};
	const char *name = string_of(m, "name"), *digest = string_of(m, "box_digest");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i].to = arena_strdup(&o->arena, string_of(m, texts[i].key));
	fake_state_copy_project(&o->arena, m, &out->project);
	snprintf(out->box_digest, sizeof(out->box_digest), "%s", digest ? digest : "");
	out->provider = "fake";
	out->id = arena_strdup(&o->arena, id);
	out->name = arena_strdup(&o->arena, name ? name : "");
	fake_cards_observe(root, m, &o->arena, out);
	out->state = fake_machine_state(m);
	out->start = out->state == MACHINE_RUNNING ?
			     arena_strdup(&o->arena, string_of(m, "start")) :
			     NULL;
	out->complete = fake_is_complete(m);
	out->layered = json_is_true(part(m, "layered"));
	out->cpus = (unsigned)json_integer_value(part(m, "cpus"));
	out->memory_mib = (uint64_t)json_integer_value(part(m, "memory_mib"));
	out->disk_mib = (uint64_t)json_integer_value(part(m, "disk_mib"));
}

void fake_state_observe(const json_t *root, const char *project_id, struct observed *out)
{
	const char *key;
	json_t *entry;

	json_object_foreach(part(root, "machines"), key, entry)
	{
		if (belongs_to(entry, project_id))
			observe_machine(out, root, key, entry);
	}
	json_object_foreach(part(root, "networks"), key, entry)
	{
		if (belongs_to(entry, project_id))
			fake_network_observe(out, entry);
	}
	fake_partings_observe(out, root, project_id);
}
