/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts. One goes into a private directory in the guest together with a wrapper that sets its
 * environment: values given on a command line could be read by every user of the guest.
 */
#include "guest/script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

#define TIDY_MS 5000
#define MARK "bothy-directory:"
#define NO_CWD "bothy-no-directory"

struct job {
	struct guest *g;
	const struct script *s;
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
	if (args && args->count) {
		text_add(t, " ");
		text_add_shell_words(t, args->at, args->count);
	}
	text_add(t, "\n");
}

/*
 * The program of a "#!" line is called by name, as the kernel would, since /tmp may be mounted
 * noexec. False if there is no such line.
 */
static bool add_interpreter(struct text *t, const char *script, size_t script_len)
{
	cleanup_free char *line = NULL;
	char *argument;
	size_t len;

	if (script_len < 3 || memcmp(script, "#!", 2) != 0)
		return false;
	line = xstrndup(script + 2, strcspn(script + 2, "\r\n"));
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

/* A relative directory is below the home that become_command() starts in. */
static void add_change_directory(struct text *out, const char *cwd, const char *otherwise)
{
	if (!cwd)
		return;
	text_add(out, "c=");
	text_add_shell_quoted(out, cwd);
	text_addf(
		out,
		"; case $c in '~') c=$HOME ;; '~/'*) c=$HOME/${c#??} ;; /*) ;; *) c=./$c ;; esac; "
		"cd \"$c\" 2>/dev/null || { %s; }; ",
		otherwise);
}

static int add_environment(struct text *out, const struct script *s, struct error *err)
{
	for (size_t i = 0; s->env && i < s->env->count; i++) {
		const struct env_var *var = &s->env->at[i];

		if (!is_variable_name(var->name))
			return error_set(err, ERROR_ENVFILE, "%s: '%s' is no name of a variable",
					 s->what, var->name);
		text_addf(out, "export %s=", var->name);
		text_add_shell_quoted(out, var->value);
		text_add(out, "\n");
	}
	return 0;
}

static int write_wrapper(const struct job *job, struct text *out, struct error *err)
{
	const struct script *s = job->s;

	add_change_directory(out, s->cwd, "exit 126");
	text_add(out, "unset c\n");
	if (add_environment(out, s, err) < 0)
		return -1;
	if (!add_interpreter(out, s->content, s->len)) {
		if (s->len >= 4 && memcmp(s->content, "\177ELF", 4) == 0)
			text_add(out, "exec");
		else
			text_add(out,
				 "s=sh; command -v bash >/dev/null 2>&1 && s=bash\nexec $s -e");
	}
	text_addf(out, " %s/script", job->directory);
	add_words(out, s->args);
	return 0;
}

static int no_directory(const struct script *s, struct error *err)
{
	error_set(err, ERROR_GUEST, "%s: cannot go into its cwd '%s'", s->what, s->cwd);
	return error_hint(err, "let an earlier provisioner make that directory");
}

static int place(struct job *job, struct error *err)
{
	const struct script *s = job->s;
	const struct run_input input = { .data = s->content, .len = s->len, .fd = -1 };
	cleanup_text struct text script = { 0 }, said = { 0 };
	cleanup_free char *command = NULL;
	int status;

	text_add(&script, "umask 077; ");
	add_change_directory(&script, s->cwd, "echo " NO_CWD "; exit 1");
	text_addf(&script,
		  "d=$(mktemp -d \"${TMPDIR:-/tmp}/bothy.XXXXXX\") || exit 1; "
		  "cat >\"$d/script\" && chmod 700 \"$d/script\" && "
		  "[ \"$(wc -c <\"$d/script\")\" -eq %zu ] && echo " MARK "\"$d\" && exit 0; "
		  "rm -rf \"$d\"; exit 1",
		  s->len);
	command = become_command(job->g, s->user, script.ptr);
	if (run_capture(job->g,
			&(struct run_spec){ .command = command,
					    .what = s->what,
					    .input = &input,
					    .deadline_ms = s->deadline_ms },
			&said, &status, err) < 0)
		return -1;
	if (said.ptr && strstr(said.ptr, NO_CWD))
		return no_directory(s, err);
	job->directory = status == 0 ? run_marked(&said, MARK) : NULL;
	if (job->directory)
		return 0;
	return error_set(err, ERROR_GUEST, "%s: cannot write the script: %s", s->what,
			 run_last_line(&said));
}

/*
 * Only when the wrapper could not do it: it was cut off by Ctrl-C or the deadline. Servers do not pass signals on to
 * all that a command started, so its processes are ended by their group, the stubborn ones after a second.
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
	command = become_command(job->g, job->s->user, script.ptr);
	run_command(job->g,
		    &(struct run_spec){ .command = command,
					.deadline_ms = clock_ms() + TIDY_MS,
					.regardless = true },
		    &status, &ignored);
	error_clear(&ignored);
}

/*
 * A session of its own: what tidy_up() ends must not be the server's own group, in which some run what they are
 * asked to. Both streams are one, since as two they would come here in another order.
 */
static int run_wrapper(const struct job *job, const struct text *wrapper, int *out_status,
		       struct error *err)
{
	const struct run_input input = { .data = wrapper->ptr, .len = wrapper->len, .fd = -1 };
	cleanup_text struct text script = { 0 };
	cleanup_free char *command = NULL;

	text_add(&script, "d=");
	text_add_shell_quoted(&script, job->directory);
	text_addf(&script,
		  "; trap 'rm -rf \"$d\"' EXIT; trap 'exit 129' HUP; trap 'exit 130' INT; "
		  "trap 'exit 143' TERM; umask 077; cat >\"$d/run\"; "
		  "[ \"$(wc -c <\"$d/run\")\" -eq %zu ] || "
		  "{ echo 'bothy: the script did not arrive as a whole'; exit 126; }; umask 022; "
		  "s=; command -v setsid >/dev/null 2>&1 && s=setsid; "
		  "$s sh -c 'read -r _ _ _ _ g _ </proc/self/stat && echo \"$g\" >\"$0/group\"; "
		  "exec sh \"$0/run\"' \"$d\" </dev/null 2>&1; exit $?",
		  wrapper->len);
	command = become_command(job->g, job->s->user, script.ptr);
	return run_command(job->g,
			   &(struct run_spec){ .command = command,
					       .what = job->s->what,
					       .input = &input,
					       .output = job->s->output,
					       .deadline_ms = job->s->deadline_ms },
			   out_status, err);
}

int script_wrap(const struct guest *g, const struct script *s, struct error *err)
{
	cleanup_free char *quoted = xasprintf("'%s'", g->machine);

	return error_wrap(err, "%s", err->text && strstr(err->text, quoted) ? s->who : s->what);
}

static void cut_off(const struct job *job, struct error *err)
{
	if (!strstr(err->text, job->s->who))
		script_wrap(job->g, job->s, err);
	error_hint(err,
		   "if it was to reboot the machine: reboot() is a provisioner that waits for it");
}

static int run_placed(const struct job *job, struct error *err)
{
	cleanup_text struct text wrapper = { 0 };
	int status, rc;

	rc = write_wrapper(job, &wrapper, err);
	if (rc == 0) {
		rc = run_wrapper(job, &wrapper, &status, err);
		if (rc < 0 && err->kind == ERROR_GUEST)
			cut_off(job, err);
	}
	if (rc < 0) {
		tidy_up(job);
		return -1;
	}
	if (status == 0)
		return 0;
	error_set(err, ERROR_GUEST, "%s failed with status %d", job->s->what, status);
	err->code = status;
	return -1;
}

int script_run(struct guest *g, const struct script *s, struct error *err)
{
	struct job job = { .g = g, .s = s };
	int rc;

	if (become_check(g, s->user, s->deadline_ms, err) < 0)
		return script_wrap(g, s, err);
	if (place(&job, err) < 0)
		return -1;
	rc = run_placed(&job, err);
	free(job.directory);
	return rc;
}
