/* SPDX-License-Identifier: Apache-2.0 */
/* bothy exec: one command with its words as they are, in one machine or several; returns its exit status, or the worst. */
#include "cli/commands.h"

#include <string.h>
#include <unistd.h>

#include "cli/fanout.h"
#include "cli/shared.h"
#include "core/strings.h"

static int exec_in(struct session *s, const char *machine, int argc, char **argv, bool tty,
		   struct error *err)
{
	cleanup_text struct text command = { 0 };
	struct guest_session session = {
		.tty = tty, .in_fd = STDIN_FILENO, .out_fd = STDOUT_FILENO, .err_fd = STDERR_FILENO
	};

	if (tty && s->out->json)
		return error_set(err, ERROR_USAGE, "a terminal is no document: --json or --tty");
	text_add_shell_words(&command, (const char *const *)(uintptr_t)argv, (size_t)argc);
	if (s->out->json)
		return fanout_document(s, machine, text_str(&command), err);
	session.command = text_str(&command);
	return shared_attach(s, machine, &session, err);
}

struct wishes {
	bool tty, all;
	int machines; /* words before "--" */
	int argc;     /* of the command */
	char **argv;
};

static int exec_in_many(struct session *s, char **words, const struct wishes *want,
			struct error *err)
{
	cleanup_text struct text command = { 0 };
	struct strings names = { 0 };
	int rc;

	if (want->tty)
		return error_set(err, ERROR_USAGE, "a terminal is for one machine only");
	text_add_shell_words(&command, (const char *const *)(uintptr_t)want->argv,
			     (size_t)want->argc);
	if (session_observe(s, err) < 0)
		return -1;
	rc = want->all ? session_select_running(s, &names, err) :
			 session_select(s, want->machines, words, &names, err);
	if (rc == 0)
		rc = fanout_run(s, &names, text_str(&command), err);
	strings_free(&names);
	return rc;
}

/* A pattern stands for several machines, also where it fits one. */
static bool means_many(const struct wishes *want, char **words)
{
	size_t len = want->machines == 1 ? strlen(words[0]) : 0;

	return want->all || want->machines > 1 ||
	       (len > 2 && words[0][0] == '/' && words[0][len - 1] == '/');
}

static int exec(struct session *s, char **words, const struct wishes *want, struct error *err)
{
	const char *machine;

	if (session_find_for(s, want->machines, FORGOES_LOGIN, err) < 0)
		return -1;
	if (means_many(want, words))
		return exec_in_many(s, words, want, err);
	if (session_select_one(s, want->machines ? words[0] : NULL, &machine, err) < 0)
		return -1;
	return exec_in(s, machine, want->argc, want->argv, want->tty, err);
}

/* As with Compose: exec web ls. Which of the words are machines is for the user to say. */
static int forgot_dashes(const char *machine, char **argv, int argc, struct error *err)
{
	cleanup_text struct text command = { 0 };

	text_add_shell_words(&command, (const char *const *)(uintptr_t)argv, (size_t)argc);
	error_set(err, ERROR_USAGE, "no command given: it stands behind '--'");
	return error_hint(err, "bothy exec %s -- %s", machine ? machine : "--all",
			  text_str(&command));
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct wishes want = { 0 };
	const struct option_row rows[] = {
		{ 'a', "all", OPTION_FLAG, &want.all, NULL, "in every machine that runs" },
		{ 't', "tty", OPTION_FLAG, &want.tty, NULL, "with a terminal in the guest" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_WITH_DASHES, err), dashes = 0;

	if (rc)
		return rc < 0 ? -1 : 0;
	while (dashes < argc && strcmp(argv[dashes], "--") != 0)
		dashes++;
	want.machines = dashes;
	want.argc = argc - dashes - 1;
	want.argv = argv + dashes + 1;
	if (dashes == argc && argc > !want.all)
		return forgot_dashes(want.all ? NULL : argv[0], argv + !want.all, argc - !want.all,
				     err);
	if (want.argc < 1 || (want.all && want.machines)) {
		error_set(err, ERROR_USAGE,
			  want.argc < 1 ? "no command given" : "--all and names of machines");
		return error_hint(err, "usage: bothy exec %s", cmd_exec.usage);
	}
	return exec(s, argv, &want, err);
}

const struct command cmd_exec = {
	"exec",
	"reach",
	"[-a | MACHINE…] [-t] -- COMMAND [WORD…]",
	"Run a command in machines, its words unchanged",
	run,
};
