/* SPDX-License-Identifier: Apache-2.0 */
/* Ansible in the guest: its files there, the script that runs it, and nothing left of them afterwards. */
#include "guest/ansible_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "core/names.h"
#include "core/provision_source.h"
#include "core/stop.h"
#include "guest/ansible_command.h"
#include "guest/ansible_inventory.h"
#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"
#include "guest/upload.h"

#define TIDY_MS 10000
#define MARK "bothy-directory:"

struct play {
	struct guest *g;
	const struct provisioner *p;
	const struct script *s;
	char *directory;            /* in the guest, of mode 0700 */
	char *source;               /* of the playbook, on the host */
	struct arena arena;         /* of paths */
	struct ansible_paths paths; /* in the guest */
};

/* Says what installs it where it is missing; ends with 0 where it is not, and has made the directory. */
static int prepare(struct play *play, struct error *err)
{
	static const char probe[] =
		"PATH=$PATH:/usr/local/bin; command -v ansible-playbook >/dev/null 2>&1 || { "
		"for i in 'apt-get install -y ansible' 'dnf install -y ansible-core' "
		"'apk add ansible' 'zypper install -y ansible' 'pacman -S --noconfirm ansible'; do "
		"command -v \"${i%% *}\" >/dev/null 2>&1 && { echo \"$i\"; exit 10; }; done; exit 11; }; "
		"umask 077; d=$(mktemp -d \"${TMPDIR:-/tmp}/bothy.XXXXXX\") && echo " MARK "\"$d\"";
	const struct script *s = play->s;
	cleanup_free char *command = become_command(play->g, s->user, probe);
	cleanup_text struct text said = { 0 };
	int status;

	if (run_capture(play->g,
			&(struct run_spec){ .command = command,
					    .what = s->what,
					    .deadline_ms = s->deadline_ms },
			&said, &status, err) < 0)
		return -1;
	if (status == 10 || status == 11) {
		error_set(err, ERROR_GUEST, "%s: there is no ansible-playbook in '%s'", s->who,
			  play->g->machine);
		return error_hint(err, "let an earlier provisioner install it%s%s",
				  status == 10 ? ": " : "",
				  status == 10 ? run_last_line(&said) : "");
	}
	play->directory = status == 0 ? run_marked(&said, MARK) : NULL;
	if (play->directory)
		return 0;
	return error_set(err, ERROR_GUEST, "%s: cannot make a directory: %s", s->what,
			 run_last_line(&said));
}

static void tidy_up(const struct play *play)
{
	cleanup_text struct text script = { 0 };
	cleanup_free char *command = NULL;
	struct error ignored = { 0 };
	int status;

	text_add(&script, "rm -rf ");
	text_add_shell_quoted(&script, play->directory);
	command = become_command(play->g, play->s->user, script.ptr);
	run_command(play->g,
		    &(struct run_spec){ .command = command,
					.deadline_ms = clock_ms() + TIDY_MS,
					.regardless = true },
		    &status, &ignored);
	error_clear(&ignored);
}

/* Where a file of that name is in the guest. Of the arena. */
static const char *place(struct play *play, const char *name)
{
	return arena_printf(&play->arena, "%s/%s", play->directory, name);
}

static int copy(const struct play *play, const char *from, const char *to, struct error *err)
{
	const struct guest_file file = { .from = from,
					 .within = play->p->within,
					 .to = to,
					 .user = play->s->user ? play->s->user : "root" };
	struct stat st;

	if (stat(from, &st) < 0)
		return error_errno(err, errno, "cannot open '%s'", from);
	return S_ISDIR(st.st_mode) ? upload_tree(play->g, &file, play->s->deadline_ms, err) :
				     guest_copy(play->g, &file, play->s->deadline_ms, err);
}

static int write_text(const struct play *play, const char *text, const char *to, struct error *err)
{
	const struct guest_file file = { .content = text,
					 .content_len = strlen(text),
					 .to = to,
					 .mode = 0600,
					 .user = play->s->user ? play->s->user : "root" };

	return guest_copy(play->g, &file, play->s->deadline_ms, err);
}

/*
 * Of what stands beside a playbook only what Ansible looks for there: a whole project may do, with its machines' disks.
 * Neighbours may be links: where they lead was looked at when it was asked whether this project is trusted.
 */
