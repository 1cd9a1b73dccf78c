/* SPDX-License-Identifier: Apache-2.0 */
/* Options of provisioners, each at its line. */
#include "core/provision_check.h"

#include <ctype.h>
#include <string.h>

#include "core/provision_ansible.h"
#include "core/provisioners.h"
#include "core/schema.h"
#include "core/text.h"

#define SHELL (1U << PROVISION_SHELL)
#define SCRIPT (1U << PROVISION_SCRIPT)
#define UPLOAD (1U << PROVISION_UPLOAD)
#define ANSIBLE (1U << PROVISION_ANSIBLE)
#define COMPOSE (1U << PROVISION_COMPOSE)
#define REBOOT (1U << PROVISION_REBOOT)
#define CLOUD_INIT (1U << PROVISION_CLOUD_INIT)
#define RUNS (SHELL | SCRIPT | ANSIBLE | COMPOSE)
#define ALL (RUNS | UPLOAD | REBOOT | CLOUD_INIT)

/* The one place that says which kind takes which option. What is not here is taken by none. */
static const struct {
	const char *key;
	unsigned kinds;
} options[] = {
	{ "name", ALL },
	{ "args", RUNS },
	{ "env", RUNS },
	{ "user", SHELL | SCRIPT | UPLOAD },
	{ "privileged", SHELL | SCRIPT },
	{ "cwd", SHELL | SCRIPT | COMPOSE },
	/* cloud-init reads its data at the first boot, whatever is asked for. */
	{ "when", ALL & ~CLOUD_INIT },
	{ "before", ALL },
	{ "after", ALL },
	{ "timeout", ALL },
	{ "retries", RUNS | UPLOAD },
	{ "sensitive", ALL & ~REBOOT },
	{ "sha256", SCRIPT },
	{ "machine", ALL },
	{ "project", COMPOSE },
	{ "user_data", CLOUD_INIT },
	{ "on", ANSIBLE },
	{ "groups", ANSIBLE },
	{ "host_vars", ANSIBLE },
	{ "extra_vars", ANSIBLE },
	{ "limit", ANSIBLE },
	{ "tags", ANSIBLE },
	{ "skip_tags", ANSIBLE },
	{ "start_at_task", ANSIBLE },
	{ "become", ANSIBLE },
	{ "become_user", ANSIBLE },
	{ "vault_password_file", ANSIBLE },
	{ "galaxy_role_file", ANSIBLE },
	{ "galaxy_roles_path", ANSIBLE },
	{ "inventory_path", ANSIBLE },
	{ "verbose", ANSIBLE },
};

bool provision_takes(enum provisioner_kind kind, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].key, key) == 0)
			return options[i].kinds >> kind & 1;
	}
	return false;
}

static void check_options(const struct provision_draft *d)
{
	for (size_t i = 0; i < schema_provisioner.count; i++) {
		const char *key = schema_provisioner.rows[i].key;

		if ((d->p->decl.said >> i & 1) && !provision_takes(d->p->kind, key))
			draft_problem(d, key, "%s takes no %s", provisioner_kind_name(d->p->kind),
				      key);
	}
}

static void check_name(const struct provision_draft *d)
{
	if (text_equal(d->p->name, "all"))
		draft_problem(d, "name", "'all' stands for all of them");
	if (text_equal(d->p->name, "each"))
		draft_problem(d, "name", "'each' stands for each of them");
}

static void check_login(const struct provision_draft *d)
{
	if (draft_says(d, "privileged") && !d->p->privileged && d->p->user)
		draft_problem(d, "privileged",
			      "false means whoever logs in, and user = \"%s\" somebody else",
			      d->p->user);
	if (d->p->cwd && d->p->cwd[0] != '/')
		draft_problem(d, "cwd", "expected an absolute path in the guest, got '%s'",
			      d->p->cwd);
}

/* The list of processes of a guest, or of this host, is everybody's to read. */
static void check_sensitive(const struct provision_draft *d)
{
	if (!d->p->sensitive || !d->p->args.count)
		return;
	draft_problem(d, "args", "arguments of a sensitive provisioner could be seen by others");
	problems_hint(d->n->problems, "give it what is secret by env = { … }");
}

static void check_digest(const struct provision_draft *d)
{
	struct provisioner *p = d->p;
	const char *hex = text_has_prefix(p->sha256, "sha256:") ? p->sha256 + strlen("sha256:") :
								  p->sha256;
	char *lower;

	if (strlen(hex) != DIGEST_HEX_BYTES - 1 ||
	    strspn(hex, "0123456789abcdefABCDEF") != strlen(hex)) {
		draft_problem(d, "sha256", "expected 64 hex digits");
		return;
	}
	lower = arena_strdup(&d->n->env->arena, hex);
	text_lower(lower);
	p->sha256 = lower;
}

/* A script from elsewhere is run as root: which one it is has to be known. */
static void check_url(const struct provision_draft *d)
{
	const struct provisioner *p = d->p;

	if (p->kind != PROVISION_SCRIPT)
		return;
	if (!provisioner_has_url(p)) {
		if (strstr(p->from, "://"))
			draft_problem(d, NULL, "'%s': only https:// can be used", p->from);
		else if (p->sha256)
			draft_problem(d, "sha256", "it is for scripts from an https:// URL");
		return;
	}
	if (!p->from[strlen("https://")] || strpbrk(p->from, " \t\r\n")) {
		draft_problem(d, NULL, "'%s' is no URL", p->from);
		return;
	}
	if (p->sha256) {
		check_digest(d);
	} else if (!draft_says(d, "sha256")) {
		draft_problem(d, NULL, "a script from a URL needs its digest: sha256 = \"…\"");
		problems_hint(d->n->problems, "look at the script, then at 'sha256sum' of it");
	}
}

/* As Docker Compose wants it: https://docs.docker.com/compose/how-tos/project-name/ */
static void check_project(const struct provision_draft *d)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	const char *name = d->p->project;

	if (name && (strspn(name, letters) != strlen(name) || !isalnum((unsigned char)*name)))
		draft_problem(d, "project",
			      "expected a name of a-z, 0-9, '_' and '-' that begins with a letter "
			      "or digit, got '%s'",
			      name);
}

static void check_cloud_init(const struct provision_draft *d)
{
	if (d->p->kind != PROVISION_CLOUD_INIT)
		return;
	if (!d->machine)
		draft_problem(d, NULL, "cloud_init belongs into a machine's provision");
	if (!d->p->content)
		draft_problem(d, NULL, "expected user_data = \"…\"");
}

void provision_check(const struct provision_draft *d)
{
	check_options(d);
	check_name(d);
	check_login(d);
	check_sensitive(d);
	check_url(d);
	check_project(d);
	check_cloud_init(d);
	if (d->p->kind == PROVISION_ANSIBLE)
		ansible_check(d);
}
