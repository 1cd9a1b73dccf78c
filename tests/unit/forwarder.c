/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarders in the background: begun, told, ended. */
#include "cli/forwarder.h"

#include "forwarder_world.h"

static void a_port_is_served_and_dropped(void **state)
{
	cleanup_forwarded struct forwarded_list l = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *forward = fs_join(state_dir, "forward");
	int guest = guest_socket(SOCK_STREAM);

	(void)state;
	web_port = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	must(forwarder_list(state_dir, &l, &err), &err);
	assert_int_equal(l.count, 0);
	must(forwarder_drop(&session, "web", &err), &err);
	must(serve(&web, &err), &err);
	assert_true(reaches(web_port.host, guest));
	must(forwarder_list(state_dir, &l, &err), &err);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.at[0].machine, "web");
	assert_int_equal(l.at[0].host, web_port.host);
	assert_int_equal(l.at[0].guest, web_port.guest);
	must(forwarder_drop(&session, "web", &err), &err);
	assert_false(reaches(web_port.host, guest));
	assert_false(fs_exists(forward));
	wait_for_processes("forwarder-daemon", 0);
	close(guest);
}

static void what_stays_keeps_its_connections(void **state)
{
	struct port ports[2];
	cleanup_error struct error err = { 0 };
	int guest = guest_socket(SOCK_STREAM), client, inside;
	char c;

	(void)state;
	ports[0] = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	ports[1] = (struct port){ PORT_UDP, "127.0.0.1", free_port(), 9, 1, false };
	web.ports = ports;
	must(serve(&web, &err), &err);
	client = call(SOCK_STREAM, ports[0].host);
	inside = accept(guest, NULL, NULL);
	web.port_count = 2;
	must(serve(&web, &err), &err);
	assert_int_equal(send(client, "x", 1, 0), 1);
	assert_int_equal(recv(inside, &c, 1, 0), 1);
	/* Led elsewhere, it is another one. */
	ports[0].guest = 9;
	must(serve(&web, &err), &err);
	assert_true(recv(client, &c, 1, 0) <= 0);
	must(forwarder_drop(&session, "web", &err), &err);
	close(client);
	close(inside);
	close(guest);
}

static void a_taken_port_changes_nothing_and_names_its_holder(void **state)
{
	struct port ports[2], wanted;
	struct machine db = { .name = "db", .provider = "fake", .port_count = 1, .ports = &wanted };
	cleanup_error struct error err = { 0 };
	int guest = guest_socket(SOCK_STREAM), other = guest_socket(SOCK_STREAM);

	(void)state;
	ports[0] = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	ports[1] = (struct port){ PORT_TCP, "127.0.0.1", port_of(other), 9, 1, false };
	web.ports = ports;
	must(serve(&web, &err), &err);
	web.port_count = 2;
	ports[0].guest = 9;
	assert_int_equal(serve(&web, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_non_null(strstr(err.text, "machine 'web': port 127.0.0.1:"));
	assert_non_null(strstr(err.text, "is in use by process "));
	assert_non_null(strstr(err.hint, "shift_if_taken"));
	assert_true(reaches(ports[0].host, guest));
	wanted = (struct port){ PORT_TCP, "127.0.0.1", ports[0].host, 9, 1, false };
	error_clear(&err);
	assert_int_equal(serve(&db, &err), -1);
	assert_non_null(strstr(err.text, "is in use by machine 'web' of the project in '/tmp/"));
	error_clear(&err);
	must(forwarder_drop(&session, "web", &err), &err);
	close(guest);
	close(other);
}

static void a_shifted_port_is_kept(void **state)
{
	cleanup_forwarded struct forwarded_list l = { 0 }, again = { 0 };
	struct forwarder_order order = { .machine = &web, .id = "web-id", .address = "127.0.0.1" };
	cleanup_error struct error err = { 0 };
	int guest = guest_socket(SOCK_STREAM), other = guest_socket(SOCK_STREAM);

	(void)state;
	web_port = (struct port){ PORT_TCP, "127.0.0.1", port_of(other), port_of(guest), 1, true };
	must(serve(&web, &err), &err);
	must(forwarder_list(state_dir, &l, &err), &err);
	assert_in_range(l.at[0].host, port_of(other) + 1, 65535);
	assert_int_equal(l.at[0].wanted, port_of(other));
	assert_true(reaches(l.at[0].host, guest));
	must(forwarder_drop(&session, "web", &err), &err);
	close(other);
	order.before = &l;
	must(forwarder_serve(&session, &order, &err), &err);
	must(forwarder_list(state_dir, &again, &err), &err);
	assert_int_equal(again.at[0].host, l.at[0].host);
	must(forwarder_drop(&session, "web", &err), &err);
	close(guest);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_port_is_served_and_dropped, setup_project,
						teardown_project),
		cmocka_unit_test_setup_teardown(what_stays_keeps_its_connections, setup_project,
						teardown_project),
		cmocka_unit_test_setup_teardown(a_taken_port_changes_nothing_and_names_its_holder,
						setup_project, teardown_project),
		cmocka_unit_test_setup_teardown(a_shifted_port_is_kept, setup_project,
						teardown_project),
	};

	if (argc > 1 && strcmp(argv[1], "forwarder-daemon") == 0)
		return be_forwarder(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
