/* SPDX-License-Identifier: Apache-2.0 */
/* Ansible on this host. */
#include "cli/ansible.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ansible_hosts.h"
#include "cli/logs.h"
#include "cli/trust.h"
#include "core/proc.h"
#include "core/stop.h"
#include "guest/ansible_command.h"

#define END_MASTER_MS 5000

struct play {
	const struct inside *in;
	const struct provisioner *p;
	const struct guest_output *output;
	int64_t deadline_ms;
	char *what;    /* for messages */
	char *kept;    /* directory of what stays */
	char *passing; /* directory of what is gone with this run: variables, sockets of ssh */
	char *inventory, *known_hosts, *extra_vars;
	struct ansible_paths paths;
};

static void play_clear(struct play *play)
{
	free(play->what);
	free(play->kept);
	free(play->passing);
	free(play->inventory);
	free(play->known_hosts);
	free(play->extra_vars);
}

/* --- files ----------------------------------------------------------------------------------- */

/* Of secrets nothing stays; everything else helps whoever wants to run Ansible by hand. */
static int make_directories(struct play *play, struct error *err)
{
	struct session *s = play->in->session;
	const char *machine = play->in->step->machine, *runtime = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *name = logs_stem(play->p->name);

	/* Not in the project: the path of a socket must be short. */
	play->passing =
		xasprintf("%s/bothy-ansible.XXXXXX",
			  runtime && *runtime == '/' && fs_exists(runtime) ? runtime : "/tmp");
	if (!mkdtemp(play->passing)) {
		error_errno(err, errno, "cannot make a directory like '%s'", play->passing);
		free(take_ptr(play->passing));
		return -1;
	}
	if (play->p->sensitive) {
		play->kept = xstrdup(play->passing);
		return 0;
	}
	play->kept = xasprintf("%s/ansible/%s/%s", s->state_dir, machine ? machine : "once", name);
	return fs_make_dirs(play->kept, 0700, &s->owner, err);
}

static int write_private(const struct play *play, const char *directory, const char *name,
			 const char *text, char **out_path, struct error *err)
{
	*out_path = fs_join(directory, name);
	return fs_write(*out_path, text, strlen(text), 0600, &play->in->session->owner, err);
}

/* JSON is YAML, and no name of a machine is read as anything else in it. */
static int write_inventory(struct play *play, struct error *err)
{
	cleanup_ansible_machines struct ansible_machines machines = { 0 };
	cleanup_free char *text = NULL;

	if (ansible_machines_find(play->in->session, play->in->step->machine, &machines, err) < 0 ||
	    write_private(play, play->kept, "known_hosts", text_str(&machines.known_hosts),
			  &play->known_hosts, err) < 0)
		return -1;
	machines.hosts.known_hosts = play->known_hosts;
	if (ansible_inventory(&play->p->ansible, &machines.hosts, &text, err) < 0)
		return -1;
	return write_private(play, play->kept, "inventory.yml", text, &play->inventory, err);
}

/* "@file" names a file of the project. */
static int write_extra_vars(struct play *play, struct error *err)
{
	const char *said = play->p->ansible.extra_vars, *file;
	json_t *vars = said ? json_loads(said, JSON_DECODE_ANY, NULL) : NULL;
	int rc = 0;

	if (!said)
		return 0;
	file = json_is_string(vars) ? json_string_value(vars) : vars ? NULL : said;
	if (file)
		play->extra_vars =
			fs_join(play->in->session->project.directory, file + (*file == '@'));
	else
		rc = write_private(play, play->passing, "extra-vars.json", said, &play->extra_vars,
				   err);
	json_decref(vars);
	return rc;
}

static int write_files(struct play *play, struct error *err)
{
	const struct ansible *a = &play->p->ansible;

	if (make_directories(play, err) < 0 || write_inventory(play, err) < 0 ||
	    write_extra_vars(play, err) < 0)
		return -1;
	play->paths = (struct ansible_paths){
		.playbook = play->p->from,
		.inventory = play->inventory,
		.extra_vars_file = play->extra_vars,
		.vault_password_file = a->vault_password_file,
		.galaxy_role_file = a->galaxy_role_file,
		.galaxy_roles_path = a->galaxy_roles_path,
		.inventory_path = a->inventory_path,
		.limit = play->in->step->machine,
	};
	return 0;
}

/* --- running --------------------------------------------------------------------------------- */

/* Takes `word` over. */
static void add_word(struct strings *words, char *word)
{
	words->at = xgrow(words->at, words->count, sizeof(*words->at));
	words->at[words->count++] = word;
}