static bool is_part(const char *directory, const char *name)
{
	static const char *const others[] = {
		"defaults",         "module_utils",      "collections",      "playbooks",
		"filter_plugins",   "test_plugins",      "lookup_plugins",   "action_plugins",
		"vars_plugins",     "cache_plugins",     "callback_plugins", "inventory_plugins",
		"strategy_plugins", "connection_plugins"
	};
	cleanup_free char *path = fs_join(directory, name);
	struct stat st;

	if (provision_is_neighbour(name))
		return true;
	if (lstat(path, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return text_has_suffix(name, ".yml") || text_has_suffix(name, ".yaml");
	for (size_t i = 0; S_ISDIR(st.st_mode) && i < ARRAY_SIZE(others); i++) {
		if (strcmp(name, others[i]) == 0)
			return true;
	}
	return false;
}

static int copy_parts(struct play *play, struct error *err)
{
	cleanup_names struct names names;

	if (names_in(play->source, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.at[i];
		cleanup_free char *from = fs_join(play->source, name);
		cleanup_free char *to = xasprintf("%s/play/%s", play->directory, name);

		if (is_part(play->source, name) && copy(play, from, to, err) < 0)
			return -1;
	}
	return 0;
}

/* A file that the provisioner names: its place in the guest, or NULL as it was. */
static int bring(struct play *play, const char *from, const char *name, const char **out,
		 struct error *err)
{
	const char *to = place(play, name);

	if (!from)
		return 0;
	if (copy(play, from, to, err) < 0)
		return -1;
	*out = to;
	return 0;
}

/* Never on a command line, where every user of the guest could read them. */
static int bring_extra_vars(struct play *play, struct error *err)
{
	const char *vars = play->p->ansible.extra_vars, *to = place(play, "extra_vars.json");
	cleanup_free char *from = NULL;
	json_t *word;
	int rc;

	if (!vars)
		return 0;
	word = json_loads(vars, JSON_DECODE_ANY, NULL);
	if (json_is_string(word))
		vars = json_string_value(word);
	if (*vars == '@')
		from = fs_join(play->source, vars + 1);
	rc = from ? copy(play, from, to, err) : write_text(play, vars, to, err);
	json_decref(word);
	if (rc == 0)
		play->paths.extra_vars_file = to;
	return rc;
}

static int bring_inventory(struct play *play, struct error *err)
{
	struct ansible_host own = { .name = play->g->machine, .local = true };
	const struct ansible_hosts hosts = { .at = &own, .count = 1 };
	cleanup_free char *text = NULL;

	play->paths.inventory = place(play, "inventory.json");
	play->paths.limit = play->g->machine;
	return ansible_inventory(&play->p->ansible, &hosts, &text, err) < 0 ?
		       -1 :
		       write_text(play, text, play->paths.inventory, err);
}

/* What ansible-galaxy brings goes beside the roles that are there already. */
static int bring_roles(struct play *play, struct error *err)
{
	const struct ansible *a = &play->p->ansible;

	if (!a->galaxy_roles_path && !a->galaxy_role_file)
		return 0;
	play->paths.galaxy_roles_path = place(play, "roles");
	if (!a->galaxy_roles_path || !fs_exists(a->galaxy_roles_path))
		return 0;
	return copy(play, a->galaxy_roles_path, play->paths.galaxy_roles_path, err) < 0 ?
		       script_wrap(play->g, play->s, err) :
		       0;
}

static int bring_all(struct play *play, struct error *err)
{
	const struct ansible *a = &play->p->ansible;
	const char *slash = strrchr(play->p->from, '/');

	play->paths.playbook = place(play, "play");
	play->paths.playbook = arena_printf(&play->arena, "%s/%s", play->paths.playbook,
					    slash ? slash + 1 : play->p->from);
	if (copy_parts(play, err) < 0 || copy(play, play->p->from, play->paths.playbook, err) < 0 ||
	    bring(play, a->vault_password_file, "vault", &play->paths.vault_password_file, err) <
		    0 ||
	    bring(play, a->galaxy_role_file, "requirements.yml", &play->paths.galaxy_role_file,
		  err) < 0 ||
	    bring(play, a->inventory_path, "inventory", &play->paths.inventory_path, err) < 0 ||
	    bring_extra_vars(play, err) < 0 || bring_inventory(play, err) < 0)
		return script_wrap(play->g, play->s, err);
	return bring_roles(play, err);
}

static void add_line(struct text *t, const char *before, const struct strings *words)
{
	if (!words->count)
		return;
	text_add(t, before);
	text_add_shell_words(t, words->at, words->count);
	text_add(t, "\n");
}

static void write_script(const struct play *play, struct text *out)
{
	struct strings galaxy, playbook, environment = { 0 };

	ansible_galaxy_command(&play->paths, &galaxy);
	ansible_command(play->p, &play->paths, &playbook);
	ansible_environment(&play->paths, &environment);
	text_add(out, "#!/bin/sh\nset -e\nPATH=$PATH:/usr/local/bin\n"
		      "export PYTHONUNBUFFERED=1 ANSIBLE_RETRY_FILES_ENABLED=0\n");
	if (!play->s->cwd) {
		text_add(out, "cd ");
		text_add_shell_quoted(out, play->directory);
		text_add(out, "/play\n");
	}
	add_line(out, "export ", &environment);
	add_line(out, "", &galaxy);
	add_line(out, "exec ", &playbook);
	ansible_words_free(&galaxy);
	ansible_words_free(&playbook);
	ansible_words_free(&environment);
}

int ansible_inside(struct guest *g, const struct provisioner *p, const struct script *s,
		   struct error *err)
{
	struct play play = { .g = g, .p = p, .s = s };
	const char *slash = strrchr(p->from, '/');
	struct script own = *s;
	cleanup_text struct text content = { 0 };
	int rc;

	if (become_check(g, s->user, s->deadline_ms, err) < 0)
		return script_wrap(g, s, err);
	if (prepare(&play, err) < 0)
		return -1;
	play.source = slash ? xstrndup(p->from, (size_t)(slash - p->from) + 1) : xstrdup(".");
	rc = bring_all(&play, err);
	if (rc == 0) {
		write_script(&play, &content);
		own.content = content.ptr;
		own.len = content.len;
		own.args = NULL;
		rc = script_run(g, &own, err);
	}
	tidy_up(&play);
	arena_clear(&play.arena);
	free(play.source);
	free(play.directory);
	return rc;
}
