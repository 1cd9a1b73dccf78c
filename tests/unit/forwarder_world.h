/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project whose machines are on loopback, with real forwarders in the background: they are this test's own program,
 * which main() makes a forwarder if it is called as one.
 */
#ifndef TESTS_UNIT_FORWARDER_WORLD_H
#define TESTS_UNIT_FORWARDER_WORLD_H

#include <signal.h>
#include <sys/stat.h>

#include "cli/forwarder.h"

#include "forwarder_processes.h"

static char directory[64];
static struct out out;
static struct session session;
static struct machine web = { .name = "web", .provider = "fake", .boot_timeout_s = 60 };
static struct port web_port = { .bind = "127.0.0.1", .count = 1 };

/* What the fake engine says about both machines, "running" or "stopped". */
static void machines_are(const char *state)
{
	cleanup_free char *path = fs_join(directory, "fake.json");
	cleanup_error struct error err = { 0 };
	cleanup_free char *text =
		xasprintf("{\"machines\":{\"web-id\":{\"name\":\"web\",\"state\":\"%s\"},"
			  "\"db-id\":{\"name\":\"db\",\"state\":\"%s\"}}}",
			  state, state);

	assert_int_equal(fs_write(path, text, strlen(text), 0600, NULL, &err), 0);
}

static int setup_project(void **state)
{
	struct session_options options = { 0 };

	(void)state;
	stop_set(false);
	stop_install_handlers();
	snprintf(directory, sizeof(directory), "/tmp/bothy-forwarder-XXXXXX");
	assert_non_null(mkdtemp(directory));
	setenv("BOTHY_HOME", directory, 1);
	unsetenv("BOTHY_FAKE");
	unsetenv("BOTHY_FAKE_STATE");
	out_init(&out, false, "never", false, false);
	session_init(&session, &options, &out);
	session.command = "up";
	state_dir = fs_join(directory, ".bothy");
	session.state_dir = xstrdup(state_dir);
	strcpy(session.project.id, "0123abcd");
	machines_are("running");
	web.ports = &web_port;
	web.port_count = 1;
	return 0;
}

static int teardown_project(void **state)
{
	cleanup_error struct error err = { 0 };
	pid_t pid = 0;

	(void)state;
	while (processes("forwarder-daemon", &pid))
		kill(pid, SIGKILL);
	session_clear(&session);
	free(state_dir);
	return fs_remove(directory, &err);
}

static inline int serve(struct machine *m, struct error *err)
{
	cleanup_free char *id = xasprintf("%s-id", m->name);
	struct forwarder_order order = { .machine = m, .id = id, .address = "127.0.0.1" };

	return forwarder_serve(&session, &order, err);
}

static void must(int rc, const struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

/* Whether a byte sent to that port arrives at the guest. */
static bool reaches(unsigned port, int listening)
{
	struct sockaddr_in at = loopback(port);
	struct pollfd in = { .fd = listening, .events = POLLIN };
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), guest = -1;

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || poll(&in, 1, 1000) <= 0)
		return false;
	guest = accept(listening, NULL, NULL);
	return guest >= 0;
}

static unsigned free_port(void)
{
	cleanup_close int fd = guest_socket(SOCK_STREAM);

	return port_of(fd);
}

static int be_forwarder(int argc, char **argv)
{
	struct session_options options = { 0 };
	cleanup_error struct error err = { 0 };
	int rc;

	stop_install_handlers();
	session_init(&session, &options, &out);
	rc = forwarder_main(&session, argc - 2, argv + 2, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.text);
	session_clear(&session);
	return rc < 0;
}

#endif
