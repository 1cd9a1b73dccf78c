/* SPDX-License-Identifier: Apache-2.0 */
/* A channel of the connection (RFC 4254), never blocking. */
#include "guest/remote.h"

#include <signal.h>
#include <string.h>

/* RFC 4254 6.10 names signals without "SIG". */
static int signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {
		{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
		{ "ILL", SIGILL },   { "INT", SIGINT },   { "KILL", SIGKILL }, { "PIPE", SIGPIPE },
		{ "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
		{ "USR2", SIGUSR2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (text_equal(name, signals[i].name))
			return signals[i].number;
	}
	return 127;
}

static void on_exit_status(ssh_session session, ssh_channel handle, int status, void *userdata)
{
	struct remote *c = userdata;

	(void)session;
	(void)handle;
	c->has_status = true;
	c->status = status;
}

static void on_exit_signal(ssh_session session, ssh_channel handle, const char *name, int core,
			   const char *message, const char *language, void *userdata)
{
	struct remote *c = userdata;

	(void)session;
	(void)handle;
	(void)core;
	(void)message;
	(void)language;
	c->has_status = true;
	c->status = 128 + signal_number(name);
}

int remote_open(struct remote *c, struct guest *g, struct patience *p, struct error *err)
{
	int rc;

	*c = (struct remote){ .guest = g, .handle = ssh_channel_new(g->session) };
	if (!c->handle)
		return link_error(g, "open a channel to", err);
	c->callbacks.userdata = c;
	c->callbacks.channel_exit_status_function = on_exit_status;
	c->callbacks.channel_exit_signal_function = on_exit_signal;
	ssh_callbacks_init(&c->callbacks);
	ssh_set_channel_callbacks(c->handle, &c->callbacks);
	while ((rc = ssh_channel_open_session(c->handle)) == SSH_AGAIN) {
		if (link_wait(g, NULL, 0, p, err) < 0)
			break;
	}
	if (rc == SSH_OK)
		return 0;
	if (rc != SSH_AGAIN)
		link_error(g, "open a channel to", err);
	remote_close(c);
	return -1;
}

int remote_pty(struct remote *c, const char *term, int columns, int rows, struct patience *p,
	       struct error *err)
{
	int rc;

	while ((rc = ssh_channel_request_pty_size(c->handle, term, columns, rows)) == SSH_AGAIN) {
		if (link_wait(c->guest, NULL, 0, p, err) < 0)
			return -1;
	}
	return rc == SSH_OK ? 0 : link_error(c->guest, "get a terminal in", err);
}

int remote_start(struct remote *c, const char *command, struct patience *p, struct error *err)
{
	int rc;

	for (;;) {
		rc = command ? ssh_channel_request_exec(c->handle, command) :
			       ssh_channel_request_shell(c->handle);
		if (rc != SSH_AGAIN)
			break;
		if (link_wait(c->guest, NULL, 0, p, err) < 0)
			return -1;
	}
	return rc == SSH_OK ? 0 : link_error(c->guest, "start a command in", err);
}

int remote_read(struct remote *c, int stream, void *buf, size_t size, struct error *err)
{
	int n = ssh_channel_read_nonblocking(c->handle, buf, (uint32_t)size, stream == 2);

	if (n > 0)
		return n;
	if (n == SSH_ERROR && !ssh_is_connected(c->guest->session))
		return link_error(c->guest, "keep the connection to", err);
	/* After the end of the output libssh looks for more packets only if asked for the status. */
	if (n == SSH_EOF && !c->has_status)
		ssh_channel_get_exit_status(c->handle);
	return 0;
}

int remote_write(struct remote *c, const void *data, size_t len, struct error *err)
{
	int n = ssh_channel_write(c->handle, data, (uint32_t)len);

	if (n >= 0)
		return n;
	if (!ssh_is_connected(c->guest->session))
		return link_error(c->guest, "keep the connection to", err);
	return 0;
}

bool remote_ended(const struct remote *c)
{
	return ssh_channel_is_closed(c->handle) || (c->has_status && ssh_channel_is_eof(c->handle));
}

void remote_terminate(struct remote *c)
{
	if (!ssh_channel_is_closed(c->handle))
		ssh_channel_request_send_signal(c->handle, "TERM");
}

void remote_close(struct remote *c)
{
	if (!c->handle)
		return;
	ssh_remove_channel_callbacks(c->handle, &c->callbacks);
	ssh_channel_free(c->handle);
	c->handle = NULL;
}
