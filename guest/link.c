/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: key exchange, the host key's check against the expected one, login. */
#include "guest/link.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "guest/password.h"

#define LINK_EXTRA_FDS 4

void link_free_key(ssh_key *key)
{
	ssh_key_free(*key);
	*key = NULL;
}

void guest_close(struct guest **g)
{
	struct guest *old = *g;

	if (!old)
		return;
	if (old->session) {
		if (ssh_is_connected(old->session))
			ssh_disconnect(old->session);
		ssh_free(old->session);
	}
	free(old->machine);
	free(old->user);
	free(old->place);
	free(old->host_public);
	free(old->became);
	free(old);
	*g = NULL;
}

enum guest_first guest_first_login(const struct guest *g)
{
	return g->first;
}

const char *guest_user(const struct guest *g)
{
	return g->user;
}

int link_error(struct guest *g, const char *what, struct error *err)
{
	cleanup_free char *cause = xstrdup(ssh_get_error(g->session));

	cause[0] = (char)tolower((unsigned char)cause[0]);
	return error_set(err, ERROR_GUEST, "cannot %s '%s' at %s: %s", what, g->machine, g->place,
			 cause[0] ? cause : "the connection broke off");
}

int link_wait(struct guest *g, struct pollfd *extra, size_t extra_count, struct patience *p,
	      struct error *err)
{
	struct pollfd fds[1 + LINK_EXTRA_FDS] = { { .fd = ssh_get_fd(g->session),
						    .events = POLLIN } };
	int ready;

	if (ssh_get_poll_flags(g->session) & SSH_WRITE_PENDING)
		fds[0].events |= POLLOUT;
	for (size_t i = 0; i < extra_count; i++)
		fds[1 + i] = extra[i];
	ready = patience_poll(p, fds, 1 + extra_count, INT64_MAX, err);
	for (size_t i = 0; i < extra_count; i++)
		extra[i].revents = fds[1 + i].revents;
	return ready < 0 ? -1 : 0;
}

/* "ssh-rsa" names a key; what is negotiated are the signatures it can make. */
static const char *signatures_of(const char *type)
{
	return strcmp(type, "ssh-rsa") == 0 ? "rsa-sha2-512,rsa-sha2-256" : type;
}

/*
 * With instructions for AES its GCM mode costs both ends about half of what ChaCha20 does, which libssh prefers. The
 * machine runs on this very processor. NULL: as libssh has it.
 */
static const char *ciphers(void)
{
#if defined(__x86_64__) || defined(__i386__)
	bool fast = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	bool fast = getauxval(AT_HWCAP) & HWCAP_AES;
#else
	bool fast = false;
#endif
	return fast ? "aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
		      "chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr" :
		      NULL;
}

static int set_options(struct guest *g, const struct guest_target *t, const char *host_public,
		       int fd)
{
	cleanup_free char *type = host_public ? xstrndup(host_public, strcspn(host_public, " ")) :
						NULL;
	unsigned port = t->port;
	bool process_config = false;
	ssh_session s = g->session;

	/* Nothing of the user's own SSH set-up is read, not even to sort algorithms. */
	if (ssh_options_set(s, SSH_OPTIONS_SSH_DIR, "/dev/null") ||
	    ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &process_config) ||
	    ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") ||
	    ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") ||
	    ssh_options_set(s, SSH_OPTIONS_HOST, t->address) ||
	    ssh_options_set(s, SSH_OPTIONS_PORT, &port) ||
	    ssh_options_set(s, SSH_OPTIONS_USER, t->user) ||
	    ssh_options_set(s, SSH_OPTIONS_FD, &fd))
		return -1;
	if (ciphers() && (ssh_options_set(s, SSH_OPTIONS_CIPHERS_C_S, ciphers()) ||
			  ssh_options_set(s, SSH_OPTIONS_CIPHERS_S_C, ciphers())))
		return -1;
	return type ? ssh_options_set(s, SSH_OPTIONS_HOSTKEYS, signatures_of(type)) : 0;
}

static enum link_result host_key_error(const struct guest_target *t, struct error *err)
{
	error_set(err, ERROR_GUEST,
		  "the machine at %s:%u presents another host key than the one %s '%s'", t->address,
		  t->port, t->known_key ? "seen at the first login into" : "given to", t->machine);
	error_hint(
		err,
		"something else may answer at this address, or the machine was reinstalled; if you "
		"can do without it: bothy destroy %s && bothy up %s",
		t->machine, t->machine);
	return LINK_HOST_KEY;
}

