/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioners. A script goes into a private directory in the guest together with a wrapper that
 * sets its environment: values given on a command line could be read by every user of the guest.
 */
#include "guest/guest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/stop.h"
#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"
#include "guest/upload.h"

#define SCRIPT_BYTES (64 * 1024 * 1024)
#define TIDY_MS 5000
#define MARK "bothy-directory:"

struct job {
	struct guest *g;
	const struct provisioner *p;
	const struct guest_output *output;
	int64_t deadline_ms;
	char *what;
	char *directory; /* in the guest */
};

static bool is_variable_name(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	}
	return true;
}

static void add_words(struct text *t, const struct strings *args)
{
	text_add(t, args->count ? " " : "");
	text_add_shell_words(t, args->at, args->count);
	text_add(t, "\n");
}

/*
 * The program of a "#!" line is called by name, as the kernel would, since /tmp may be mounted
 * noexec. False if there is no such line.
 */
static bool add_interpreter(struct text *t, const struct text *script)
{
	cleanup_free char *line = NULL;
	char *argument;
	size_t len;

	if (script->len < 3 || memcmp(script->ptr, "#!", 2) != 0)
		return false;
	line = xstrndup(script->ptr + 2, strcspn(script->ptr + 2, "\r\n"));
	len = strlen(line);
	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	argument = line + strspn(line, " \t");
	if (!*argument)
		return false;
	text_add(t, "exec ");
	len = strcspn(argument, " \t");
	if (argument[len]) {
		argument[len] = '\0';
		text_add_shell_quoted(t, argument);
		argument += len + 1;
		text_add(t, " ");
		argument += strspn(argument, " \t");
	}
	text_add_shell_quoted(t, argument);
	return true;
}

static int write_wrapper(const struct job *job, const struct text *script, struct text *out,
			 struct error *err)
{
	cleanup_free char *path = xasprintf("%s/script", job->directory);

	for (size_t i = 0; i < job->p->env.count; i++) {
		const struct env_var *var = &job->p->env.at[i];

		if (!is_variable_name(var->name))
			return error_set(err, ERROR_ENVFILE, "%s: '%s' is no name of a variable",
					 job->what, var->name);
		text_addf(out, "export %s=", var->name);
		text_add_shell_quoted(out, var->value);
		text_add(out, "\n");
	}
	if (!add_interpreter(out, script)) {
		if (script->len >= 4 && memcmp(script->ptr, "\177ELF", 4) == 0)
			text_add(out, "exec");
		else
			text_add(out,
				 "s=sh; command -v bash >/dev/null 2>&1 && s=bash\nexec $s -e");
	}
	text_addf(out, " %s", path);
	add_words(out, &job->p->args);
	return 0;
}

static int place_script(struct job *job, const struct text *script, struct error *err)
{
	cleanup_free char *place = xasprintf(
		"umask 077; d=$(mktemp -d \"${TMPDIR:-/tmp}/bothy.XXXXXX\") || exit 1; "
		"cat >\"$d/script\" && chmod 700 \"$d/script\" && "
		"[ \"$(wc -c <\"$d/script\")\" -eq %zu ] && echo " MARK "\"$d\" && exit 0; "
		"rm -rf \"$d\"; exit 1",
		script->len);
	cleanup_free char *command = become_command(job->g, job->p->user, place);
	const struct run_input input = { .data = script->ptr, .len = script->len, .fd = -1 };
	const struct run_spec spec = { .command = command,
				       .what = job->what,
				       .input = &input,
				       .deadline_ms = job->deadline_ms };
	cleanup_text struct text said = { 0 };
	const char *mark;
	int status;

	if (run_capture(job->g, &spec, &said, &status, err) < 0)
		return -1;
	mark = said.ptr ? strstr(said.ptr, MARK) : NULL;
	if (status != 0 || !mark)
		return error_set(err, ERROR_GUEST, "%s: cannot write the script: %s", job->what,
				 run_last_line(&said));
	mark += strlen(MARK);
	job->directory = xstrndup(mark, strcspn(mark, "\r\n"));
	return 0;
}

/*
 * Only when the wrapper could not do it: it was cut off by Ctrl-C or the deadline. sshd passes no
 * signals on for root, so the processes are ended by their group, the stubborn ones after a second.
 */
