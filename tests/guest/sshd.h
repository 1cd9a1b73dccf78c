/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private sshd on 127.0.0.1 for the tests of guest/, with its own host key, authorized keys and
 * home directory below a temporary directory. Nothing of the user's own SSH set-up is touched.
 */
#ifndef TESTS_GUEST_SSHD_H
#define TESTS_GUEST_SSHD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "guest/guest.h"
#include "guest/identity.h"

#define SSHD_PROGRAM "/usr/sbin/sshd"
#define SSHD_UNUSED __attribute__((unused))

/* Who logs in; NULL: whoever runs the test. */
static const char *sshd_user;

struct sshd {
	char directory[64];
	char *home, *authorized_keys, *pin_path;
	const char *user;
	struct identity identity;
	unsigned port;
	pid_t pid;
};

/* A socket on a port of 127.0.0.1 that the kernel chose; it does not listen yet. */
static int sshd_bind(unsigned *out_port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&to, &len) < 0)
		abort();
	*out_port = ntohs(to.sin_port);
	return fd;
}

static void sshd_write(const char *path, const char *content, mode_t mode)
{
	struct error err = { 0 };

	if (fs_write(path, content, strlen(content), mode, NULL, &err) < 0) {
		fprintf(stderr, "# %s\n", err.text);
		abort();
	}
}

static SSHD_UNUSED void sshd_authorize(const struct sshd *s, const char *line)
{
	cleanup_free char *text = xasprintf("%s\n", line);

	sshd_write(s->authorized_keys, text, 0600);
}

/* Starts the server on s->port. */
static SSHD_UNUSED void sshd_spawn(struct sshd *s)
{
	cleanup_free char *conf = fs_join(s->directory, "sshd_config");
	cleanup_free char *log = fs_join(s->directory, "log");

	s->pid = fork();
	if (s->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (!freopen(log, "a", stderr))
		_exit(126);
	execl(SSHD_PROGRAM, SSHD_PROGRAM, "-D", "-e", "-f", conf, NULL);
	_exit(127);
}

static SSHD_UNUSED void sshd_end(struct sshd *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static void sshd_configure(struct sshd *s)
{
	cleanup_free char *conf = fs_join(s->directory, "sshd_config");
	cleanup_free char *key = fs_join(s->directory, "host_key");
	cleanup_free char *text =
		xasprintf("ListenAddress 127.0.0.1\nPort %u\nHostKey %s\nPidFile none\nUsePAM no\n"
			  "StrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
			  "AuthorizedKeysFile %s\nMaxStartups 100\nSetEnv HOME=%s TMPDIR=%s/tmp\n",
			  s->port, key, s->authorized_keys, s->home, s->directory);

	sshd_write(key, s->identity.host_private, 0600);
	sshd_write(conf, text, 0600);
}

/* cmocka fixture: *state is a struct sshd, running or just starting. NULL where there is no sshd. */
static SSHD_UNUSED int sshd_setup(void **state)
{
	struct sshd *s = xcalloc(1, sizeof(*s));
	cleanup_free char *ssh = NULL, *machine = NULL, *tmp = NULL;
	struct passwd *pw = getpwuid(getuid());
	struct error err = { 0 };

	*state = NULL;
	if (access(SSHD_PROGRAM, X_OK) < 0 || !pw) {
		free(s);
		return 0;
	}
	if (getuid() == 0)
		mkdir("/run/sshd", 0755);
	snprintf(s->directory, sizeof(s->directory), "/tmp/bothy-guest.XXXXXX");
	if (!mkdtemp(s->directory))
		return -1;
	chmod(s->directory, 0755);
	s->user = xstrdup(sshd_user ? sshd_user : pw->pw_name);
	s->home = fs_join(s->directory, "home");
	ssh = fs_join(s->home, ".ssh");
	s->authorized_keys = fs_join(ssh, "authorized_keys");
	s->pin_path = fs_join(s->directory, "pinned");
	machine = fs_join(s->directory, "web");
	tmp = fs_join(s->directory, "tmp");
	if (mkdir(tmp, 0700) < 0 || chmod(tmp, 01777) < 0 ||
	    fs_make_dirs(ssh, 0700, NULL, &err) < 0 ||
	    identity_ensure(machine, NULL, &s->identity, &err) < 0)
		return -1;
	close(sshd_bind(&s->port));
	sshd_authorize(s, s->identity.user_public);
	sshd_configure(s);
	sshd_spawn(s);
	*state = s;
	return 0;
}

#endif
