/* SPDX-License-Identifier: Apache-2.0 */
/* The first boot's disk: what cloud-init looks for is there, and the same seed is the same disk. */
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
#include <time.h>

#include "core/text.h"

#define PRIVATE "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n"

static const struct seed_file files[] = {
	{ "/etc/ssh/ssh_host_ed25519_key", "root", 0600, PRIVATE },
	{ "/etc/ssh/ssh_host_ed25519_key.pub", "root", 0644, "ssh-ed25519 AAAAhost\n" },
	{ "/root/.ssh", "root", 0700, NULL },
	{ "/root/.ssh/authorized_keys", "root", 0600, "# ours\nssh-ed25519 AAAAuser bothy-web\n" },
	{ "/home/dev/.ssh", "dev", 0700, NULL },
	{ "/home/dev/.ssh/authorized_keys", "dev", 0600, "ssh-ed25519 AAAAuser bothy-web\r\n" },
	{ "/home/dev/odd", "dev", 0640, "\"quoted\": {%}\t\\ \xc5\x91\n" },
	{ "/etc/hostname", "root", 0644, "web.test\n" },
};
static const struct seed seed = { .hostname = "web.test",
				  .files = files,
				  .file_count = ARRAY_SIZE(files) };

struct disk {
	unsigned char *bytes;
	size_t len;
};

static struct disk disk_of(const struct seed *s, const char *user)
{
	cleanup_error struct error err = { 0 };
	struct disk d = { 0 };

	const struct nocloud what = { .seed = s, .user = user, .key_id = "0123456789abcdef" };

	if (nocloud_image(&what, &d.bytes, &d.len, &err) < 0)
		fail_msg("%s", err.text);
	return d;
}

/* What is in the file of that name on the disk. Caller frees. */
static char *file_on(const struct disk *d, const char *name)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char *out = NULL;

	archive_read_support_format_iso9660(a);
	assert_int_equal(archive_read_open_memory(a, d->bytes, d->len), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		size_t len = (size_t)archive_entry_size(e);

		if (strcmp(archive_entry_pathname(e), name) != 0)
			continue;
		out = xcalloc(1, len + 1);
		assert_int_equal(archive_read_data(a, out, len), len);
	}
	archive_read_free(a);
	if (!out)
		fail_msg("there is no '%s'", name);
	return out;
}

