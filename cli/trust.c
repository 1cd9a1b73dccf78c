/* SPDX-License-Identifier: Apache-2.0 */
/* What a project's file may do to this host, and who said so. */
#include "cli/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/change.h"
#include "cli/logs.h"
#include "cli/playbooks.h"
#include "core/outside.h"
#include "core/printable.h"
#include "core/provisioners.h"

#define RECORD_VERSION "bothy trust 1"
#define RECORD_BYTES 4096

/* Of what was trusted. */
struct trusted {
	char environment[DIGEST_HEX_BYTES];
	char playbooks[DIGEST_HEX_BYTES]; /* only for who trusts the rest: they may lie outside */
};

static char *record_path(const struct session *s)
{
	return xasprintf("%s/trust/%s", s->home, s->project.id);
}

static void environment_digest(const struct session *s, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();
	const struct env *env = &s->env;

	digest_add_field(d, RECORD_VERSION);
	digest_add_field(d, env->project.directory);
	for (size_t i = 0; i < env->source_count; i++) {
		digest_add_field(d, env->sources[i].name);
		digest_add_field(d, env->sources[i].digest);
	}
	digest_add_field(d, NULL);
	for (size_t i = 0; i < env->want_count; i++) {
		static const char *const kinds[] = { "command", "path", "agent" };

		digest_add_field(d, kinds[env->wants[i].kind]);
		digest_add_field(d, env->wants[i].machine);
		digest_add_field(d, env->wants[i].what);
		digest_add_field(d, env->wants[i].why);
	}
	digest_finish(d, out_hex);
}

/*
 * Whoever can write the record can be trusted with what it says. That is not so where it lies in the project, unless
 * the whole home of the user does.
 */
static bool is_place_safe(const struct session *s)
{
	cleanup_free char *user = fs_user_home(), *directory = fs_join(s->home, "trust");
	const char *project = s->project.directory;

	return path_is_outside(project, directory, NULL) ||
	       (user && !path_is_outside(project, user, NULL));
}

/* False if there is none that counts. */
static bool load(const struct session *s, struct trusted *out)
{
	cleanup_free char *path = record_path(s);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[RECORD_BYTES];
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) || !is_place_safe(s))
		return false;
	len = read(fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	return sscanf(text, RECORD_VERSION "\nenvironment %64s\nplaybooks %64s\n", out->environment,
		      out->playbooks) == 2;
}

bool trust_given(const struct session *s)
{
	cleanup_error struct error unreadable = { 0 };
	char now[DIGEST_HEX_BYTES];
	struct trusted t;

	if (s->env.want_count == 0 || s->trusted)
		return true;
	if (!load(s, &t))
		return false;
	environment_digest(s, now);
	if (strcmp(now, t.environment) != 0)
		return false;
	return playbooks_digest(&s->env, now, &unreadable) == 0 && strcmp(now, t.playbooks) == 0;
}

int trust_give(struct session *s, struct error *err)
{
	cleanup_free char *directory = fs_join(s->home, "trust"), *path = record_path(s),
			  *text = NULL;
	struct trusted t;

	if (!is_place_safe(s)) {
		error_set(err, ERROR_DENIED,
			  "cannot keep what is trusted in '%s': that is in the project", s->home);
		return error_hint(err, "let BOTHY_HOME be a directory outside of it");
	}
	environment_digest(s, t.environment);
	if (playbooks_digest(&s->env, t.playbooks, err) < 0)
		return -1;
	text = xasprintf(RECORD_VERSION "\nenvironment %s\nplaybooks %s\ndirectory %s\n",
			 t.environment, t.playbooks, s->project.directory);
	if (fs_make_dirs(s->home, 0755, NULL, err) < 0 ||
	    fs_make_dirs(directory, 0700, NULL, err) < 0 ||
	    fs_write(path, text, strlen(text), 0600, NULL, err) < 0)
		return error_wrap(err, "cannot note that '%s' is trusted", s->env.file);
	return 0;
}

