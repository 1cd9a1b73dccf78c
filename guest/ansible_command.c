/* SPDX-License-Identifier: Apache-2.0 */
/* The words of ansible-playbook(1) and ansible-galaxy(1). */
#include "guest/ansible_command.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Takes `word` over. */
static void add_word(struct strings *words, char *word)
{
	words->at = xgrow(words->at, words->count, sizeof(*words->at));
	words->at[words->count++] = word;
}

/* In one word, so that no value is taken for an option. */
static void add_option(struct strings *words, const char *name, const char *value)
{
	if (value)
		add_word(words, xasprintf("--%s=%s", name, value));
}

static void add_list(struct strings *words, const char *name, const struct strings *values)
{
	cleanup_text struct text joined = { 0 };

	for (size_t i = 0; i < values->count; i++)
		text_addf(&joined, "%s%s", i ? "," : "", values->at[i]);
	if (values->count)
		add_option(words, name, joined.ptr);
}

static void add_verbose(struct strings *words, const char *verbose)
{
	if (!verbose)
		return;
	verbose += strspn(verbose, "-");
	if (*verbose)
		add_word(words, xasprintf("-%s", verbose));
}

static void add_extra_vars(struct strings *words, const char *file)
{
	if (file)
		add_word(words, xasprintf("--extra-vars=@%s", file));
}

void ansible_command(const struct provisioner *p, const struct ansible_paths *paths,
		     struct strings *out)
{
	const struct ansible *a = &p->ansible;

	*out = (struct strings){ 0 };
	add_word(out, xstrdup("ansible-playbook"));
	add_option(out, "inventory", paths->inventory);
	add_option(out, "inventory", paths->inventory_path);
	add_option(out, "limit", a->limit ? a->limit : paths->limit);
	if (a->become)
		add_word(out, xstrdup("--become"));
	add_option(out, "become-user", a->become_user);
	add_extra_vars(out, paths->extra_vars_file);
	add_option(out, "vault-password-file", paths->vault_password_file);
	add_list(out, "tags", &a->tags);
	add_list(out, "skip-tags", &a->skip_tags);
	add_option(out, "start-at-task", a->start_at_task);
	add_verbose(out, a->verbose);
	for (size_t i = 0; i < p->args.count; i++)
		add_word(out, xstrdup(p->args.at[i]));
	add_word(out, xstrdup(paths->playbook));
}

void ansible_galaxy_command(const struct ansible_paths *paths, struct strings *out)
{
	*out = (struct strings){ 0 };
	if (!paths->galaxy_role_file)
		return;
	add_word(out, xstrdup("ansible-galaxy"));
	add_word(out, xstrdup("install"));
	add_option(out, "role-file", paths->galaxy_role_file);
	add_option(out, "roles-path", paths->galaxy_roles_path);
	/* Else a role that has another version in the file now stays as it is. */
	add_word(out, xstrdup("--force"));
}

void ansible_environment(const struct ansible_paths *paths, struct strings *out)
{
	if (paths->galaxy_roles_path)
		add_word(out, xasprintf("ANSIBLE_ROLES_PATH=%s", paths->galaxy_roles_path));
}

void ansible_words_free(struct strings *words)
{
	for (size_t i = 0; i < words->count; i++)
		free((char *)(uintptr_t)words->at[i]);
	free(words->at);
	*words = (struct strings){ 0 };
}
