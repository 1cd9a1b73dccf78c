/* SPDX-License-Identifier: Apache-2.0 */
/* What envfile_load() decodes, and the limits that the files of tests/envfile cannot reach quickly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/schema.h"
#include "core/stop.h"
#include "lua/envfile.h"
#include "lua/load.h"

struct fixture {
	char folder[64];
	char path[96];
	struct env_raw raw;
	struct problems problems;
	struct error err;
};

static const struct limits small_limits = {
	.memory_bytes = 4 << 20,
	.instructions = 1000 * 1000,
	.call_ms = 300,
	.total_ms = 30 * 1000,
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	snprintf(f->folder, sizeof(f->folder), "/tmp/bothy-envfile-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/bothy.lua", f->folder);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	env_raw_clear(&f->raw);
	problems_clear(&f->problems);
	error_clear(&f->err);
	fs_remove(f->folder, &f->err);
	error_clear(&f->err);
	free(f);
	return 0;
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *path = fs_join(f->folder, name);

	assert_int_equal(fs_write(path, text, strlen(text), 0600, NULL, &f->err), 0);
}

static void load(struct fixture *f, const char *text)
{
	write_file(f, "bothy.lua", text);
	assert_int_equal(envfile_load(f->path, &f->raw, &f->problems, &f->err), 0);
}

static void load_good(struct fixture *f, const char *text)
{
	load(f, text);
	if (f->problems.count)
		fail_msg("line %d: %s", f->problems.at[0].line, f->problems.at[0].text);
}

static void assert_problem(const struct fixture *f, int line, const char *text)
{
	assert_int_equal(f->problems.count, 1);
	assert_string_equal(f->problems.at[0].text, text);
	assert_int_equal(f->problems.at[0].line, line);
	assert_string_equal(f->problems.at[0].file, f->path);
}

static bool is_set(const struct schema *schema, const struct decl *decl, const char *key, int line)
{
	size_t i;

	assert_non_null(schema_find(schema, key, &i));
	if (!(decl->set >> i & 1))
		return false;
	assert_int_equal(decl->lines[i], line);
	return true;
}

static void test_fields(void **state)
{
	struct fixture *f = *state;
	const struct machine_raw *m;

	load_good(f, "project 'shop'\n"
		     "machine 'web' {\n"
		     "\tbox = 'base.qcow2', cpus = 2.0,\n"
		     "\tmemory = '2G',\n"
		     "\tdepends_on = { 'db', 'cache' },\n"
		     "\tprimary = true,\n"
		     "\tboot_timeout = '5m',\n"
		     "\tssh = {\n"
		     "\t\tport = 2222,\n"
		     "\t},\n"
		     "\tkvm = { accel = 'tcg' },\n"
		     "}\n");
	assert_string_equal(f->raw.file, f->path);
	assert_string_equal(f->raw.project, "shop");
	assert_int_equal(f->raw.project_line, 1);
	assert_int_equal(f->raw.machine_count, 1);
	m = &f->raw.machines[0];
	assert_string_equal(m->name, "web");
	assert_string_equal(m->decl.file, f->path);
	assert_int_equal(m->decl.line, 2);
	assert_string_equal(m->box, "base.qcow2");
	assert_int_equal(m->cpus, 2);
	assert_int_equal(m->memory_mib, 2048);
	assert_int_equal(m->depends_on.count, 2);
	assert_string_equal(m->depends_on.at[1], "cache");
	assert_true(m->primary);
	assert_int_equal(m->boot_timeout_s, 300);
	assert_int_equal(m->ssh.port, 2222);
	assert_int_equal(m->ssh.decl.line, 8);
	assert_int_equal(m->kvm.accel, ACCEL_TCG);
	assert_true(is_set(&schema_machine, &m->decl, "cpus", 3));
	assert_true(is_set(&schema_machine, &m->decl, "memory", 4));
	assert_true(is_set(&schema_machine, &m->decl, "ssh", 8));
	assert_false(is_set(&schema_machine, &m->decl, "disk", 0));
	assert_false(is_set(&schema_machine, &m->decl, "container", 0));
}

static void test_defaults_and_order(void **state)
{
	struct fixture *f = *state;

	load_good(f,
		  "machine 'b' {}\ndefaults { cpus = 1 }\nmachine 'a' {}\ndefaults { cpus = 2 }\n"
		  "for i = 1, 9 do machine('n%d', i) {} end\nmachine {}\n");
	assert_int_equal(f->raw.default_count, 2);
	assert_int_equal(f->raw.defaults[1].cpus, 2);
	assert_int_equal(f->raw.machine_count, 12);
	assert_string_equal(f->raw.machines[0].name, "b");
	assert_string_equal(f->raw.machines[1].name, "a");
	assert_string_equal(f->raw.machines[10].name, "n9");
	assert_string_equal(f->raw.machines[11].name, "default");
}

static void test_provision(void **state)
{
	struct fixture *f = *state;
	const struct provisioner *p;

	load_good(f, "local base = script 'base.sh'\n"
		     "machine 'web' { provision = {\n"
		     "\tbase, base { user = 'dev' },\n"
		     "\tshell [[\n"
		     "one\n"
		     "]] { args = { 'x', 1, '' }, env = { B = 2, A = 'a' }, when = 'always' },\n"
		     "\tupload 'from' 'to' {\n"
		     "\t\tname = 'conf' },\n"
		     "} }\n");
	assert_int_equal(f->raw.machines[0].provision.count, 4);
	p = f->raw.machines[0].provision.at;
	assert_int_equal(p[0].kind, PROVISION_SCRIPT);
	assert_string_equal(p[0].from, "base.sh");
	assert_null(p[0].user);
	assert_int_equal(p[0].decl.line, 1);
	assert_string_equal(p[1].user, "dev");
	assert_int_equal(p[2].kind, PROVISION_SHELL);
	assert_string_equal(p[2].content, "one\n");
	assert_int_equal(p[2].decl.line, 4);
	assert_int_equal(p[2].args.count, 3);
	assert_string_equal(p[2].args.at[1], "1");
	assert_string_equal(p[2].args.at[2], "");
	assert_int_equal(p[2].env.count, 2);
	assert_string_equal(p[2].env.at[0].name, "A");
	assert_string_equal(p[2].env.at[1].value, "2");
	assert_int_equal(p[2].when, WHEN_ALWAYS);
	assert_true(is_set(&schema_provisioner, &p[2].decl, "args", 6));
	assert_string_equal(p[3].from, "from");
	assert_string_equal(p[3].to, "to");
	assert_true(is_set(&schema_provisioner, &p[3].decl, "name", 8));
	assert_false(is_set(&schema_provisioner, &p[3].decl, "user", 0));
}

static void test_missing_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(envfile_load(f->path, &f->raw, &f->problems, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(f->err.text, f->path));
}

static void test_long_path(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *long_name = xcalloc(1, 200);
	cleanup_free char *text = NULL;

	memset(long_name, 'x', 100);
	write_file(f, long_name, "\nfail 'inside'\n");
	text = xasprintf("include '%s'", long_name);
	load(f, text);
	assert_int_equal(f->problems.count, 1);
	assert_non_null(strstr(f->problems.at[0].file, long_name));
	assert_int_equal(f->problems.at[0].line, 2);
	assert_string_equal(f->problems.at[0].text, "inside");
}

static void test_hints(void **state)
{
	struct fixture *f = *state;

	unsetenv("BOTHY_TEST_UNSET");
	load(f, "local x = env 'BOTHY_TEST_UNSET'\n");
	assert_problem(f, 1, "the environment variable 'BOTHY_TEST_UNSET' is not set");
	assert_string_equal(f->problems.at[0].hint,
			    "export BOTHY_TEST_UNSET=…, or give it a default: "
			    "env(\"BOTHY_TEST_UNSET\", …)");
}

/* A hint of an error that pcall caught must not turn up beside another one. */
static void test_stale_hint(void **state)
{
	struct fixture *f = *state;

	load(f, "pcall(env, 'BOTHY_TEST_UNSET')\nfail 'other'\n");
	assert_problem(f, 2, "other");
	assert_null(f->problems.at[0].hint);
}

