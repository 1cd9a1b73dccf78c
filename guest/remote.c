/* SPDX-License-Identifier: Apache-2.0 */
/* A channel of the connection (RFC 4254), never blocking. */
#include "guest/remote.h"

#include <signal.h>
#include <string.h>

#include "core/stop.h"

/* Whoever pressed Ctrl-C waits for it. */
#define END_MS 1000

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

int remote_prepare(struct remote *c, struct guest *g, struct error *err)
{
	*c = (struct remote){ .guest = g, .handle = ssh_channel_new(g->session) };
	if (!c->handle)
		return link_error(g, "open a channel to", err);
	c->callbacks.userdata = c;
	c->callbacks.channel_exit_status_function = on_exit_status;
	c->callbacks.channel_exit_signal_function = on_exit_signal;
	ssh_callbacks_init(&c->callbacks);
	ssh_set_channel_callbacks(c->handle, &c->callbacks);
	return 0;
}

static int step(const struct remote *c, int rc, const char *what, struct error *err)
{
	if (rc == SSH_AGAIN)
		return 0;
	return rc == SSH_OK ? 1 : link_error(c->guest, what, err);
}

int remote_opening(struct remote *c, struct error *err)
{
	return step(c, ssh_channel_open_session(c->handle), "open a channel to", err);
}

int remote_pty_coming(struct remote *c, const char *term, int columns, int rows, struct error *err)
{
	return step(c, ssh_channel_request_pty_size(c->handle, term, columns, rows),
		    "get a terminal in", err);
}

int remote_starting(struct remote *c, const char *command, struct error *err)
{
	return step(c,
		    command ? ssh_channel_request_exec(c->handle, command) :
			      ssh_channel_request_shell(c->handle),
		    "start a command in", err);
}

int remote_open(struct remote *c, struct guest *g, struct patience *p, struct error *err)
{
	int rc;

	if (remote_prepare(c, g, err) < 0)
		return -1;
	while ((rc = remote_opening(c, err)) == 0) {
		if (link_wait(g, NULL, 0, p, err) < 0)
			break;
	}
	if (rc > 0)
		return 0;
	remote_close(c);
	return -1;
}

int remote_pty(struct remote *c, const char *term, int columns, int rows, struct patience *p,
	       struct error *err)
{
	int rc;

	while ((rc = remote_pty_coming(c, term, columns, rows, err)) == 0) {
		if (link_wait(c->guest, NULL, 0, p, err) < 0)
			return -1;
	}
	return rc < 0 ? -1 : 0;
}

int remote_start(struct remote *c, const char *command, struct patience *p, struct error *err)
{
	int rc;

	while ((rc = remote_starting(c, command, err)) == 0) {
		if (link_wait(c->guest, NULL, 0, p, err) < 0)
			return -1;
	}
	return rc < 0 ? -1 : 0;
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

/*
 * sshd does not pass a signal on to what it runs as root (OpenSSH, session.c: "session signalling requires privilege
 * separation"), and closing the channel ends nothing either. What the connection runs are children of the process that
 * serves it, each the leader of a process group; so is the shell that looks for them.
 */
static const char end_children[] =
	"exec sh -c '{ for d in /proc/[0-9]*; do p=${d#/proc/}; [ \"$p\" != $$ ] || continue; "
	"read -r s <\"$d/stat\" || continue; set -- ${s##*) }; [ \"$2\" = \"$PPID\" ] || continue; "
	"kill -TERM \"-$p\" || kill -TERM \"$p\"; done; } 2>/dev/null'";

void remote_end_all(struct guest *g)
{
	struct patience p = { .deadline_ms = clock_ms() + END_MS,
			      .what = "ending a command",
			      .regardless = true };
	struct remote killer;
	struct error none = { 0 };
	char byte;

	if (!ssh_is_connected(g->session) || remote_open(&killer, g, &p, &none) < 0) {
		error_clear(&none);
		return;
	}
	if (remote_start(&killer, end_children, &p, &none) == 0) {
		while (!remote_ended(&killer) && remote_read(&killer, 1, &byte, 1, &none) >= 0 &&
		       link_wait(g, NULL, 0, &p, &none) == 0)
			;
	}
	remote_close(&killer);
	error_clear(&none);
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