int trust_take(struct session *s, struct error *err)
{
	cleanup_free char *path = record_path(s);

	return fs_remove(path, err);
}

static bool shares_outside(const struct machine *m)
{
	for (size_t i = 0; m && i < m->folder_count; i++) {
		if (m->folders[i].outside)
			return true;
	}
	return false;
}

/* What is put into a machine when it is made. */
static const struct provisioner *seeds_outside(const struct machine *m)
{
	for (size_t i = 0; m && i < m->provision.count; i++) {
		const struct provisioner *p = &m->provision.at[i];

		if (p->kind == PROVISION_CLOUD_INIT && p->outside)
			return p;
	}
	return NULL;
}

bool trust_concerns(const struct step *step)
{
	switch (step->kind) {
	case STEP_HOOK:
		return step->hook->kind == HOOK_HOST;
	case STEP_PROVISION:
		return step->provisioner->outside || provisioner_is_on_host(step->provisioner);
	case STEP_CREATE:
	case STEP_UPDATE:
		return shares_outside(step->want) || seeds_outside(step->want);
	case STEP_START:
	case STEP_FOLDERS:
		return shares_outside(step->want);
	case STEP_BOX:
	case STEP_NETWORK:
	case STEP_PUBLISH:
	case STEP_READY:
	case STEP_STOP:
	case STEP_REMOVE:
	case STEP_NETWORK_REMOVE:
		break;
	}
	return false;
}

char *trust_describe(const struct want *want)
{
	cleanup_free char *what = printable_line(want->what), *why = printable_line(want->why);
	cleanup_free char *of = want->machine ? xasprintf(" of '%s'", want->machine) : xstrdup("");

	switch (want->kind) {
	case WANT_COMMAND:
		return xasprintf("runs on this host, %s%s: %s", why, of, what);
	case WANT_PATH:
		return xasprintf("reaches out of the project, %s%s: %s", why, of, what);
	case WANT_AGENT:
		break;
	}
	return xasprintf("lends what is yours, %s%s: %s", why, of, what);
}

/* What the file says where it wants that; NULL if it does not. */
static const struct want *find_want(const struct session *s, const char *machine, const char *why,
				    int line)
{
	for (size_t i = 0; i < s->env.want_count; i++) {
		const struct want *want = &s->env.wants[i];

		if (text_equal(want->machine, machine) && text_has_prefix(want->why, why) &&
		    (!line || want->line == line))
			return want;
	}
	return NULL;
}

/* " of machine 'web' (bothy.lua:4)" */
static char *name_place(const char *machine, const struct want *want)
{
	cleanup_free char *of = machine ? xasprintf("machine '%s'", machine) :
					  xstrdup("once_all_up");

	return want ? xasprintf(" of %s (%s:%d)", of, want->file, want->line) :
		      xasprintf(" of %s", of);
}

static char *name_provisioner(const struct session *s, const struct provisioner *p,
			      const char *machine)
{
	const char *why = p->outside ? provisioner_kind_name(p->kind) : "provisioner ";
	cleanup_free char *place = name_place(machine, find_want(s, machine, why, p->decl.line));

	return xasprintf("provisioner '%s'%s", p->name, place);
}

static char *name_folder(const struct session *s, const char *machine)
{
	const struct want *want = find_want(s, machine, "folder ", 0);
	cleanup_free char *place = name_place(machine, want);

	return xasprintf("the %s%s", want ? want->why : "folders", place);
}

/* As a user finds it in the file: "hook before_up of machine 'web' (bothy.lua:4)". Caller frees. */
static char *name_step(const struct session *s, const struct step *step)
{
	const struct provisioner *seed = seeds_outside(step->want);
	const struct hook *h = step->hook;

	if (step->kind == STEP_HOOK)
		return xasprintf("hook %s of machine '%s' (%s:%d)", hook_event_name(h->event),
				 step->machine, h->file, h->line);
	if (step->kind == STEP_PROVISION)
		return name_provisioner(s, step->provisioner, logs_machine(s, step));
	return shares_outside(step->want) ? name_folder(s, step->want->name) :
					    name_provisioner(s, seed, step->want->name);
}

