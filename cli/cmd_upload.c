/* SPDX-License-Identifier: Apache-2.0 */
/* bothy upload: a file or directory of this host into a machine, as whoever logs in. */
#include "cli/commands.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/transfer.h"
#include "guest/upload.h"

#define PLACE_BYTES ((size_t)256)

static int take_output(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct text *said = ctx;

	(void)err;
	if (stream == 1 && said->len + len < PLACE_BYTES)
		text_addn(said, data, len);
	return 0;
}

/* A directory in the guest that nobody else has. */
static int temporary_place(struct transfer *t, const char *name, char **out, struct error *err)
{
	cleanup_text struct text said = { 0 };
	const struct guest_output output = { take_output, &said };
	int status;

	if (guest_run(t->guest, "mktemp -d /tmp/bothy-upload.XXXXXX", &output, 0, &status, err) < 0)
		return -1;
	if (status != 0 || !text_has_prefix(text_str(&said), "/tmp/"))
		return error_set(err, ERROR_GUEST, "cannot make a temporary directory in '%s'",
				 t->machine);
	*out = xasprintf("%.*s/%s", (int)strcspn(said.ptr, "\r\n"), said.ptr, name);
	return 0;
}

static int choose_place(struct transfer *t, bool temporary, char **out, struct error *err)
{
	cleanup_free char *name = transfer_name(t->from, true);

	if (t->to && !temporary) {
		*out = xstrdup(t->to);
		return 0;
	}
	if (!name)
		return error_set(err, ERROR_USAGE, "'%s' has no name of its own: say where to",
				 t->from);
	if (temporary)
		return temporary_place(t, name, out, err);
	*out = take_ptr(name);
	return 0;
}

static int send(struct transfer *t, bool directory, const char *to, struct error *err)
{
	struct guest_file file = { .from = t->from,
				   .to = to,
				   .user = guest_user(t->guest),
				   .progress = transfer_progress,
				   .ctx = t };

	if (directory)
		return upload_tree(t->guest,
				   &(struct guest_file){ .from = t->from,
							 .to = to,
							 .user = guest_user(t->guest) },
				   0, err);
	return guest_copy(t->guest, &file, 0, err);
}

static int upload(struct session *s, int argc, char **argv, bool temporary, struct error *err)
{
	cleanup_transfer struct transfer t = { 0 };
	cleanup_free char *to = NULL;
	struct stat st;

	/* Before anything is logged into. */
	if (argc > 0 && stat(argv[0], &st) < 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no '%s' to upload", argv[0]);
	if (transfer_open(s, argc, argv, &t, err) < 0 ||
	    choose_place(&t, temporary, &to, err) < 0 || send(&t, S_ISDIR(st.st_mode), to, err) < 0)
		return -1;
	transfer_done(&t, true, to);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	bool temporary = false, compress = false;
	const struct option_row rows[] = {
		{ 't', "temporary", OPTION_FLAG, &temporary, NULL,
		  "into a new directory below /tmp, whose name is shown" },
		{ 'c', "compress", OPTION_FLAG, &compress, NULL,
		  "taken for Vagrant's sake: nothing is compressed" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 3, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	rc = upload(s, argc, argv, temporary, err);
	if (rc < 0 && err->kind == ERROR_USAGE && !err->hint)
		error_hint(err, "usage: bothy upload %s", cmd_upload.usage);
	return rc;
}

const struct command cmd_upload = {
	"upload", "reach", "[-t] SRC [DST] [MACHINE]", "Copy a file or directory into a machine",
	run,
};
