/* SPDX-License-Identifier: Apache-2.0 */
/* Who may talk to a forwarder, and what it makes of nonsense. */
#include "cli/forwarder_wire.h"

#include <sys/wait.h>

#include "cli/forwarder_start.h"
#include "forwarder_world.h"

static char *forward;
static int guest = -1;

static int setup_forwarder(void **state)
{
	cleanup_error struct error err = { 0 };

	setup_project(state);
	forward = forwarder_directory(state_dir);
	guest = guest_socket(SOCK_STREAM);
	web_port = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	must(serve(&web, &err), &err);
	return 0;
}

static int teardown_forwarder(void **state)
{
	cleanup_error struct error err = { 0 };

	must(forwarder_drop(&session, "web", &err), &err);
	wait_for_processes("forwarder-daemon", 0);
	close(guest);
	free(forward);
	return teardown_project(state);
}

/* The answer to a line, as text; "" if there is none. Caller frees. */
static char *answer_to(const char *line)
{
	cleanup_close int fd = wire_connect(forward);
	char *dump = NULL;
	json_t *answer;

	assert_true(fd >= 0);
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	answer = wire_receive(fd, clock_ms() + DEADLINE_MS);
	if (answer)
		dump = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	return dump ? dump : xstrdup("");
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{ "\n", "" },
		{ "what\n", "" },
		{ "{\"do\":\"serve\"}\n", "that is no machine" },
		{ "[]\n", "no such order" },
		{ "{\"do\":\"drop\"}\n", "no such order" },
		{ "{\"do\":\"serve\",\"machine\":{\"machine\":\"m\",\"id\":\"i\",\"provider\":\"fake\","
		  "\"address\":\"127.0.0.1\",\"serial\":0,\"until_ms\":0,\"ports\":[{\"protocol\":"
		  "\"tcp\",\"bind\":\"127.0.0.1\",\"host\":0,\"wanted\":65535,\"guest\":1,\"count\":"
		  "2,\"shift\":true,\"listens\":false}]}}\n",
		  "port 1 of machine 'm' cannot be" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *answer = answer_to(cases[i].line);

		if (cases[i].answer[0] ? !strstr(answer, cases[i].answer) : answer[0] != '\0')
			fail_msg("the answer to %s is %s", cases[i].line, answer);
	}
	assert_true(reaches(web_port.host, guest));
}

static void who_says_nothing_stops_nobody(void **state)
{
	cleanup_close int silent = wire_connect(forward);
	cleanup_forwarded struct forwarded_list l = { 0 };
	cleanup_error struct error err = { 0 };
	int64_t began = clock_ms();

	(void)state;
	assert_true(reaches(web_port.host, guest));
	assert_in_range(clock_ms() - began, 0, 1000);
	while (l.count == 0 && clock_ms() < began + DEADLINE_MS)
		must(forwarder_list(state_dir, &l, &err), &err);
	assert_int_equal(l.count, 1);
}

/* 77: this host has no other users to become. */
static int connect_as_somebody_else(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setresuid(12345, 12345, 12345) < 0)
			_exit(77);
		_exit(wire_connect(forward) < 0 && errno == EACCES ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void others_are_kept_out(void **state)
{
	cleanup_free char *socket_path = fs_join(forward, "socket");
	struct stat st;
	int status;

	(void)state;
	assert_int_equal(stat(socket_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(directory, 0755), 0);
	status = connect_as_somebody_else();
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

/* Root's forwarder serves the owner of a project, but no ports that the owner could not have. */
static void the_owner_may_not_have_all_that_root_may(void **state)
{
	struct port low = { PORT_TCP, "127.0.0.1", 1023, 9, 1, false };
	cleanup_error struct error err = { 0 };
	struct machine db = { .name = "db", .provider = "fake", .ports = &low, .port_count = 1 };
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	must(forwarder_drop(&session, "web", &err), &err);
	assert_int_equal(chown(directory, 12345, 12345), 0);
	assert_int_equal(chown(state_dir, 12345, 12345), 0);
	session.owner = fs_owner_of(directory);
	must(serve(&web, &err), &err);
	pid = fork();
	if (pid == 0) {
		if (setresuid(12345, 12345, 12345) < 0 || serve(&db, &err) == 0)
			_exit(1);
		low.host = free_port();
		if (err.kind == ERROR_DENIED && serve(&db, &err) == 0)
			_exit(0);
		print_error("%s\n", err.text);
		_exit(2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	must(forwarder_drop(&session, "db", &err), &err);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nonsense_is_refused_and_changes_nothing,
						setup_forwarder, teardown_forwarder),
		cmocka_unit_test_setup_teardown(who_says_nothing_stops_nobody, setup_forwarder,
						teardown_forwarder),
		cmocka_unit_test_setup_teardown(others_are_kept_out, setup_forwarder,
						teardown_forwarder),
		cmocka_unit_test_setup_teardown(the_owner_may_not_have_all_that_root_may,
						setup_forwarder, teardown_forwarder),
	};

	if (argc > 1 && strcmp(argv[1], "forwarder-daemon") == 0)
		return be_forwarder(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
