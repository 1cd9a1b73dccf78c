/* SPDX-License-Identifier: Apache-2.0 */
/* bothy box build: a box from a distribution's packages. */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boxes/staging.h"
#include "cli/bring.h"
#include "cli/plaintext.h"
#include "cli/stock.h"
#include "core/proc.h"
#include "core/stop.h"

#define BUILD_WAIT_MS (60LL * 60 * 1000)

struct build {
	const char *provider, *mirror, *output;
	bool force;
	char *user;          /* as the script tells */
	unsigned first_boot; /* likewise */
};

/* The last line is about the box: {"user": "root", "first_boot": ["credentials"], …}. */
static int read_outcome(struct build *b, const char *output, struct error *err)
{
	const char *line = output, *next;
	json_t *root;
	bool known;

	while ((next = strchr(line, '\n')) && next[1])
		line = next + 1;
	root = json_loads(line, 0, NULL);
	known = first_boot_read(json_object_get(root, "first_boot"), &b->first_boot);
	if (known && json_is_string(json_object_get(root, "user")))
		b->user = xstrdup(json_string_value(json_object_get(root, "user")));
	json_decref(root);
	return b->user ? 0 :
			 error_set(err, ERROR_BOX,
				   "the script that builds boxes did not tell what it built");
}

/*
 * Its last lines are "error: …" and perhaps "hint: …"; what stands before them are words of the programs that it ran,
 * for the user to read first.
 */
static int tell_failure(struct session *s, const char *distro, struct proc_result *result,
			struct error *err)
{
	static const char error_mark[] = "error: ", hint_mark[] = "hint: ";
	enum error_kind kind = result->status == 64 ? ERROR_USAGE : ERROR_BOX;
	cleanup_free char *line = text_pop_line(&result->output), *hint = NULL;

	if (text_has_prefix(line, hint_mark)) {
		hint = take_ptr(line);
		line = text_pop_line(&result->output);
	}
	if (result->output.len)
		out_info(s->out, "%s", result->output.ptr);
	error_set(err, kind, "cannot build box '%s': %s", distro,
		  text_has_prefix(line, error_mark) ? line + strlen(error_mark) :
		  *line                             ? line :
						      "no reason given");
	return hint ? error_hint(err, "%s", hint + strlen(hint_mark)) : -1;
}

static int run_script(struct session *s, struct build *b, const char *distro, const char *file,
		      struct error *err)
{
	cleanup_free char *script = fs_shipped("build/box");
	const char *argv[8] = { NULL };
	cleanup_proc struct proc_result result = { 0 };
	size_t n = 0;

	if (!fs_exists(script))
		return error_set(err, ERROR_NOT_FOUND,
				 "'%s' is missing: the program is not installed wholly", script);
	argv[n++] = script;
	if (b->mirror) {
		argv[n++] = "--mirror";
		argv[n++] = b->mirror;
	}
	argv[n++] = "--";
	argv[n++] = distro;
	argv[n++] = strcmp(b->provider, "container") == 0 ? "rootfs" : "vm";
	argv[n++] = file;
	out_info(s->out, "building '%s' from packages, which takes some minutes ...", distro);
	if (proc_run(argv, clock_ms() + BUILD_WAIT_MS, &result, err) < 0)
		return error_wrap(err, "cannot build box '%s'", distro);
	return result.status == 0 ? read_outcome(b, text_str(&result.output), err) :
				    tell_failure(s, distro, &result, err);
}

/* The day it was built on is its version: packages of that day are in it. */
static int add(struct session *s, const struct build *b, const char *distro, const char *file,
	       struct error *err)
{
	struct watcher watch = out_watcher(s->out);
	cleanup_free char *origin = xasprintf("build:%s", distro);
	struct box_want want = { .name = file };
	char version[16];
	struct bring bring = { .session = s,
			       .want = &want,
			       .provider = b->provider,
			       .origin = origin,
			       .user = b->user,
			       .first_boot = b->first_boot,
			       .name = distro,
			       .version = version,
			       .keeps_others = !b->force,
			       .watch = &watch };
	time_t now = time(NULL);
	struct tm tm;
	struct entry e;

	gmtime_r(&now, &tm);
	strftime(version, sizeof(version), "%Y%m%d", &tm);
	if (bring_box(&bring, &e, NULL, err) < 0)
		return -1;
	out_info(s->out, "added '%s' %s (%s, %s)", e.name, e.version, e.provider, e.architecture);
	out_document(s->out, json_pack("{s:s, s:s, s:s, s:s}", "name", e.name, "version", e.version,
				       "provider", e.provider, "digest", e.digest));
	entry_clear(&e);
	return 0;
}

static int build_into_store(struct session *s, struct build *b, const char *distro,
			    struct error *err)
{
	cleanup_staging struct staging staging = { .lock_fd = -1 };
	cleanup_free char *file = NULL;

	if (stock_configure(s, err) < 0 || staging_open(s->home, &staging, err) < 0)
		return -1;
	file = fs_join(staging.path,
		       strcmp(b->provider, "container") == 0 ? "box.tar.zst" : "box.qcow2");
	if (run_script(s, b, distro, file, err) < 0)
		return -1;
	return add(s, b, distro, file, err);
}

/* In the folder `part`, and from there into its place: what stands there stays until the box is whole. */
static int build_beside(struct session *s, struct build *b, const char *distro, const char *part,
			struct error *err)
{
	cleanup_free char *file = fs_join(part, "box");

	if (run_script(s, b, distro, file, err) < 0)
		return -1;
	return rename(file, b->output) < 0 ?
		       error_errno(err, errno, "cannot move the box to '%s'", b->output) :
		       0;
}

/* Made first, as it is bad luck to hear after minutes that the place is not there. */
static int build_file(struct session *s, struct build *b, const char *distro, struct error *err)
{
	cleanup_free char *part = xasprintf("%s.part-%d", b->output, (int)getpid());
	cleanup_error struct error ignored = { 0 };
	struct stat st;
	int rc;

	if (command_check_output(b->output, b->force, err) < 0)
		return -1;
	if (stat(b->output, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, ERROR_USAGE, "'%s' is a directory", b->output);
	if (mkdir(part, 0700) < 0)
		return error_errno(err, errno, "cannot write '%s'", b->output);
	rc = build_beside(s, b, distro, part, err);
	fs_remove(part, &ignored);
	if (rc < 0)
		return -1;
	out_info(s->out, "wrote '%s'", b->output);
	out_document(s->out, json_pack("{s:o}", "file", plaintext_json_text(b->output)));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct build b = { .provider = "kvm" };
	const struct option_row rows[] = {
		{ 0, "provider", OPTION_CHOICE, &b.provider, "kvm|container",
		  "a disk that boots, or a root filesystem" },
		{ 0, "mirror", OPTION_STRING, &b.mirror, "URL", "where to get packages" },
		{ 'o', "output", OPTION_STRING, &b.output, "FILE",
		  "write a file; do not add it to the store" },
		{ 'f', "force", OPTION_FLAG, &b.force, NULL, "replace what exists" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, 1, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc == 0) {
		error_set(err, ERROR_USAGE, "no distribution named");
		return error_hint(err, "for example: bothy box build debian/12");
	}
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED, "cannot build a box: it has files of many owners");
		return error_hint(err, "run the same command with sudo");
	}
	rc = b.output ? build_file(s, &b, argv[0], err) : build_into_store(s, &b, argv[0], err);
	free(b.user);
	return rc;
}

const struct command cmd_box_build = {
	"box build", "box", "[OPTIONS] DISTRO", "Make a box from a distribution's packages", run,
};