static void test_public_key(void **state)
{
	struct fixture *f = *state;
	const char *key = "ssh-ed25519 AAAA me@here";
	cleanup_free char *folder = fs_join(f->folder, ".ssh");

	unsetenv("SUDO_USER");
	setenv("HOME", f->folder, 1);
	assert_int_equal(fs_make_dirs(folder, 0700, NULL, &f->err), 0);
	write_file(f, ".ssh/id_ed25519.pub", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	load(f, "note(ssh_public_key())\n");
	assert_int_equal(f->problems.count, 1);
	assert_string_equal(f->problems.at[0].hint, "ssh-keygen -t ed25519");
	problems_clear(&f->problems);
	env_raw_clear(&f->raw);
	write_file(f, ".ssh/id_rsa.pub", "ssh-ed25519 AAAA me@here\n");
	load_good(f, "note(ssh_public_key())\n");
	assert_string_equal(f->raw.notes.at[0], key);
}

static void test_memory_limit(void **state)
{
	struct fixture *f = *state;

	write_file(f, "bothy.lua", "local t = {}\nfor i = 1, 1e6 do\n\tt[i] = {}\nend\n");
	assert_int_equal(
		envfile_load_within(f->path, &small_limits, &f->raw, &f->problems, &f->err), 0);
	assert_problem(f, 3, "the file needs more than 64 MiB of memory");
}

static void test_total_time(void **state)
{
	struct fixture *f = *state;
	struct limits limits = small_limits;

	limits.total_ms = 50;
	limits.instructions = UINT64_MAX;
	write_file(f, "bothy.lua", "while true do\n\tpcall(error)\nend\n");
	assert_int_equal(envfile_load_within(f->path, &limits, &f->raw, &f->problems, &f->err), 0);
	assert_int_equal(f->problems.count, 1);
	assert_string_equal(f->problems.at[0].text,
			    "the file ran for more than 30 seconds; is there an endless loop?");
}

static void test_interrupted(void **state)
{
	struct fixture *f = *state;

	write_file(f, "bothy.lua", "while true do end\n");
	stop_set(true);
	assert_int_equal(envfile_load(f->path, &f->raw, &f->problems, &f->err), -1);
	stop_set(false);
	assert_int_equal(f->err.kind, ERROR_STOPPED);
}

/* Loads in a child that is expected to be ended; returns what it wrote to stderr. */
static char *run_child(struct fixture *f, const char *message, int *out_status)
{
	char buf[512] = { 0 };
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		dup2(fds[1], STDERR_FILENO);
		envfile_set_alarm_message(fds[1], message);
		envfile_load_within(f->path, &small_limits, &f->raw, &f->problems, &f->err);
		_exit(1);
	}
	close(fds[1]);
	for (size_t n = 0; n < sizeof(buf) - 1;) {
		ssize_t got = read(fds[0], buf + n, sizeof(buf) - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, out_status, 0), pid);
	return xstrdup(buf);
}

