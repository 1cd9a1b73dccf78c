/* SPDX-License-Identifier: Apache-2.0 */
/* rsync's remote shell on a connection that is open already. */
#include "cli/rsyncshell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/peer.h"
#include "core/stop.h"

#define COMMAND_MOST ((size_t)128 * 1024)
#define LOST 255 /* as ssh has it */

struct shell {
	struct guest *guest;
	struct rsync *rsync;
	struct rsync_result *result;
	int listen_fd;
	int ended_fds[2]; /* the second is closed when rsync has ended */
	int rc;
	struct error err;       /* of rsync */
	struct error guest_err; /* of what it ran */
};

/* --- the name of the socket: abstract, so that no path is too long and nothing is left behind --------------------- */

static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(out->sun_path + 1, sizeof(out->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static int listen_as(char name[static 48], struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	unsigned long long random;
	socklen_t len;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, errno, "cannot get random numbers");
	snprintf(name, 48, "bothy-rsync-%d-%016llx", (int)getpid(), random);
	len = address_of(name, &address);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 1) < 0)
		return error_errno(err, errno, "cannot listen for rsync");
	return take_fd(fd);
}

/* --- handing over ------------------------------------------------------------------------------------------------- */

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(3 * sizeof(int))];
};

static int send_fds(int socket_fd, const int fds[3])
{
	union control control = { 0 };
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 3 * sizeof(int));
	return sendmsg(socket_fd, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int take_fds(int socket_fd, int fds[3])
{
	union control control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c;

	if (recvmsg(socket_fd, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(3 * sizeof(int)))
		return -1;
	memcpy(fds, CMSG_DATA(c), 3 * sizeof(int));
	return 0;
}

/* --- the bothy that has the connection ---------------------------------------------------------------------------- */

/* The command ends with the sender's half of the socket. */
static int read_command(int fd, struct text *out)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 && out->len < COMMAND_MOST)
		text_addn(out, buf, (size_t)n);
	return n == 0 && out->len ? 0 : -1;
}

static void serve(struct shell *s, int fd)
{
	cleanup_text struct text command = { 0 };
	int fds[3], status = LOST;
	unsigned char byte;

	/* Anybody may connect to an abstract name; only the user, or root, is listened to. */
	if (peer_user(fd) != geteuid() || take_fds(fd, fds) < 0)
		return;
	if (read_command(fd, &command) == 0) {
		const struct guest_session session = {
			.command = command.ptr, .in_fd = fds[0], .out_fd = fds[1], .err_fd = fds[2]
		};

		if (guest_attach(s->guest, &session, &status, &s->guest_err) < 0)
			status = LOST;
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	byte = (unsigned char)status;
	send(fd, &byte, 1, MSG_NOSIGNAL);
}

/* Until rsync has ended, which it does by itself when a stop is asked for. */
static void serve_all(struct shell *s)
{
	struct pollfd fds[2] = { { .fd = s->listen_fd, .events = POLLIN },
				 { .fd = s->ended_fds[0] } };

	for (;;) {
		cleanup_close int fd = -1;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents & POLLIN)
			fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			serve(s, fd);
		else if (fds[1].revents)
			return;
	}
}

static void *run_rsync(void *ctx)
{
	struct shell *s = ctx;

	s->rc = rsync_run(s->rsync, s->result, &s->err);
	close(take_fd(s->ended_fds[1]));
	return NULL;
}

static int run(struct shell *s, struct error *err)
{
	pthread_t thread;
	int rc;

	if (pipe2(s->ended_fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot run rsync");
	rc = pthread_create(&thread, NULL, run_rsync, s);
	if (rc == 0) {
		serve_all(s);
		pthread_join(thread, NULL);
	} else {
		close(s->ended_fds[1]);
	}
	close(s->ended_fds[0]);
	if (rc)
		return error_errno(err, rc, "cannot run rsync");
	if (s->rc < 0)
		/* That the connection broke off says more than what rsync made of it. */
		error_move(err, s->guest_err.text && s->err.kind != ERROR_STOPPED ? &s->guest_err :
										    &s->err);
	error_clear(&s->err);
	error_clear(&s->guest_err);
	return s->rc;
}

int rsyncshell_run(struct guest *g, struct rsync *r, struct rsync_result *out, struct error *err)
{
	cleanup_text struct text words = { 0 };
	cleanup_free char *self = xasprintf("/proc/%d/exe", (int)getpid());
	cleanup_close int fd = -1;
	struct shell s = { .guest = g, .rsync = r, .result = out };
	char name[48];

	fd = listen_as(name, err);
	if (fd < 0)
		return -1;
	s.listen_fd = fd;
	rsync_add_word(&words, self);
	rsync_add_word(&words, cmd_rsync_shell.name);
	rsync_add_word(&words, name);
	r->shell = text_str(&words);
	return run(&s, err);
}

/* --- what rsync starts -------------------------------------------------------------------------------------------- */

/* As ssh does: the words are joined, the shell over there takes them apart. */
static int send_command(int fd, int argc, char **argv)
{
	cleanup_text struct text command = { 0 };
	const int fds[3] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };

	for (int i = 0; i < argc; i++) {
		text_add(&command, i ? " " : "");
		text_add(&command, argv[i]);
	}
	if (send_fds(fd, fds) < 0 || fs_write_all(fd, text_str(&command), command.len) < 0)
		return -1;
	return shutdown(fd, SHUT_WR);
}

int rsyncshell_main(struct session *s, int argc, char **argv, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	unsigned char status;
	socklen_t len;

	if (argc < 3)
		return error_set(err, ERROR_USAGE, "this command is for rsync, which bothy starts");
	len = address_of(argv[0], &address);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, len) < 0 ||
	    send_command(fd, argc - 2, argv + 2) < 0 || read(fd, &status, 1) != 1)
		return error_errno(err, errno, "cannot reach the bothy that started rsync");
	s->exit_status = status;
	return 0;
}
