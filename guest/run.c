/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: input and output are streamed, nothing grows with their size. */
#include "guest/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "guest/remote.h"

#define INPUT_BYTES (128 * 1024)
#define OUTPUT_BYTES (32 * 1024)
#define READS_PER_ROUND 64
#define CAPTURE_BYTES (64 * 1024)
/*
 * A command may leave something behind in the background that keeps its output open. sshd then
 * never closes the channel; once the status is known, so long a silence ends it.
 */
#define SILENCE_MS 2000
/* And so long an end of it that is not silent: what is still on its way has come by then. */
#define AFTERWARDS_MS 10000

struct run {
	const struct run_spec *spec;
	struct remote remote;
	struct patience patience;
	char *buf;        /* of input */
	const char *next; /* what is to be written next */
	size_t left;
	bool source_ended; /* nothing more to be read */
	bool input_done;
	int64_t moved_ms;  /* when output came last */
	int64_t status_ms; /* when the status came; 0: it has not */
};

/* How many bytes came, or -1. */
static ssize_t drain(struct run *r, int stream, struct error *err)
{
	const struct guest_output *output = r->spec->output;
	char buf[OUTPUT_BYTES];
	ssize_t total = 0;

	for (int i = 0; i < READS_PER_ROUND; i++) {
		int n = remote_read(&r->remote, stream, buf, sizeof(buf), err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		total += n;
		if (output && output->write(output->ctx, stream, buf, (size_t)n, err) < 0)
			return -1;
	}
	return total;
}

static ssize_t drain_both(struct run *r, struct error *err)
{
	ssize_t first = drain(r, 1, err), second;

	if (first < 0)
		return -1;
	second = drain(r, 2, err);
	if (second < 0)
		return -1;
	if (first + second > 0)
		r->moved_ms = clock_ms();
	return first + second;
}

static int refill(struct run *r, struct error *err)
{
	ssize_t n;

	if (r->source_ended)
		return 0;
	if (!r->buf)
		r->buf = xmalloc(INPUT_BYTES);
	r->next = r->buf;
	if (r->spec->input->read) {
		n = r->spec->input->read(r->spec->input->ctx, r->buf, INPUT_BYTES, err);
		r->left = n > 0 ? (size_t)n : 0;
		r->source_ended = n == 0;
		return n < 0 ? -1 : 0;
	}
	do
		n = read(r->spec->input->fd, r->buf, INPUT_BYTES);
	while (n < 0 && errno == EINTR && !stop_requested());
	if (n < 0 && errno != EINTR)
		return error_errno(err, errno, "cannot read what to send");
	r->left = n > 0 ? (size_t)n : 0;
	r->source_ended = n == 0;
	return 0;
}

/* How many bytes went, or -1. */
static ssize_t feed(struct run *r, struct error *err)
{
	ssize_t total = 0;

	for (int i = 0; i < READS_PER_ROUND && !r->input_done; i++) {
		int n;

		if (!r->left && refill(r, err) < 0)
			return -1;
		if (!r->left && r->source_ended) {
			ssh_channel_send_eof(r->remote.handle);
			r->input_done = true;
			break;
		}
		n = remote_write(&r->remote, r->next, r->left, err);
		if (n < 0)
			return -1;
		r->next += n;
		r->left -= (size_t)n;
		total += n;
		if (n == 0)
			break;
	}
	return total;
}

/* Whether what still holds the output open is none of the command's. */
static bool is_left_behind(struct run *r)
{
	int64_t now = clock_ms();

	if (!r->remote.has_status)
		return false;
	if (!r->status_ms)
		r->status_ms = now;
	return now - r->moved_ms > SILENCE_MS || now - r->status_ms > AFTERWARDS_MS;
}

static int pump(struct run *r, struct error *err)
{
	for (;;) {
		bool ended = remote_ended(&r->remote);
		ssize_t out = drain_both(r, err), in = 0;

		if (out < 0)
			return -1;
		if (ended && out == 0)
			return 0;
		if (!ended)
			in = feed(r, err);
		if (in < 0)
			return -1;
		if (is_left_behind(r))
			return 0;
		if (out + in > 0) {
			if (patience_check(&r->patience, err) < 0)
				return -1;
		} else if (!remote_ended(&r->remote) &&
			   link_wait(r->remote.guest, NULL, 0, &r->patience, err) < 0) {
			return -1;
		}
	}
}

static int start(struct run *r, struct guest *g, struct error *err)
{
	const struct run_input *input = r->spec->input;

	if (input) {
		r->next = input->data;
		r->left = input->len;
	}
	r->source_ended = !input || (input->fd < 0 && !input->read);
	r->moved_ms = clock_ms();
	if (remote_open(&r->remote, g, &r->patience, err) < 0)
		return -1;
	return remote_start(&r->remote, r->spec->command, &r->patience, err);
}

int run_command(struct guest *g, const struct run_spec *spec, int *out_status, struct error *err)
{
	cleanup_free char *what = xasprintf("running a command in '%s'", g->machine);
	struct run r = {
		.spec = spec,
		.patience = { .deadline_ms = spec->deadline_ms,
			      .what = spec->what ? spec->what : what,
			      .regardless = spec->regardless },
	};
	int rc = start(&r, g, err);

	if (rc == 0) {
		rc = pump(&r, err);
		/* All that runs over a connection of a run is this. */
		if (rc < 0)
			remote_end_all(g);
	}
	if (rc == 0 && !r.remote.has_status)
		rc = error_set(err, ERROR_GUEST, "%s: it ended without a status", r.patience.what);
	if (rc == 0)
		*out_status = r.remote.status;
	remote_close(&r.remote);
	free(r.buf);
	return rc;
}

static int keep_end(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)stream;
	(void)err;
	text_add_end(ctx, data, len, CAPTURE_BYTES);
	return 0;
}

int run_capture(struct guest *g, const struct run_spec *spec, struct text *said, int *out_status,
		struct error *err)
{
	const struct guest_output output = { .write = keep_end, .ctx = said };
	struct run_spec own = *spec;

	own.output = &output;
	return run_command(g, &own, out_status, err);
}

const char *run_last_line(struct text *said)
{
	char *line;

	while (said->len && strchr("\r\n\t ", said->ptr[said->len - 1]))
		said->ptr[--said->len] = '\0';
	if (!said->len)
		return "no reason given";
	line = memrchr(said->ptr, '\n', said->len);
	return line ? line + 1 : said->ptr;
}

const char *run_tar_reason(struct text *said)
{
	const char *line = run_last_line(said);

	if (strstr(line, "xiting with failure status") && line > said->ptr) {
		said->len = (size_t)(line - said->ptr);
		line = run_last_line(said);
	}
	return line;
}

char *run_marked(const struct text *said, const char *mark)
{
	const char *at = strstr(text_str(said), mark);

	if (!at)
		return NULL;
	at += strlen(mark);
	return xstrndup(at, strcspn(at, "\r\n"));
}

int guest_run(struct guest *g, const char *command, const struct guest_output *output,
	      int64_t deadline_ms, int *out_status, struct error *err)
{
	const struct run_spec spec = { .command = command,
				       .output = output,
				       .deadline_ms = deadline_ms };

	return run_command(g, &spec, out_status, err);
}
