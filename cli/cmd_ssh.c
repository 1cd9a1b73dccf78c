/* SPDX-License-Identifier: Apache-2.0 */
/* bothy ssh: a shell in a machine, one command, or the system's ssh for what only that can do. */
#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/shared.h"
#include "cli/sshconfig.h"
#include "core/strings.h"

struct wishes {
	const char *command;
	enum option_choice tty;
	bool agent, x11, x11_trusted, plain;
	const char *jump;
	struct strings local, remote, dynamic;
	int argc; /* words for the system's ssh, behind "--" */
	char **argv;
	bool dashes;
};

struct words {
	const char **at;
	size_t count;
};

static void add(struct words *w, const char *word)
{
	w->at = xgrow(w->at, w->count, sizeof(*w->at));
	w->at[w->count++] = word;
}

static void add_each(struct words *w, const char *letter, const struct strings *values)
{
	for (size_t i = 0; i < values->count; i++) {
		add(w, letter);
		add(w, values->at[i]);
	}
}

/* ssh closes every descriptor above 2 when it starts, so its config has to be a file with a name. */
static int write_config(struct session *s, const char *machine, const char *path, bool plain,
			struct error *err)
{
	const struct sshconfig how = { .plain = plain };
	cleanup_text struct text config = { 0 };

	if (sshconfig_add(s, machine, &how, &config, err) < 0)
		return -1;
	return fs_write(path, text_str(&config), config.len, 0644, &s->owner, err);
}

static void add_wishes(struct words *w, const struct wishes *want)
{
	if (want->agent)
		add(w, "-A");
	if (want->x11)
		add(w, "-X");
	if (want->x11_trusted)
		add(w, "-Y");
	if (want->jump) {
		add(w, "-J");
		add(w, want->jump);
	}
	add_each(w, "-L", &want->local);
	add_each(w, "-R", &want->remote);
	add_each(w, "-D", &want->dynamic);
	if (want->tty != CHOICE_UNSET)
		add(w, want->tty == CHOICE_YES ? "-t" : "-T");
}

/* `ssh -F CONFIG … MACHINE WORDS`: ssh takes options after the host as well, so all keep their order. */
static int exec_system_ssh(struct session *s, const char *machine, const struct wishes *want,
			   struct error *err)
{
	cleanup_free char *path = session_machine_path(s, machine, "ssh_config");
	struct words w = { 0 };

	sshconfig_warn(s, machine);
	if (write_config(s, machine, path, want->plain, err) < 0)
		return -1;
	add(&w, "ssh");
	add(&w, "-F");
	add(&w, path);
	add_wishes(&w, want);
	add(&w, machine);
	for (int i = 0; i < want->argc; i++)
		add(&w, want->argv[i]);
	if (want->command)
		add(&w, want->command);
	add(&w, NULL);
	execvp("ssh", (char *const *)(uintptr_t)w.at);
	free(w.at);
	return error_errno(err, errno, "cannot run 'ssh'");
}

static int open_shell(struct session *s, const char *machine, const struct wishes *want,
		      struct error *err)
{
	struct guest_session session = { .command = want->command,
					 .in_fd = STDIN_FILENO,
					 .out_fd = STDOUT_FILENO,
					 .err_fd = STDERR_FILENO };

	session.tty = want->tty == CHOICE_UNSET ? !want->command && isatty(STDIN_FILENO) :
						  want->tty == CHOICE_YES;
	sshconfig_warn(s, machine);
	return shared_attach(s, machine, &session, err);
}

static bool needs_system_ssh(const struct session *s, const char *machine,
			     const struct wishes *want)
{
	return want->dashes || want->agent || want->x11 || want->x11_trusted || want->plain ||
	       want->jump || want->local.count || want->remote.count || want->dynamic.count ||
	       sshconfig_lends(s, machine);
}

static int log_in(struct session *s, int words, char **argv, struct wishes *want, struct error *err)
{
	const char *machine;
	int dashes = 0;

	while (dashes < words && strcmp(argv[dashes], "--") != 0)
		dashes++;
	want->dashes = dashes < words;
	if (want->dashes) {
		want->argc = words - dashes - 1;
		want->argv = argv + dashes + 1;
	}
	if (dashes > 1) {
		error_set(err, ERROR_USAGE, "one word too many: '%s'", argv[1]);
		return error_hint(
			err, "what is to run there is one word behind -c: bothy ssh %s -c '%s'",
			argv[0], argv[1]);
	}
	if (session_find_for(s, dashes, FORGOES_LOGIN, err) < 0 ||
	    session_select_one(s, dashes ? argv[0] : NULL, &machine, err) < 0)
		return -1;
	return needs_system_ssh(s, machine, want) ? exec_system_ssh(s, machine, want, err) :
						    open_shell(s, machine, want, err);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct wishes want = { .tty = CHOICE_UNSET };
	const struct option_row rows[] = {
		{ 'c', "command", OPTION_STRING, &want.command, "COMMAND",
		  "run this and return its exit status" },
		{ 't', "tty", OPTION_NO_FLAG, &want.tty, NULL,
		  "with or without a terminal in the guest" },
		{ 'A', "forward-agent", OPTION_FLAG, &want.agent, NULL,
		  "lend the guest your SSH agent" },
		{ 'X', "forward-x11", OPTION_FLAG, &want.x11, NULL, "lend the guest your display" },
		{ 'Y', "forward-x11-trusted", OPTION_FLAG, &want.x11_trusted, NULL,
		  "the same, and let it do as it likes there" },
		{ 'J', "jump", OPTION_STRING, &want.jump, "HOST",
		  "go by way of this one: USER@HOST:PORT" },
		{ 'L', "local-forward", OPTION_STRINGS, &want.local, "SPEC",
		  "a port of this host leads into the guest" },
		{ 'R', "remote-forward", OPTION_STRINGS, &want.remote, "SPEC",
		  "a port of the guest leads here" },
		{ 'D', "dynamic-forward", OPTION_STRINGS, &want.dynamic, "SPEC",
		  "a SOCKS proxy into the guest" },
		{ 'p', "plain", OPTION_FLAG, &want.plain, NULL,
		  "with your own user name and keys" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_WITH_DASHES, err);

	if (rc == 0)
		rc = log_in(s, argc, argv, &want, err);
	strings_free(&want.local);
	strings_free(&want.remote);
	strings_free(&want.dynamic);
	return rc < 0 ? -1 : 0;
}

const struct command cmd_ssh = {
	"ssh", "reach", "[OPTIONS] [-c COMMAND] [MACHINE] [-- SSH-WORDS…]", "Log in to a machine",
	run,
};