static void test_alarm(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *plain = NULL, *json = NULL, *expected = NULL;
	int status;

	write_file(f, "bothy.lua",
		   "-- slow\nlocal s = ('a'):rep(700)\n"
		   "pcall(function() s:find('.-.-.-.-.-.-b') end)\n");
	plain = run_child(f, NULL, &status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 65);
	expected = xasprintf("error: %s:3: one operation ran for more than 0 seconds; "
			     "is there a pattern that backtracks?\n",
			     f->path);
	assert_string_equal(plain, expected);
	json = run_child(f, "{\"error\":{}}\n", &status);
	assert_int_equal(WEXITSTATUS(status), 65);
	assert_string_equal(json, "{\"error\":{}}\n");
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

static void test_alarm_is_given_back(void **state)
{
	struct fixture *f = *state;
	struct sigaction mine = { .sa_handler = on_alarm }, old, after;
	struct itimerval timer = { .it_value = { .tv_sec = 1000 } }, left, none = { 0 };

	assert_int_equal(sigaction(SIGALRM, &mine, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
	load_good(f, "machine {}\n");
	getitimer(ITIMER_REAL, &left);
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &old, &after);
	assert_true(after.sa_handler == on_alarm);
	assert_in_range(left.it_value.tv_sec, 900, 1000);
}

/* What fuzzing starts from: a bothy.lua and, behind a zero byte, its file "data". It must end. */
static void test_corpus(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *pattern = fs_join(getenv("BOTHY_TOP") ? getenv("BOTHY_TOP") : ".",
					     "tests/fuzz/corpus/envfile/*");
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		cleanup_text struct text text = { 0 };
		size_t len;

		assert_int_equal(fs_read(found.gl_pathv[i], 1 << 20, &text, &f->err), 0);
		len = strlen(text_str(&text));
		write_file(f, "bothy.lua", text_str(&text));
		write_file(f, "data", len < text.len ? text.ptr + len + 1 : "");
		assert_int_equal(envfile_load_within(f->path, &small_limits, &f->raw, &f->problems,
						     &f->err),
				 0);
		env_raw_clear(&f->raw);
	}
	globfree(&found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fields),       TEST(test_defaults_and_order),  TEST(test_provision),
		TEST(test_missing_file), TEST(test_long_path),           TEST(test_hints),
		TEST(test_stale_hint),   TEST(test_public_key),          TEST(test_memory_limit),
		TEST(test_total_time),   TEST(test_interrupted),         TEST(test_alarm),
		TEST(test_corpus),       TEST(test_alarm_is_given_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
