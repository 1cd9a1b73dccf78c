/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one invocation works with: the project and its file, the providers, what exists, the lock.
 * Commands ask for what they need; each thing is made once.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/out.h"
#include "core/env.h"
#include "core/fs.h"
#include "core/observed.h"
#include "core/plan.h"
#include "core/record.h"
#include "providers/provider.h"

#define SESSION_PROVIDERS 8

struct stock; /* cli/stock.h */
struct pins;  /* cli/pins.h */

struct session_options {
	const char *directory; /* -C */
	const char *provider;  /* --provider */
	bool no_input;
};

struct session {
	struct session_options options;
	struct out *out;
	const char *command; /* for the lock's holder */
	char *home;          /* where boxes live */
	char *entered;       /* backs options.directory once an id has led into another project */

	struct project project; /* of the env, or of machines found without a file */
	char *directory;        /* backs project.directory */
	char *project_name;     /* backs project.name where there is no file */
	char *state_dir;        /* <directory>/.bothy */
	struct owner owner;     /* of what is written into the project */
	bool has_env;
	struct env env;
	bool trusted; /* for this run, whatever what it runs changes; see cli/trust.h */
	struct trust_watch {
		char playbooks[DIGEST_HEX_BYTES]; /* as they are trusted; "": nothing is */
		unsigned running;                 /* what of them runs on this host */
		bool changed;                     /* by nothing that ran on this host */
	} watch;                                  /* see trust_enter() */
	struct problems problems;                 /* of the file; printed with the error */
	bool file_is_bad;                         /* it is there, but nothing may be done by it */
	const char *forgoes;                      /* see session_find() */
	int lock_fd;

	struct stock *stock; /* what is configured about boxes; NULL: not asked for yet */
	struct pins *pins;   /* bothy.lock; NULL likewise */

	struct provider *providers[SESSION_PROVIDERS]; /* parallel to providers[]; NULL: not open */
	bool has_observed;
	struct observed observed; /* of every project */
	struct error
		silent[SESSION_PROVIDERS]; /* parallel likewise: why it did not say what exists */

	struct machine_view *views; /* one a machine of env */
	struct record *records;
	size_t view_count;

	int exit_status; /* of the program where the command did not fail: a remote status, destroy's 1 and 2 */
};

void session_init(struct session *s, const struct session_options *options, struct out *out);
void session_clear(struct session *s);
/* Of what is made at that path: s->owner in the project, NULL, the caller, elsewhere. */
const struct owner *session_owner_of(const struct session *s, const char *path);

/* Finds bothy.lua (from the directory upwards, or $BOTHY_FILE) and loads it. ERROR_ENVFILE leaves its mistakes in s->problems. */
int session_load(struct session *s, struct error *err);
/*
 * The same, but without a file anywhere the project is one whose machines exist for this directory or a parent.
 * `forgoes`, static: NULL for a command that needs what the file says. Else what provisioners and folders name may be
 * gone, and with a file that has mistakes or cannot be read the command goes by the machines that exist for its
 * directory, as if there was none; a warning tells why, and `forgoes`: what is not done or known then ("": nothing
 * worth telling).
 */
int session_find(struct session *s, const char *forgoes, struct error *err);
/* session_find(), but with words on the command line it may come to nothing: they may be ids. */
int session_find_for(struct session *s, int words, const char *forgoes, struct error *err);
/* What commands that log in forgo. */
#define FORGOES_LOGIN "its 'ssh' and 'primary' do not count"
/* That warning, where session_load() failed with `why` and s->file_is_bad. */
void session_warn_forgone(const struct session *s, const struct error *why);
/* Makes the project of that machine the session's, without a file. ERROR_DENIED if its .bothy cannot be used. */
int session_enter(struct session *s, const struct observed_machine *m, struct error *err);
/* Forgets the project and its file; what was observed stays. */
void session_leave(struct session *s);
/* Makes <project>/.bothy and takes its lock. */
int session_lock(struct session *s, struct error *err);

/* How they are reached. All borrowed. */
struct provider_conf session_engines_conf(const struct session *s);
/* Opens that provider, or returns the open one. Borrowed. */
int session_provider(struct session *s, const char *name, struct provider **out, struct error *err);
/* The error about a word of --provider, or else of BOTHY_PROVIDER, that is none: ERROR_USAGE. Returns -1. */
int session_no_provider(const struct session *s, const char *wanted, struct error *err);
/* Some provider of that engine: an open one if there is one. Borrowed. */
int session_engine(struct session *s, const char *engine, struct provider **out, struct error *err);
/* False only if nothing was ever made by that provider: the fake one has no file then, and should get none. */
bool session_may_hold(const struct session *s, const struct provider_ops *ops);
/*
 * Asks the engines what exists. Those that machines of env use must answer; others are asked if
 * they are there. Does it once; session_forget() makes it look again.
 */
int session_observe(struct session *s, struct error *err);
/* The same, but -1 only if the user interrupted: s->silent tells of engines that do not answer. */
int session_observe_some(struct session *s, struct error *err);
/*
 * After session_observe_some(): why it is not known which machines providers[provider] has; NULL if it is, or if there
 * is none that could be meant: many a host lacks the engine of containers, and no container was ever made there.
 * Borrowed. A command that goes on without what it would have been told makes its exit status SESSION_UNREACHED.
 */
const struct error *session_doubt(const struct session *s, size_t provider);
#define SESSION_UNREACHED 69 /* that of ERROR_ENGINE */
void session_forget(struct session *s);

/*
 * Words → machine names: exact names, /regex/, or ids (a unique prefix of at least 4 characters, of
 * machines of any project: then, unless it is locked, the session becomes that project's). Needs
 * session_find() or session_load() before unless ids are given. Freed with strings_free().
 */
int session_select(struct session *s, int argc, char **argv, struct strings *out,
		   struct error *err);
/* Whether session_select() might make another project the session's. */
bool session_may_leave(const struct session *s, int argc, char **argv);
/* All of the project that run and can be logged into; none is ERROR_NOT_FOUND, so that scripts notice. Likewise freed. */
int session_select_running(struct session *s, struct strings *out, struct error *err);
/* The one machine meant: the word, else the primary, else the only one. */
int session_select_one(struct session *s, const char *word, const char **out_name,
		       struct error *err);

/* What the planner needs to know of boxes, records and keys. Done once. */
int session_views(struct session *s, struct error *err);
/* Files of a machine's directory that more than one place here uses. */
#define MACHINE_RECORD "provision.json"    /* core/record.h */
#define MACHINE_KNOWN_KEY "well-known-key" /* there: its box came with Vagrant's key */
#define MACHINE_KNOWN_HOSTS "known_hosts"  /* for the system's ssh */
/* <project>/.bothy/machines/<name>, joined with `file` if not NULL. Caller frees. */
char *session_machine_path(const struct session *s, const char *machine, const char *file);

#endif
