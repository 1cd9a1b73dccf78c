/* SPDX-License-Identifier: Apache-2.0 */
/* The words of ansible-playbook(1) and ansible-galaxy(1), wherever they run: on this host or in a guest. */
#ifndef GUEST_ANSIBLE_COMMAND_H
#define GUEST_ANSIBLE_COMMAND_H

#include "core/provisioner.h"

/* Where things lie for whoever runs it; NULL: not given. All borrowed. */
struct ansible_paths {
	const char *playbook;
	const char *inventory;           /* the one that was written */
	const char *extra_vars_file;     /* JSON or YAML */
	const char *vault_password_file; /* this one and those below as in struct ansible */
	const char *galaxy_role_file, *galaxy_roles_path;
	const char *inventory_path;
	const char *
		limit; /* which machines where the provisioner says nothing; NULL: all of the inventory */
};

/*
 * The words of ansible-playbook. What the user wrote as `args` comes last before the playbook, and so wins.
 * Freed with ansible_words_free().
 */
void ansible_command(const struct provisioner *p, const struct ansible_paths *paths,
		     struct strings *out);
/* Those of ansible-galaxy, which brings the roles of paths->galaxy_role_file. Without one *out is empty. */
void ansible_galaxy_command(const struct ansible_paths *paths, struct strings *out);
/*
 * What both need in their environment beside the provisioner's own: ANSIBLE_ROLES_PATH where roles have their own
 * place. Each word is NAME=VALUE; appended to *out.
 */
void ansible_environment(const struct ansible_paths *paths, struct strings *out);
void ansible_words_free(struct strings *words);
#define cleanup_ansible_words cleanup(ansible_words_free)

#endif