static int refuse(const struct session *s, const struct step *step, const char *instead,
		  struct error *err)
{
	cleanup_free char *name = name_step(s, step), *line = printable_line(name);

	error_set(err, ERROR_DECLINED, "'%s' is not trusted, which is needed for %s", s->env.file,
		  line);
	return error_hint(err,
			  "'bothy trust --show' tells what it wants of this host, "
			  "'bothy trust' lets it have that%s",
			  instead);
}

static void show_wants(struct session *s)
{
	out_warn(s->out, "'%s' wants more of this host than its own directory:", s->env.file);
	for (size_t i = 0; i < s->env.want_count; i++) {
		const struct want *want = &s->env.wants[i];
		cleanup_free char *text = trust_describe(want);

		out_warn(s->out, "  %s:%d: %s", want->file, want->line, text);
	}
}

/* --- while it runs --------------------------------------------------------------------------- */

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;

void trust_enter(struct session *s)
{
	struct trust_watch *w = &s->watch;
	cleanup_error struct error unreadable = { 0 };
	char now[DIGEST_HEX_BYTES];

	pthread_mutex_lock(&watch_lock);
	/* While something runs nobody can tell whose a change is. */
	if (!w->running && w->playbooks[0] &&
	    (playbooks_digest(&s->env, now, &unreadable) < 0 || strcmp(now, w->playbooks) != 0))
		w->changed = true;
	w->running++;
	pthread_mutex_unlock(&watch_lock);
}

void trust_leave(struct session *s)
{
	struct trust_watch *w = &s->watch;
	cleanup_error struct error unreadable = { 0 };
	char now[DIGEST_HEX_BYTES];

	pthread_mutex_lock(&watch_lock);
	w->running--;
	if (!w->running && w->playbooks[0] && playbooks_digest(&s->env, now, &unreadable) == 0)
		memcpy(w->playbooks, now, sizeof(now));
	pthread_mutex_unlock(&watch_lock);
}

int trust_check_playbooks(const struct session *s, struct error *err)
{
	bool changed;

	pthread_mutex_lock(&watch_lock);
	changed = s->watch.changed;
	pthread_mutex_unlock(&watch_lock);
	if (!changed)
		return 0;
	error_set(err, ERROR_DECLINED, "what runs on this host changed after it was trusted");
	return error_hint(err, "see which playbook or what beside it did, and by whom; then 'bothy "
			       "trust' trusts it as it is");
}

/* --- asking ---------------------------------------------------------------------------------- */

/* That it is trusted from here on. */
static void begin(struct session *s)
{
	struct trusted t;

	s->trusted = true;
	s->watch = (struct trust_watch){ 0 };
	if (load(s, &t))
		memcpy(s->watch.playbooks, t.playbooks, sizeof(t.playbooks));
}

static const struct step *first_concerned(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (trust_concerns(&plan->steps[i]))
			return &plan->steps[i];
	}
	return NULL;
}

int trust_check(struct session *s, const struct plan *plan, struct error *err)
{
	const struct step *step = first_concerned(plan);
	cleanup_free char *action = NULL;
	const char *instead;
	bool yes = false;

	if (!step)
		return 0;
	s->trusted = false;
	if (trust_given(s)) {
		begin(s);
		return 0;
	}
	if (!s->out->json)
		show_wants(s);
	instead = step->kind == STEP_HOOK ? "; --no-hooks leaves hooks out" : "";
	action = xasprintf("trust '%s' with that", s->env.file);
	if (change_ask(s, action, &yes, err) < 0) {
		if (err->kind != ERROR_DECLINED)
			return -1;
		return refuse(s, step, instead, err);
	}
	if (!yes)
		return refuse(s, step, instead, err);
	if (trust_give(s, err) < 0)
		return -1;
	begin(s);
	return 0;
}
