/* SPDX-License-Identifier: Apache-2.0 */
/* People's own data for cloud-init: theirs are unchanged and come first, ours are put to them so that we get in. */
#include "boxes/nocloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/mime.h"
#include "core/text.h"

#define MOST_PARTS 8

static const struct seed_file files[] = {
	{ "/etc/ssh/ssh_host_ed25519_key", "root", 0600, "PRIVATE\n" },
	{ "/etc/ssh/ssh_host_ed25519_key.pub", "root", 0644, "ssh-ed25519 AAAAhost\n" },
	{ "/root/.ssh/authorized_keys", "root", 0600, "ssh-ed25519 AAAAroot\n" },
	{ "/home/dev/.ssh/authorized_keys", "dev", 0600, "ssh-ed25519 AAAAdev\n" },
	{ "/etc/hostname", "root", 0644, "web\n" },
};
static const struct seed seed = { .hostname = "web",
				  .files = files,
				  .file_count = ARRAY_SIZE(files) };

/* --- reading what was made ------------------------------------------------------------------- */

/* The parts of a text that mime_mixed() made, decoded. */
struct parts {
	char *at[MOST_PARTS];
	size_t count;
};

static void parts_clear(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->at[i]);
}
#define cleanup_parts cleanup(parts_clear)

static char *decoded(const char *text, const char *end)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct text out = { 0 };
	uint32_t bits = 0;
	int held = 0;

	for (; text < end && *text != '='; text++) {
		const char *digit = *text == '\n' ? NULL : strchr(digits, *text);

		if (!digit)
			continue;
		bits = bits << 6 | (uint32_t)(digit - digits);
		held += 6;
		if (held >= 8) {
			char byte = (char)(bits >> (held -= 8));

			text_addn(&out, &byte, 1);
		}
	}
	return text_take(&out);
}

static void take_parts(const char *text, struct parts *out)
{
	const char *quoted = strstr(text, "boundary=\"") + 10;
	cleanup_free char *line = xasprintf("\n--%.*s", (int)strcspn(quoted, "\""), quoted);
	const char *at = strstr(text, line);

	assert_true(text_has_prefix(text, "MIME-Version: 1.0\n"));
	while (at && !text_has_prefix(at + strlen(line), "--")) {
		const char *head = at + strlen(line) + 1, *body = strstr(head, "\n\n") + 2;
		const char *end = strstr(body - 1, line);
		cleanup_free char *fields = xstrndup(head, (size_t)(body - head));

		assert_non_null(end);
		assert_true(out->count < MOST_PARTS);
		out->at[out->count++] = strstr(fields, "base64") ?
						decoded(body, end) :
						xstrndup(head, (size_t)(end - head));
		at = end;
	}
	assert_non_null(at);
}

/* What is on the disk for `user` who gives these texts; NULL and *err if there is none. */
static char *made(const char *user, const char *const *texts, size_t count, struct error *err)
{
	const struct nocloud what = { .seed = &seed,
				      .user = user,
				      .key_id = "1",
				      .user_data = texts,
				      .user_data_count = count };
	struct archive *a = archive_read_new();
	cleanup_free unsigned char *disk = NULL;
	struct archive_entry *e;
	char *out = NULL;
	size_t len;

	if (nocloud_image(&what, &disk, &len, err) == 0) {
		archive_read_support_format_iso9660(a);
		assert_int_equal(archive_read_open_memory(a, disk, len), ARCHIVE_OK);
		while (!out && archive_read_next_header(a, &e) == ARCHIVE_OK) {
			size_t bytes = (size_t)archive_entry_size(e);

			if (strcmp(archive_entry_pathname(e), "user-data") != 0)
				continue;
			out = xcalloc(1, bytes + 1);
			assert_int_equal(archive_read_data(a, out, bytes), bytes);
		}
	}
	archive_read_free(a);
	return out;
}

static void make_parts(const char *user, const char *const *texts, size_t count, struct parts *out)
{
	cleanup_error struct error err = { 0 };
	cleanup_free char *text = made(user, texts, count, &err);

	if (!text)
		fail_msg("%s", err.text);
	take_parts(text, out);
	assert_int_equal(out->count, count + 3);
}

/* One of our parts, with what is said about merging it taken out. */
static json_t *ours(const struct parts *p, size_t part, const char *merge)
{
	json_t *json;

	assert_true(text_has_prefix(p->at[part], "#cloud-config\n{"));
	json = json_loads(p->at[part] + strlen("#cloud-config\n"), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "merge_how")), merge);
	json_object_del(json, "merge_how");
	return json;
}

static void is(json_t *json, const char *expected)
{
	cleanup_free char *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);

	assert_string_equal(text, expected);
	json_decref(json);
}

/* --- what there has to be -------------------------------------------------------------------- */

static void theirs_come_first_and_whole(void **state)
{
	static const char *const texts[] = {
		"#cloud-config\nusers:\n- default\nwrite_files: [ {path: /x, content: \"gr\xc3\xbc\xc3\x9f\"} ]\n",
		"#!/bin/sh\nusers: no list here\n--\n",
	};
	cleanup_parts struct parts p = { 0 };

	(void)state;
	make_parts("dev", texts, 2, &p);
	assert_string_equal(p.at[0], texts[0]);
	assert_string_equal(p.at[1], texts[1]);
}

