/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs: made once, kept with the right modes, in formats that OpenSSH itself reads. */
#include "guest/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/proc.h"

static char directory[64];
static char *keys;

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/bothy-identity.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	keys = xasprintf("%s/machines/web", directory);
	return 0;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	free(keys);
	return fs_remove(directory, &err);
}

static mode_t mode_of(const char *name)
{
	cleanup_free char *path = fs_join(keys, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_missing(void **state)
{
	struct identity id = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(identity_load(keys, &id, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
}

static void test_made_once(void **state)
{
	struct identity first = { 0 }, second = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(identity_ensure(keys, NULL, &first, &err), 0);
	assert_int_equal(identity_ensure(keys, NULL, &second, &err), 0);
	assert_string_equal(first.user_public, second.user_public);
	assert_string_equal(first.host_private, second.host_private);
	assert_string_equal(first.key_id, second.key_id);
	assert_int_equal(strlen(first.key_id), IDENTITY_ID_BYTES - 1);
	assert_memory_equal(first.user_public, "ssh-ed25519 AAAA", 16);
	assert_non_null(strstr(first.user_public, " bothy-web"));
	assert_memory_equal(first.host_public, "ssh-ed25519 AAAA", 16);
	assert_string_not_equal(first.user_public, first.host_public);
	assert_int_equal(mode_of(""), 0700);
	assert_int_equal(mode_of("id_ed25519"), 0600);
	assert_int_equal(mode_of("host_ed25519"), 0600);
	assert_int_equal(mode_of("id_ed25519.pub"), 0644);
	identity_clear(&first);
	identity_clear(&second);
}

static void test_completed_after_a_cut(void **state)
{
	cleanup_free char *host = fs_join(keys, "host_ed25519");
	struct identity before = { 0 }, after = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(identity_load(keys, &before, &err), 0);
	assert_int_equal(unlink(host), 0);
	assert_int_equal(identity_ensure(keys, NULL, &after, &err), 0);
	assert_string_equal(before.user_public, after.user_public);
	assert_string_not_equal(before.host_public, after.host_public);
	assert_string_not_equal(before.key_id, after.key_id);
	identity_clear(&before);
	identity_clear(&after);
}

static void test_openssh_reads_them(void **state)
{
	static const char *const names[] = { "id_ed25519", "host_ed25519" };

	(void)state;
	if (access("/usr/bin/ssh-keygen", X_OK) < 0)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = fs_join(keys, names[i]);
		cleanup_free char *public_path = xasprintf("%s.pub", path);
		const char *argv[] = { "ssh-keygen", "-y", "-P", "", "-f", path, NULL };
		struct proc_result result = { 0 };
		cleanup_text struct text line = { 0 };
		struct error err = { 0 };

		assert_int_equal(proc_run(argv, 0, &result, &err), 0);
		assert_int_equal(result.status, 0);
		assert_int_equal(fs_read(public_path, 4096, &line, &err), 0);
		assert_int_equal(strncmp(result.output.ptr, line.ptr, 68), 0);
		proc_result_clear(&result);
	}
}

static void test_damaged(void **state)
{
	cleanup_free char *path = fs_join(keys, "id_ed25519");
	struct identity id = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(fs_write(path, "nothing", 7, 0600, NULL, &err), 0);
	assert_int_equal(identity_load(keys, &id, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.text, "is damaged"));
	error_clear(&err);
	assert_int_equal(identity_ensure(keys, NULL, &id, &err), 0);
	assert_int_equal(mode_of("id_ed25519"), 0600);
	identity_clear(&id);
	assert_int_equal(identity_load(keys, &id, &err), 0);
	identity_clear(&id);
	/* What is there but is no file that may be read is no damaged key. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(identity_ensure(keys, NULL, &id, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	error_clear(&err);
	assert_int_equal(rmdir(path), 0);
}

static const struct seed_file *find(const struct seed *seed, const char *path)
{
	for (size_t i = 0; i < seed->file_count; i++) {
		if (strcmp(seed->files[i].path, path) == 0)
			return &seed->files[i];
	}
	return NULL;
}

static void test_seed(void **state)
{
	char host_private[] = "PRIVATE", host_public[] = "ssh-ed25519 AAAAhost";
	char user_public[] = "ssh-ed25519 AAAAuser bothy-web";
	const struct identity id = { .host_private = host_private,
				     .host_public = host_public,
				     .user_public = user_public };
	struct arena arena = { 0 };
	struct seed seed = { 0 };
	const struct seed_file *file;
	const char *further = "ssh-rsa AAAAmine me";

	(void)state;
	identity_seed(&id, "root", "web.test", &(struct strings){ 0 }, &arena, &seed);
	assert_int_equal(seed.file_count, 5);
	assert_string_equal(seed.hostname, "web.test");
	assert_string_equal(find(&seed, "/etc/hostname")->content, "web.test\n");
	file = find(&seed, "/etc/ssh/ssh_host_ed25519_key");
	assert_int_equal(file->mode, 0600);
	assert_string_equal(file->content, "PRIVATE");
	assert_int_equal(find(&seed, "/etc/ssh/ssh_host_ed25519_key.pub")->mode, 0644);
	assert_null(find(&seed, "/root/.ssh")->content);
	assert_int_equal(find(&seed, "/root/.ssh")->mode, 0700);

	identity_seed(&id, "dev", "web", &(struct strings){ &further, 1 }, &arena, &seed);
	assert_int_equal(seed.file_count, 7);
	file = find(&seed, "/home/dev/.ssh/authorized_keys");
	assert_string_equal(file->user, "dev");
	assert_int_equal(file->mode, 0600);
	assert_string_equal(file->content, "ssh-ed25519 AAAAuser bothy-web\nssh-rsa AAAAmine me\n");
	assert_string_equal(find(&seed, "/root/.ssh/authorized_keys")->content,
			    "ssh-ed25519 AAAAuser bothy-web\n");
	assert_string_equal(find(&seed, "/root/.ssh/authorized_keys")->user, "root");
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_made_once),
		cmocka_unit_test(test_completed_after_a_cut),
		cmocka_unit_test(test_openssh_reads_them),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_seed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
