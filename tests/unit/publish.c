/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine publishes on this host, when that is due, and that it goes again. */
#include "cli/publish.h"

#include "cli/hostsfile.h"
#include "cli/port_record.h"
#include "forwarder_world.h"
#include "providers/fake.h"

static struct provider *provider;
static struct provider_ops ops; /* the fake one's, and what a test adds */
static char note[512];
static size_t engine_count;

static void keep_note(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->kind == EVENT_NOTE)
		snprintf(note, sizeof(note), "%s", ev->text);
}

static const struct watcher watch = { keep_note, NULL };

static void put(const char *name, const char *text)
{
	cleanup_free char *path = fs_join(directory, name);
	cleanup_error struct error err = { 0 };

	must(fs_write(path, text, strlen(text), 0644, NULL, &err), &err);
}

static int setup_publish(void **state)
{
	struct provider_conf conf = { .home = directory };
	cleanup_free char *hosts = NULL, *machine = NULL;
	cleanup_error struct error err = { 0 };

	setup_project(state);
	session.project = (struct project){ "0123abcd", "My shop", directory };
	put("hosts", "127.0.0.1 localhost\n");
	hosts = fs_join(directory, "hosts");
	setenv("BOTHY_HOSTS_FILE", hosts, 1);
	put("fake.json",
	    "{\"machines\":{\"web-id\":{\"name\":\"web\",\"state\":\"running\",\"complete\":true,"
	    "\"cards\":[{\"network\":\"management\",\"kind\":0,\"mac\":\"52:54:00:00:00:01\"}],"
	    "\"project\":{\"id\":\"0123abcd\",\"name\":\"My shop\",\"directory\":\"/\"}}},"
	    "\"networks\":{\"0123abcd/management\":{\"name\":\"n\",\"network\":\"management\",\"active\":true,\"members\":{\"web\":"
	    "\"127.0.0.1\"},\"project\":{\"id\":\"0123abcd\",\"name\":\"My shop\",\"directory\":\"/\"}}}}");
	machine = session_machine_path(&session, "web", NULL);
	must(fs_make_dirs(machine, 0755, NULL, &err), &err);
	must(provider_open(&provider_fake, &conf, &provider, &err), &err);
	must(provider_observe(provider, NULL, &session.observed, &err), &err);
	ops = provider_fake;
	provider->ops = &ops;
	web.port_count = 0;
	web.on_host = false;
	note[0] = '\0';
	return 0;
}

static int teardown_publish(void **state)
{
	provider_close(&provider);
	return teardown_project(state);
}

static void publish(void)
{
	struct publish p = { &session, &watch, provider, &web, "web-id", "web/publish" };
	cleanup_error struct error err = { 0 };

	must(publish_machine(&p, &err), &err);
}

static void assert_reason(const char *wanted)
{
	cleanup_forwarded struct forwarded_list now = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *reason = NULL;

	must(publish_list(&session, &session.project, &now, &err), &err);
	reason = publish_reason(&session, &web, &now);
	if (!wanted)
		assert_null(reason);
	else if (!reason || !strstr(reason, wanted))
		fail_msg("the reason is '%s', not '%s'", reason ? reason : "none", wanted);
}

static void ports_are_due_until_they_are_as_wanted(void **state)
{
	cleanup_error struct error err = { 0 };
	int guest = guest_socket(SOCK_STREAM), other = guest_socket(SOCK_STREAM);

	(void)state;
	assert_reason(NULL);
	web.port_count = 1;
	web_port = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	assert_reason("is not forwarded");
	publish();
	assert_reason(NULL);
	assert_true(reaches(web_port.host, guest));
	assert_string_equal(note, "");
	/* A shifted one is as wanted as well, and said. */
	web_port.host = port_of(other);
	web_port.shift_if_taken = true;
	assert_reason("is not forwarded");
	publish();
	assert_reason(NULL);
	assert_non_null(strstr(note, "is taken"));
	web.port_count = 0;
	assert_reason("is forwarded, but not in the file");
	publish();
	assert_reason(NULL);
	wait_for_processes("forwarder-daemon", 0);
	must(publish_end(&session, &watch, "web", &err), &err);
	close(guest);
	close(other);
}

static int engine_forward(struct provider *p, const char *id, struct port *ports, size_t count,
			  bool *out_done, struct error *err)
{
	(void)p, (void)id, (void)ports, (void)err;
	engine_count = count;
	*out_done = true;
	return 0;
}

static void an_engine_may_do_it_itself(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	ops.machine_forward = engine_forward;
	web.port_count = 1;
	web_port = (struct port){ PORT_TCP, "127.0.0.1", 8080, 80, 1, false };
	publish();
	assert_int_equal(engine_count, 1);
	assert_int_equal(processes("forwarder-daemon", NULL), 0);
	assert_reason(NULL);
	web_port.host = 8081;
	assert_reason("port 127.0.0.1:8081 → 80 is not forwarded");
	must(publish_end_ports(&session, "web", &err), &err);
	web_port.host = 8080;
	assert_reason("is not forwarded");
	web.port_count = 0;
	publish();
	assert_reason(NULL);
}

static void names_come_and_go(void **state)
{
	const char *aliases[] = { "www.example.test" };
	cleanup_error struct error err = { 0 };
	cleanup_free char *line = NULL, *gone = NULL;

	(void)state;
	web.on_host = true;
	web.aliases = (struct strings){ aliases, 1 };
	assert_reason("its names are not in /tmp/");
	publish();
	line = hostsfile_find(hostsfile_path(), "0123abcd", "web");
	assert_string_equal(line, "127.0.0.1\tweb web.my-shop.test www.example.test");
	assert_reason(NULL);
	web.on_host = false;
	assert_reason("its names are in /tmp/");
	web.on_host = true;
	must(publish_end_ports(&session, "web", &err), &err);
	assert_reason(NULL);
	must(publish_end(&session, &watch, "web", &err), &err);
	gone = hostsfile_find(hostsfile_path(), "0123abcd", "web");
	assert_null(gone);
	assert_string_equal(note, "");
	web.aliases = (struct strings){ 0 };
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ports_are_due_until_they_are_as_wanted,
						setup_publish, teardown_publish),
		cmocka_unit_test_setup_teardown(an_engine_may_do_it_itself, setup_publish,
						teardown_publish),
		cmocka_unit_test_setup_teardown(names_come_and_go, setup_publish, teardown_publish),
	};

	if (argc > 1 && strcmp(argv[1], "forwarder-daemon") == 0)
		return be_forwarder(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