static enum link_result refused_error(const struct guest_target *t, const struct link_offer *offer,
				      struct error *err)
{
	error_set(err, ERROR_GUEST, "'%s' at %s:%u refuses its key%s for the user '%s'", t->machine,
		  t->address, t->port, offer->password ? " and its password" : "", t->user);
	error_hint(
		err,
		"see that the user exists in the box and may log in (ssh = { user = \"…\" }), or "
		"make the machine anew: bothy destroy %s && bothy up %s",
		t->machine, t->machine);
	return LINK_REFUSED;
}

enum link_result link_waiting_failed(const struct error *err)
{
	return err->kind == ERROR_TIMEOUT ? LINK_BROKEN : LINK_FATAL;
}

static enum link_result exchange_keys(struct guest *g, const struct guest_target *t,
				      struct patience *p, struct error *err)
{
	int rc;

	while ((rc = ssh_connect(g->session)) == SSH_AGAIN) {
		if (link_wait(g, NULL, 0, p, err) < 0)
			return link_waiting_failed(err);
	}
	if (rc == SSH_OK)
		return LINK_OPEN;
	/* Only the expected type of key is asked for; a server without any of it is another one. */
	if (strstr(ssh_get_error(g->session), "server host key algo"))
		return host_key_error(t, err);
	link_error(g, "set up the connection to", err);
	return LINK_BROKEN;
}

static int server_key(struct guest *g, struct error *err)
{
	cleanup_key ssh_key key = NULL;
	char *blob = NULL;

	if (ssh_get_server_publickey(g->session, &key) != SSH_OK ||
	    ssh_pki_export_pubkey_base64(key, &blob) != SSH_OK)
		return link_error(g, "read the host key of", err);
	g->host_public = xasprintf("%s %s", ssh_key_type_to_char(ssh_key_type(key)), blob);
	ssh_string_free_char(blob);
	return 0;
}

/* Compares the base64 of the blob: it holds the type as well, and comments do not matter. */
static bool same_key(const char *a, const char *b)
{
	size_t len;

	a += strcspn(a, " ");
	b += strcspn(b, " ");
	a += strspn(a, " ");
	b += strspn(b, " ");
	len = strcspn(a, " \t\r\n");
	return len > 0 && len == strcspn(b, " \t\r\n") && memcmp(a, b, len) == 0;
}

/* pam_nologin: sshd may be up long before the system lets users in. */
static bool is_booting(struct guest *g)
{
	char *banner = ssh_get_issue_banner(g->session);
	bool booting = banner && strstr(banner, "booting up");

	ssh_string_free_char(banner);
	return booting;
}

static enum link_result log_in(struct guest *g, const struct guest_target *t,
			       const struct link_offer *offer, struct patience *p,
			       struct error *err)
{
	for (size_t i = 0; i < offer->key_count; i++) {
		int rc;

		while ((rc = ssh_userauth_publickey(g->session, NULL, offer->keys[i])) ==
		       SSH_AUTH_AGAIN) {
			if (link_wait(g, NULL, 0, p, err) < 0)
				return link_waiting_failed(err);
		}
		if (rc == SSH_AUTH_SUCCESS) {
			g->key_used = i;
			return LINK_OPEN;
		}
		if (rc == SSH_AUTH_ERROR) {
			link_error(g, "log into", err);
			return LINK_BROKEN;
		}
	}
	if (offer->password) {
		enum link_result result = password_log_in(g, offer->password, p, err);

		g->key_used = offer->key_count;
		if (result != LINK_REFUSED)
			return result;
	}
	refused_error(t, offer, err);
	return is_booting(g) ? LINK_BROKEN : LINK_REFUSED;
}

static enum link_result open_session(struct guest *g, const struct guest_target *t,
				     const struct link_offer *offer, struct patience *p,
				     struct error *err)
{
	enum link_result result = exchange_keys(g, t, p, err);

	if (result != LINK_OPEN)
		return result;
	if (server_key(g, err) < 0)
		return LINK_BROKEN;
	if (offer->host_public && !same_key(offer->host_public, g->host_public))
		return host_key_error(t, err);
	return log_in(g, t, offer, p, err);
}

enum link_result link_open(const struct guest_target *t, const struct link_offer *offer, int fd,
			   struct patience *p, struct guest **out, struct error *err)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	enum link_result result;

	g->machine = xstrdup(t->machine);
	g->user = xstrdup(t->user);
	g->place = xasprintf("%s:%u", t->address, t->port);
	g->session = ssh_new();
	if (!g->session || set_options(g, t, offer->host_public, fd)) {
		error_set(err, ERROR_GUEST, "cannot set up a connection to '%s' at %s", t->machine,
			  g->place);
		close(fd);
		guest_close(&g);
		return LINK_FATAL;
	}
	ssh_set_blocking(g->session, 0);
	result = open_session(g, t, offer, p, err);
	if (result == LINK_OPEN)
		*out = take_ptr(g);
	guest_close(&g);
	return result;
}
