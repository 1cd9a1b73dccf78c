/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts from a server that misbehaves: fetched once, kept by digest, never another one than the file names. */
#include "cli/urlscript.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/web_log.h"

#define TEXT "#!/bin/sh\necho hello\n"

static struct session session;
static char digest[DIGEST_HEX_BYTES];

static int setup_group(void **state)
{
	(void)state;
	setenv("no_proxy", "*", 1);
	setenv("NETRC", "/nonexistent", 1);
	if (web_start() < 0)
		return -1;
	digest_of(TEXT, strlen(TEXT), digest);
	setenv("BOTHY_CONFIG", "/nonexistent", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return 0;
}

static int teardown_group(void **state)
{
	(void)state;
	return web_stop();
}

static int setup(void **state)
{
	static const struct session_options options;
	static struct out out;

	(void)state;
	stop_set(false);
	web_forget_log();
	web_put("app.sh", TEXT, strlen(TEXT));
	session_init(&session, &options, &out);
	free(session.home);
	session.home = web_path("home");
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };
	int rc = fs_remove(session.home, &err);

	(void)state;
	session_clear(&session);
	return rc;
}

static struct provisioner script(const char *path)
{
	return (struct provisioner){
		.kind = PROVISION_SCRIPT, .name = "app.sh", .from = web_url(path), .sha256 = digest
	};
}

static void must_come(const char *path)
{
	const struct provisioner p = script(path);
	cleanup_text struct text text = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *file = NULL;
	struct provisioner local;

	if (url_script(&session, &p, &local, &file, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(local.from, file);
	assert_string_equal(local.name, "app.sh");
	assert_int_equal(fs_read(file, 4096, &text, &err), 0);
	assert_string_equal(text_str(&text), TEXT);
}

/* How many files there are where scripts are kept. */
static int kept(void)
{
	cleanup_free char *command =
		xasprintf("ls -A '%s/scripts' 2>/dev/null | wc -l", session.home);
	FILE *pipe = popen(command, "r");
	int count = -1;

	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return count;
}

static void must_fail(const struct provisioner *p, enum error_kind kind, const char *has)
{
	cleanup_error struct error err = { 0 };
	struct provisioner local = { .name = "untouched" };
	char *file = NULL;

	assert_int_equal(url_script(&session, p, &local, &file, &err), -1);
	if (err.kind != kind || !strstr(err.text, has))
		fail_msg("kind %d: %s", err.kind, err.text);
	assert_string_equal(local.name, "untouched");
	assert_null(file);
	assert_int_equal(kept(), 0);
}

static void it_is_fetched_once(void **state)
{
	(void)state;
	must_come("app.sh");
	must_come("app.sh");
	web_wait_logged("GET /app.sh", "", 1);
	/* By digest: wherever it comes from. */
	must_come("elsewhere/app.sh");
	assert_int_equal(kept(), 1);
}

static void a_damaged_one_is_fetched_anew(void **state)
{
	cleanup_free char *path = xasprintf("%s/scripts/%s", session.home, digest);
	cleanup_error struct error err = { 0 };

	(void)state;
	must_come("app.sh");
	assert_int_equal(fs_write(path, "rm -rf /", 8, 0600, NULL, &err), 0);
	must_come("app.sh");
	assert_int_equal(kept(), 1);
}

#define MONTH_S (30 * INT64_C(86400))

static void tell(void *ctx, const char *gone)
{
	size_t *count = ctx;

	assert_string_equal(gone, digest);
	++*count;
}

/* How many it tells of. */
static size_t sweep(bool dry_run)
{
	size_t count = 0;
	uint64_t bytes = 0;
	const struct url_script_sweep how = { session.home, MONTH_S, dry_run, tell, &count };
	cleanup_error struct error err = { 0 };

	assert_int_equal(url_scripts_sweep(&how, &bytes, &err), 0);
	assert_int_equal(bytes, count * strlen(TEXT));
	return count;
}

static void grow_old(void)
{
	cleanup_free char *path = xasprintf("%s/scripts/%s", session.home, digest);
	const struct timespec then[2] = { { time(NULL) - MONTH_S - 1, 0 },
					  { time(NULL) - MONTH_S - 1, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

static void one_that_nobody_needs_goes(void **state)
{
	(void)state;
	assert_int_equal(sweep(false), 0);
	must_come("app.sh");
	grow_old();
	must_come("app.sh");
	assert_int_equal(sweep(false), 0);
	grow_old();
	assert_int_equal(sweep(true), 1);
	assert_int_equal(kept(), 1);
	assert_int_equal(sweep(false), 1);
	assert_int_equal(kept(), 0);
}

static void what_the_line_does_is_no_matter(void **state)
{
	(void)state;
	must_come("cut/50/app.sh");
	assert_int_equal(kept(), 1);
}

static void another_script_is_none(void **state)
{
	struct provisioner p = script("other.sh");

	(void)state;
	web_put("other.sh", "rm -rf /\n", 9);
	must_fail(&p, ERROR_SYSTEM, "is another one: its SHA-256 is ");
	p = script("missing.sh");
	must_fail(&p, ERROR_NOT_FOUND, "provisioner 'app.sh'");
	p = script("app.sh");
	p.sha256 = NULL;
	must_fail(&p, ERROR_ENVFILE, "needs its sha256");
	p.sha256 = "../../../etc/passwd";
	must_fail(&p, ERROR_ENVFILE, "needs its sha256");
}

static void secrets_of_the_address_are_not_told(void **state)
{
	struct provisioner p = script("other.sh");
	cleanup_free char *url =
		xasprintf("http://me:secret@127.0.0.1:%d/other.sh?token=secret", web_port);
	cleanup_error struct error err = { 0 };
	struct provisioner local;
	char *file;

	(void)state;
	web_put("other.sh", "rm -rf /\n", 9);
	p.from = url;
	assert_int_equal(url_script(&session, &p, &local, &file, &err), -1);
	assert_null(strstr(err.text, "secret"));
}

static void others_are_as_they_were(void **state)
{
	static const struct provisioner all[] = {
		{ .kind = PROVISION_SCRIPT, .from = "/srv/app.sh" },
		{ .kind = PROVISION_SHELL, .content = "true" },
		{ .kind = PROVISION_UPLOAD, .from = "https://example.org/x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		cleanup_error struct error err = { 0 };
		struct provisioner local;
		char *file = digest;

		assert_int_equal(url_script(&session, &all[i], &local, &file, &err), 0);
		assert_null(file);
		assert_memory_equal(&local, &all[i], sizeof(local));
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(it_is_fetched_once),         CASE(a_damaged_one_is_fetched_anew),
		CASE(one_that_nobody_needs_goes), CASE(what_the_line_does_is_no_matter),
		CASE(another_script_is_none),     CASE(secrets_of_the_address_are_not_told),
		CASE(others_are_as_they_were),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("urlscript", tests, setup_group, teardown_group);
}