/* What the user says of the environment wins. */
static void add_ours(const struct play *play, const char *name, const char *value,
		     struct strings *out)
{
	for (size_t i = 0; i < play->p->env.count; i++) {
		if (text_equal(play->p->env.at[i].name, name))
			return;
	}
	add_word(out, xasprintf("%s=%s", name, value));
}

static void make_environment(const struct play *play, struct strings *out)
{
	bool colour = play->in->session->out->color && !play->p->sensitive;

	for (size_t i = 0; i < play->p->env.count; i++)
		add_word(out,
			 xasprintf("%s=%s", play->p->env.at[i].name, play->p->env.at[i].value));
	if (play->paths.galaxy_roles_path)
		add_ours(play, "ANSIBLE_ROLES_PATH", play->paths.galaxy_roles_path, out);
	add_ours(play, "ANSIBLE_HOST_KEY_CHECKING", "true", out);
	add_ours(play, "ANSIBLE_FORCE_COLOR", colour ? "true" : "false", out);
	add_ours(play, "ANSIBLE_SSH_CONTROL_PATH_DIR", play->passing, out);
	add_ours(play, "PYTHONUNBUFFERED", "1", out);
	add_word(out, NULL);
}

static int run(const struct play *play, struct strings *words, struct error *err)
{
	const struct proc_output output = { .write = play->output ? play->output->write : NULL,
					    .ctx = play->output ? play->output->ctx : NULL };
	cleanup_ansible_words struct strings environment = { 0 };
	struct proc_spec spec = { .directory = play->in->session->project.directory,
				  .output = play->output ? &output : NULL,
				  .deadline_ms = play->deadline_ms };
	int status;

	make_environment(play, &environment);
	add_word(words, NULL);
	spec.argv = words->at;
	spec.environment = environment.at;
	if (proc_stream(&spec, &status, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			error_hint(err, "apt install ansible-core");
		return error_wrap(err, "%s", play->what);
	}
	if (status == 0)
		return 0;
	error_set(err, ERROR_GUEST, "%s: %s failed with status %d", play->what, words->at[0],
		  status);
	err->code = status;
	return -1;
}

static int run_all(const struct play *play, struct error *err)
{
	cleanup_ansible_words struct strings galaxy = { 0 }, playbook = { 0 };

	ansible_galaxy_command(&play->paths, &galaxy);
	if (galaxy.count && run(play, &galaxy, err) < 0)
		return -1;
	ansible_command(play->p, &play->paths, &playbook);
	return run(play, &playbook, err);
}

/* --- afterwards ------------------------------------------------------------------------------ */

/* A connection that ssh keeps for a minute would be taken for that to the next machine of the address. */
static void end_master(const char *socket)
{
	const char *argv[] = { "ssh", "-F", "none", "-O", "exit", "-S", socket, "bothy", NULL };
	const struct proc_spec spec = { .argv = argv,
					.deadline_ms = clock_ms() + END_MASTER_MS,
					.regardless = true };
	struct error none = { 0 };
	int status;

	proc_stream(&spec, &status, &none);
	error_clear(&none);
}

static void clean_up(const struct play *play)
{
	struct error none = { 0 };
	struct dirent *entry;
	DIR *directory = play->passing ? opendir(play->passing) : NULL;

	if (!play->passing)
		return;
	while (directory && (entry = readdir(directory))) {
		cleanup_free char *path = fs_join(play->passing, entry->d_name);

		if (entry->d_type == DT_SOCK)
			end_master(path);
	}
	if (directory)
		closedir(directory);
	fs_remove(play->passing, &none);
	error_clear(&none);
}

int ansible_on_host(const struct inside *in, const struct guest_output *output, int64_t deadline_ms,
		    struct error *err)
{
	const struct provisioner *p = in->step->provisioner;
	const char *machine = in->step->machine;
	__attribute__((__cleanup__(play_clear))) struct play play = {
		.in = in, .p = p, .output = output, .deadline_ms = deadline_ms
	};
	int rc;

	play.what = xasprintf(machine ? "provisioner '%s' in '%s'" : "provisioner '%s'", p->name,
			      machine);
	/* The machine may still be booting, or let in everybody who has Vagrant's key. */
	if (machine && in->provider->ops->has_guest && inside_log_in(in, err) < 0)
		return -1;
	rc = write_files(&play, err);
	if (rc == 0) {
		trust_enter(in->session);
		rc = trust_check_playbooks(in->session, err) < 0 ? -1 : run_all(&play, err);
		trust_leave(in->session);
	}
	clean_up(&play);
	return rc;
}
