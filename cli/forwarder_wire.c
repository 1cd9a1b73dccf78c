/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON over a socket of the file system. */
#include "cli/forwarder_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/peer.h"
#include "cli/plaintext.h"
#include "core/stop.h"

#define SOCKET_NAME "socket"
#define LINE_LIMIT ((size_t)4 << 20)
#define STOP_POLL_MS 50

static int open_socket(int flags)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

int wire_listen(const char *directory, const struct owner *owner, int *out_fd, struct error *err)
{
	cleanup_close int directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = open_socket(SOCK_NONBLOCK);
	struct sockaddr_un at = peer_address(directory_fd, SOCKET_NAME);

	if (directory_fd < 0 || fd < 0)
		return error_errno(err, errno, "cannot listen in '%s'", directory);
	unlinkat(directory_fd, SOCKET_NAME, 0);
	if (peer_bind(fd, &at) < 0 ||
	    (owner->set && fchownat(directory_fd, SOCKET_NAME, owner->uid, owner->gid,
				    AT_SYMLINK_NOFOLLOW) < 0) ||
	    listen(fd, SOMAXCONN) < 0)
		return error_errno(err, errno, "cannot listen in '%s'", directory);
	*out_fd = take_fd(fd);
	return 0;
}

int wire_connect(const char *directory)
{
	cleanup_close int directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = -1;
	struct sockaddr_un at = peer_address(directory_fd, SOCKET_NAME);

	if (directory_fd < 0)
		return -1;
	fd = open_socket(0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return take_fd(fd);
}

int wire_send(int fd, json_t *document)
{
	cleanup_free char *dump = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII);
	cleanup_free char *line = xasprintf("%s\n", dump ? dump : "{}");

	json_decref(document);
	return fs_write_all(fd, line, strlen(line));
}

int wire_take(int fd, struct text *buffer, json_t **out)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		text_addn(buffer, bytes, (size_t)n);
		if (buffer->ptr[buffer->len - 1] == '\n') {
			*out = json_loadb(buffer->ptr, buffer->len, JSON_REJECT_DUPLICATES, NULL);
			return *out ? 1 : -1;
		}
		if (buffer->len > LINE_LIMIT)
			return -1;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

json_t *wire_receive(int fd, int64_t deadline_ms)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };
	cleanup_text struct text buffer = { 0 };
	json_t *document = NULL;
	int rc = 0;

	while (rc == 0 && deadline_left_ms(deadline_ms) > 0 && !stop_requested()) {
		if (poll(&in, 1, STOP_POLL_MS) > 0)
			rc = wire_take(fd, &buffer, &document);
	}
	return document;
}

json_t *wire_refusal(const struct error *err)
{
	return json_pack("{s:{s:s, s:o, s:o}}", "error", "kind", error_kind_name(err->kind),
			 "message", plaintext_json_text(err->text), "hint",
			 plaintext_json_text(err->hint));
}

int wire_error(const json_t *answer, struct error *err)
{
	const json_t *error = json_object_get(answer, "error");
	const char *kind = json_string_value(json_object_get(error, "kind"));
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));
	enum error_kind found = ERROR_SYSTEM;

	if (!error)
		return 0;
	for (int i = ERROR_USAGE; kind && i <= ERROR_SYSTEM; i++) {
		if (strcmp(kind, error_kind_name((enum error_kind)i)) == 0)
			found = (enum error_kind)i;
	}
	error_set(err, found, "%s", message ? message : "unknown cause");
	return hint ? error_hint(err, "%s", hint) : -1;
}
