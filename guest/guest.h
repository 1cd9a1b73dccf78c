/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verified SSH connection into a machine, through libssh. The user's own agent, keys, config and
 * known_hosts are never read or written.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/env.h"
#include "core/error.h"
#include "core/fs.h"
#include "core/text.h"

struct guest; /* an open connection; owned */

/* Where and how to reach a machine. All borrowed. */
struct guest_target {
	const char *machine; /* its name, for messages */
	const char *address;
	unsigned port;
	const char *user;
	const char *key_path; /* private key */
	const char *
		user_public; /* its public half, one line: installed when a well-known key is replaced */
	const char *host_public; /* the host key it must present: "ssh-ed25519 AAAA…" */
	const char *
		pin_path; /* file that holds a host key taken at first login, see below; may not exist */
	/*
	 * A Vagrant-style box: it knows nothing of our keys. The first login uses Vagrant's well-known
	 * key, accepts the host key the machine made for itself, replaces the well-known key by ours and
	 * pins the host key in pin_path. From then on the pinned key must match, and only our key is used.
	 */
	bool known_key;
	/*
	 * What lets `user` in where a box knows nothing but that; NULL: nothing does, and nothing at all once pin_path
	 * is there. The first login tries our key, then this; adds our key and tries it, takes the password out of the
	 * machine, sees that it is refused, and pins the host key. Cut off anywhere, it begins anew the next time.
	 */
	const char *password;
	/* The host key of the first login is taken as it is: the machine may have made its own. Implied by known_key. */
	bool any_host_key;
	struct owner owner; /* of pin_path */
};

enum guest_stage { GUEST_STAGE_ADDRESS, GUEST_STAGE_PORT, GUEST_STAGE_BANNER, GUEST_STAGE_LOGIN };

/* How far waiting got, and who wants to know. */
struct guest_wait {
	int64_t deadline_ms;
	/* Called whenever a new stage is reached; may be NULL. */
	void (*reached)(void *ctx, enum guest_stage stage);
	/* Called about every 200 ms while waiting: 0 to go on, -1 with err set to give up (the machine died). */
	int (*alive)(void *ctx, struct error *err);
	void *ctx;
	enum guest_stage stage; /* result: the last stage reached */
};

/*
 * One attempt; for machines that should be up: 10 s for a connection, 10 s for the first sign of an SSH server, and half
 * a minute, as guest_wait() gives to each of its attempts, for all. ERROR_GUEST, with a hint, if the host key is another one.
 */
int guest_connect(const struct guest_target *t, int64_t deadline_ms, struct guest **out,
		  struct error *err);
/*
 * Tries until it is logged in or the deadline passes (ERROR_TIMEOUT naming the stage). A wrong host
 * key or a refused login is final only after a grace of 10 s, since first boot may still be writing them.
 */
int guest_wait(const struct guest_target *t, struct guest_wait *wait, struct guest **out,
	       struct error *err);
void guest_close(struct guest **g);
#define cleanup_guest cleanup(guest_close)
/* "address", "port open", … for messages. Static. */
const char *guest_stage_name(enum guest_stage stage);
/* What a first login replaced. With the key and the password by which it came in, the host key was taken on first use. */
enum guest_first {
	GUEST_FIRST_NONE,
	GUEST_FIRST_KEY,      /* Vagrant's well-known key let it in */
	GUEST_FIRST_PASSWORD, /* the password let it in */
	GUEST_FIRST_LOCKED,   /* our key did; the password was taken away all the same */
};
enum guest_first guest_first_login(const struct guest *g);
/* Who is logged in. Borrowed. */
const char *guest_user(const struct guest *g);
/*
 * Makes the keys `wanted`, one a line, ones that may log in as the login user, and those of `before` that are not among
 * them no more. Our own stays whatever they say. Doing it again changes nothing.
 */
int guest_authorize(struct guest *g, const char *before, const char *wanted, int64_t deadline_ms,
		    struct error *err);
/* Gives the running machine its name (and /etc/hostname, /etc/hosts). Doing it again changes nothing. */
int guest_set_hostname(struct guest *g, const char *hostname, struct error *err);

/* Where output goes as it arrives; stream is 1 or 2. Returning -1 with err set ends the command. */
struct guest_output {
	int (*write)(void *ctx, int stream, const void *data, size_t len, struct error *err);
	void *ctx;
};

/* Runs `command` by the login user's shell, stdin empty; *out_status is its exit status (128+n if a signal ended it). */
int guest_run(struct guest *g, const char *command, const struct guest_output *output,
	      int64_t deadline_ms, int *out_status, struct error *err);

struct guest_session {
	const char *command; /* NULL: a login shell */
	bool tty;            /* a pty, raw mode here, window size forwarded */
	int in_fd, out_fd, err_fd;
};
/* Joins a command or shell to descriptors until it ends; restores the terminal whatever happens. */
int guest_attach(struct guest *g, const struct guest_session *session, int *out_status,
		 struct error *err);

/*
 * Copies one file to `to`, through a temporary name beside it; missing directories are made. It is written as
 * `user`, and a relative `to` or "~/" means that user's home. If `to` is a directory the file goes into it.
 */
struct guest_file {
	const char *from; /* on the host; or NULL: content */
	const char *
		within; /* the directory that `from` must not lead out of; NULL: any. See fs_open_within() */
	const char *content;
	size_t content_len;
	const char *to;
	unsigned mode;    /* 0: that of `from`, or 0644 */
	const char *user; /* who writes and owns it; NULL: root if the login may become that */
	/* Called as bytes of `from` go. May be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};
int guest_copy(struct guest *g, const struct guest_file *file, int64_t deadline_ms,
	       struct error *err);

/*
 * Runs a provisioner once; p->from is a path on this host, also of a script that came from a URL. What it says goes to
 * `output` as stream 1, in the order in which it was written; of a sensitive one nothing does. A status other than 0 is
 * ERROR_GUEST naming the provisioner and the status, which is err->code. Past p->timeout_s it is ERROR_TIMEOUT, and its
 * processes in the guest are ended. Scripts run from a file in the guest, removed afterwards; without a "#!" line
 * they run by `bash -e` where there is a bash, else `sh -e`. PROVISION_REBOOT and Ansible on the host are not for it.
 */
int guest_provision(struct guest *g, const struct provisioner *p, const struct guest_output *output,
		    int64_t deadline_ms, struct error *err);

#endif