static void messages_stay_messages(void **state)
{
	static const char message[] =
		"Content-Type: multipart/mixed; boundary=\"x\"\nMIME-Version: 1.0\n\n"
		"--x\nContent-Type: text/cloud-config\n\nusers: [default]\n--x--";
	cleanup_free char *kept = xasprintf("From nobody Sat Nov 21 2026\n%s", message);
	const char *const texts[] = { message, kept };
	cleanup_parts struct parts p = { 0 };

	(void)state;
	make_parts("dev", texts, 2, &p);
	assert_string_equal(p.at[0], message);
	assert_string_equal(p.at[1], message);
}

static void ours_win_where_they_must(void **state)
{
	static const char *const texts[] = { "#cloud-config\nssh_deletekeys: true\n" };
	cleanup_parts struct parts p = { 0 };

	(void)state;
	make_parts("dev", texts, 1, &p);
	is(ours(&p, 1, "dict(replace)+list()+str()"),
	   "{\"disable_root\":false,\"hostname\":\"web\",\"no_ssh_fingerprints\":true,"
	   "\"prefer_fqdn_over_hostname\":true,\"preserve_hostname\":false,"
	   "\"ssh\":{\"emit_keys_to_console\":false},\"ssh_deletekeys\":false,"
	   "\"ssh_keys\":{\"ed25519_private\":\"PRIVATE\\n\",\"ed25519_public\":\"ssh-ed25519 AAAAhost\\n\"}}");
	is(ours(&p, 2, "dict(recurse_array)+list(prepend)"),
	   "{\"users\":[{\"name\":\"dev\",\"ssh_authorized_keys\":[\"ssh-ed25519 AAAAdev\"]},\"default\"]}");
	is(ours(&p, 3, "dict(recurse_array)+list(append)"),
	   "{\"ssh_authorized_keys\":[\"ssh-ed25519 AAAAroot\"],"
	   "\"users\":[{\"lock_passwd\":true,\"name\":\"dev\",\"ssh_authorized_keys\":[\"ssh-ed25519 AAAAdev\"],"
	   "\"sudo\":\"ALL=(ALL) NOPASSWD:ALL\"}],"
	   "\"write_files\":[{\"content\":\"web\\n\",\"defer\":false,\"owner\":\"root:root\",\"path\":\"/etc/hostname\","
	   "\"permissions\":\"0644\"}]}");
}

static void root_gets_in_as_well(void **state)
{
	static const char *const texts[] = { "#cloud-config\nusers: [bob]\n" };
	cleanup_parts struct parts p = { 0 };
	json_t *last;

	(void)state;
	make_parts("root", texts, 1, &p);
	is(ours(&p, 2, "dict(recurse_array)+list(prepend)"),
	   "{\"users\":[{\"lock_passwd\":false,\"name\":\"root\",\"ssh_authorized_keys\":[\"ssh-ed25519 AAAAroot\"]},"
	   "\"default\"]}");
	last = ours(&p, 3, "dict(recurse_array)+list(append)");
	assert_int_equal(json_array_size(json_object_get(last, "users")), 0);
	json_decref(last);
}

static void what_cannot_be_merged_is_refused(void **state)
{
	static const struct {
		const char *text, *key; /* NULL: it can be */
	} cases[] = {
		{ "#cloud-config\nusers: {bob: {}}\n", "users" },
		{ "#cloud-config\nusers: bob\n", "users" },
		{ "#cloud-config\nusers:\n", "users" },
		{ "#cloud-config\nusers:", "users" },
		{ "#cloud-config\nusers: # none\npackages:\n- x\n", "users" },
		{ "#cloud-config\nusers:\n  bob:\n    sudo: x\n", "users" },
		{ "#cloud-config\nwrite_files: ~\n", "write_files" },
		{ "#cloud-config\npackages: []\nssh_authorized_keys: ssh-ed25519 AAAA\n",
		  "ssh_authorized_keys" },
		{ "#cloud-config\nusers: [bob]\nwrite_files:\n\n# some\n  # more\n  - path: /x\n",
		  NULL },
		{ "#cloud-config\r\nusers: \r\n\r\n- bob\r\n", NULL },
		{ "#cloud-config\nx: {users: bob}\nother_users: bob\n  users: bob\n", NULL },
		{ "#cloud-config-archive\n- users: bob\nusers: bob\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_free char *text = made("dev", &cases[i].text, 1, &err), *expected = NULL;

		if (!cases[i].key && !text)
			fail_msg("%s: %s", cases[i].text, err.text);
		if (!cases[i].key)
			continue;
		expected = xasprintf("the user data for cloud-init: '%s' must be a list",
				     cases[i].key);
		assert_null(text);
		assert_int_equal(err.kind, ERROR_ENVFILE);
		assert_string_equal(err.text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(theirs_come_first_and_whole),
		cmocka_unit_test(messages_stay_messages),
		cmocka_unit_test(ours_win_where_they_must),
		cmocka_unit_test(root_gets_in_as_well),
		cmocka_unit_test(what_cannot_be_merged_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nocloud_user_data", tests, NULL, NULL);
}