static json_t *user_data(const struct disk *d)
{
	cleanup_free char *text = file_on(d, "user-data");
	json_error_t error;
	json_t *json;

	assert_int_equal(strncmp(text, "#cloud-config\n", 14), 0);
	json = json_loads(text + 14, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("user-data, line %d: %s", error.line, error.text);
	return json;
}

static const char *word(const json_t *of, const char *key)
{
	const char *s = json_string_value(json_object_get(of, key));

	if (!s)
		fail_msg("no text '%s'", key);
	return s;
}

static void assert_no(const json_t *of, const char *key)
{
	assert_true(json_is_false(json_object_get(of, key)));
}

/* --- what is on it --------------------------------------------------------------------------- */

static void is_labelled(void **state)
{
	struct disk d = disk_of(&seed, "dev");

	(void)state;
	assert_true(d.len > 34816 && d.len % 2048 == 0);
	assert_memory_equal(d.bytes + 32769, "CD001", 5);
	assert_memory_equal(d.bytes + 32808, "cidata                          ", 32);
	free(d.bytes);
}

static void tells_the_instance(void **state)
{
	struct disk d = disk_of(&seed, "dev");
	cleanup_free char *text = file_on(&d, "meta-data");
	json_t *meta = json_loads(text, 0, NULL);

	(void)state;
	assert_string_equal(word(meta, "instance-id"), "0123456789abcdef");
	assert_string_equal(word(meta, "local-hostname"), "web.test");
	json_decref(meta);
	free(d.bytes);
}

static void keeps_cloud_init_off_the_keys(void **state)
{
	struct disk d = disk_of(&seed, "dev");
	json_t *all = user_data(&d), *keys = json_object_get(all, "ssh_keys");

	(void)state;
	assert_string_equal(word(keys, "ed25519_private"), PRIVATE);
	assert_string_equal(word(keys, "ed25519_public"), "ssh-ed25519 AAAAhost\n");
	assert_int_equal(json_object_size(keys), 2);
	assert_no(all, "ssh_deletekeys");
	assert_no(json_object_get(all, "ssh"), "emit_keys_to_console");
	assert_true(json_is_true(json_object_get(all, "no_ssh_fingerprints")));
	json_decref(all);
	free(d.bytes);
}

static void writes_files(void **state)
{
	struct disk d = disk_of(&seed, "dev");
	json_t *all = user_data(&d), *list = json_object_get(all, "write_files"), *row;

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	row = json_array_get(list, 0);
	assert_string_equal(word(row, "path"), "/home/dev/odd");
	assert_string_equal(word(row, "owner"), "dev:dev");
	assert_string_equal(word(row, "permissions"), "0640");
	assert_string_equal(word(row, "content"), files[6].content);
	assert_true(json_is_true(json_object_get(row, "defer")));
	row = json_array_get(list, 1);
	assert_string_equal(word(row, "path"), "/etc/hostname");
	assert_string_equal(word(row, "owner"), "root:root");
	assert_no(row, "defer");
	json_decref(all);
	free(d.bytes);
}

static void lets_the_user_in(void **state)
{
	struct disk d = disk_of(&seed, "dev");
	json_t *all = user_data(&d), *users = json_object_get(all, "users"), *dev, *keys;

	(void)state;
	assert_int_equal(json_array_size(users), 2);
	assert_string_equal(json_string_value(json_array_get(users, 0)), "default");
	dev = json_array_get(users, 1);
	assert_string_equal(word(dev, "name"), "dev");
	assert_string_equal(word(dev, "sudo"), "ALL=(ALL) NOPASSWD:ALL");
	assert_true(json_is_true(json_object_get(dev, "lock_passwd")));
	keys = json_object_get(dev, "ssh_authorized_keys");
	assert_int_equal(json_array_size(keys), 1);
	assert_string_equal(json_string_value(json_array_get(keys, 0)),
			    "ssh-ed25519 AAAAuser bothy-web");
	keys = json_object_get(all, "ssh_authorized_keys");
	assert_int_equal(json_array_size(keys), 1);
	assert_no(all, "disable_root");
	/* Who changes that restarts the SSH server in the middle of the first boot. */
	assert_null(json_object_get(all, "ssh_pwauth"));
	assert_string_equal(word(all, "hostname"), "web.test");
	assert_no(all, "preserve_hostname");
	json_decref(all);
	free(d.bytes);
}

static void root_needs_no_user(void **state)
{
	static const char *const names[] = { "root", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct disk d = disk_of(&seed, names[i]);
		json_t *all = user_data(&d);

		assert_int_equal(json_array_size(json_object_get(all, "users")), 1);
		assert_int_equal(json_array_size(json_object_get(all, "ssh_authorized_keys")), 1);
		json_decref(all);
		free(d.bytes);
	}
}

/* A machine that is given no host key has to make one, or nobody gets in. */
static void no_keys_no_promise(void **state)
{
	const struct seed only = { .hostname = "web", .files = &files[7], .file_count = 1 };
	struct disk d = disk_of(&only, "root");
	json_t *all = user_data(&d);

	(void)state;
	assert_null(json_object_get(all, "ssh_keys"));
	json_decref(all);
	free(d.bytes);
}

static void refuses_what_is_no_text(void **state)
{
	const struct seed_file bad = { "/etc/x", "root", 0644, "\xff" };
	const struct seed bad_seeds[] = { { .hostname = "web", .files = &bad, .file_count = 1 },
					  { .hostname = "\xff" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_seeds); i++) {
		cleanup_error struct error err = { 0 };
		unsigned char *bytes = NULL;
		size_t len = 0;

		assert_int_equal(nocloud_image(&(struct nocloud){ .seed = &bad_seeds[i],
								  .user = "root",
								  .key_id = "1" },
					       &bytes, &len, &err),
				 -1);
		assert_non_null(strstr(err.text, "not UTF-8"));
		assert_null(bytes);
	}
}

/* Into another second, and seen from another time zone. */
static void is_the_same_tomorrow(void **state)
{
	struct disk a = disk_of(&seed, "dev"), b;
	const time_t began = time(NULL);

	(void)state;
	while (time(NULL) == began)
		continue;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	b = disk_of(&seed, "dev");
	unsetenv("TZ");
	tzset();
	assert_int_equal(a.len, b.len);
	for (size_t i = 0; i < a.len; i++) {
		if (a.bytes[i] != b.bytes[i])
			fail_msg("byte %zu is %u, then %u", i, a.bytes[i], b.bytes[i]);
	}
	free(a.bytes);
	free(b.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_labelled),
		cmocka_unit_test(tells_the_instance),
		cmocka_unit_test(keeps_cloud_init_off_the_keys),
		cmocka_unit_test(writes_files),
		cmocka_unit_test(lets_the_user_in),
		cmocka_unit_test(root_needs_no_user),
		cmocka_unit_test(no_keys_no_promise),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(is_the_same_tomorrow),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nocloud", tests, NULL, NULL);
}