static void tidy_up(const struct job *job)
{
	cleanup_text struct text script = { 0 };
	cleanup_free char *command = NULL;
	struct error ignored = { 0 };
	int status;

	text_add(&script, "d=");
	text_add_shell_quoted(&script, job->directory);
	text_add(
		&script,
		"; g=$(cat \"$d/group\" 2>/dev/null) && [ \"$g\" -gt 1 ] && { kill -s TERM -- \"-$g\"; i=0; "
		"while [ $i -lt 20 ] && kill -s 0 -- \"-$g\"; do sleep 0.05; i=$((i + 1)); done; "
		"kill -s KILL -- \"-$g\"; } 2>/dev/null; rm -rf \"$d\"");
	command = become_command(job->g, job->p->user, script.ptr);
	run_command(job->g,
		    &(struct run_spec){ .command = command,
					.deadline_ms = clock_ms() + TIDY_MS,
					.regardless = true },
		    &status, &ignored);
	error_clear(&ignored);
}

static int run_wrapper(const struct job *job, const struct text *wrapper, int *out_status,
		       struct error *err)
{
	const struct run_input input = { .data = wrapper->ptr, .len = wrapper->len, .fd = -1 };
	cleanup_text struct text script = { 0 };
	cleanup_free char *command = NULL;

	text_add(&script, "d=");
	text_add_shell_quoted(&script, job->directory);
	text_addf(
		&script,
		"; trap 'rm -rf \"$d\"' EXIT; trap 'exit 129' HUP; trap 'exit 130' INT; "
		"trap 'exit 143' TERM; umask 077; "
		"read -r _ _ _ _ g _ </proc/self/stat && echo \"$g\" >\"$d/group\"; cat >\"$d/run\"; "
		"[ \"$(wc -c <\"$d/run\")\" -eq %zu ] || exit 126; umask 022; "
		"sh \"$d/run\" </dev/null; exit $?",
		wrapper->len);
	command = become_command(job->g, job->p->user, script.ptr);
	return run_command(job->g,
			   &(struct run_spec){ .command = command,
					       .what = job->what,
					       .input = &input,
					       .output = job->output,
					       .deadline_ms = job->deadline_ms },
			   out_status, err);
}

static int run_placed(const struct job *job, const struct text *script, struct error *err)
{
	cleanup_text struct text wrapper = { 0 };
	int status, rc;

	rc = write_wrapper(job, script, &wrapper, err);
	if (rc == 0)
		rc = run_wrapper(job, &wrapper, &status, err);
	if (rc < 0) {
		tidy_up(job);
		return -1;
	}
	if (status == 0)
		return 0;
	error_set(err, ERROR_GUEST, "%s failed with status %d", job->what, status);
	err->code = status;
	return -1;
}

static int run_script(struct job *job, struct error *err)
{
	const struct provisioner *p = job->p;
	cleanup_text struct text script = { 0 };

	if (become_check(job->g, p->user, job->deadline_ms, err) < 0)
		return error_wrap(err, "%s", job->what);
	if (p->kind == PROVISION_SHELL)
		text_add(&script, p->content);
	else if (fs_read(p->from, SCRIPT_BYTES, &script, err) < 0)
		return error_wrap(err, "%s", job->what);
	if (place_script(job, &script, err) < 0)
		return -1;
	return run_placed(job, &script, err);
}

static int upload(struct job *job, struct error *err)
{
	const struct provisioner *p = job->p;
	const struct guest_file file = { .from = p->from, .to = p->to, .user = p->user };
	struct stat st;
	int rc;

	if (stat(p->from, &st) < 0)
		return error_errno(err, errno, "%s: cannot open '%s'", job->what, p->from);
	if (S_ISDIR(st.st_mode))
		rc = upload_tree(job->g, p->from, p->to, p->user, job->deadline_ms, err);
	else
		rc = guest_copy(job->g, &file, job->deadline_ms, err);
	return rc < 0 ? error_wrap(err, "%s", job->what) : 0;
}

int guest_provision(struct guest *g, const struct provisioner *p, const struct guest_output *output,
		    int64_t deadline_ms, struct error *err)
{
	struct job job = { .g = g, .p = p, .output = output, .deadline_ms = deadline_ms };
	int rc;

	job.what = xasprintf("provisioner '%s' in '%s'", p->name ? p->name : "", g->machine);
	rc = p->kind == PROVISION_UPLOAD ? upload(&job, err) : run_script(&job, err);
	free(job.what);
	free(job.directory);
	return rc;
}
