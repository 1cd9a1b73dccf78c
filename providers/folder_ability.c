/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of folders, by what is there. */
#include "providers/folder_ability.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"

#define ROOT_HINT "run bothy with sudo, or choose kind = \"copy\""

static const struct folder_ability of_containers = { "that is for containers", NULL };
static const struct folder_ability of_vms = { "that is for virtual machines", NULL };

const char *folder_ability_virtiofsd(void)
{
	static const char *const paths[] = { "/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd",
					     "/usr/lib/virtiofsd", "/usr/libexec/qemu/virtiofsd" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static bool has_rsync(void)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t len = strcspn(path, ":");
		cleanup_free char *program = xasprintf("%.*s/rsync", (int)len, path);

		if (len && access(program, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static void take_rsync(struct folder_abilities *out)
{
	if (!has_rsync())
		out->of[FOLDER_RSYNC] = (struct folder_ability){ "rsync is not on this host",
								 "sudo apt install rsync" };
}

/* Whatever hides .bothy and guards what is read-only takes root; libvirt lets its own root only have virtiofs. */
void folder_ability_kvm(const struct provider_conf *conf, struct folder_abilities *out)
{
	struct folder_ability *virtiofs = &out->of[FOLDER_VIRTIOFS], *p9 = &out->of[FOLDER_9P];

	out->of[FOLDER_BIND] = of_containers;
	take_rsync(out);
	if (conf->uri && strcmp(conf->uri, "qemu:///system") != 0)
		virtiofs->why_not = "only qemu:///system on this host has it";
	else if (geteuid() != 0)
		*virtiofs = (struct folder_ability){ "it needs root", ROOT_HINT };
	*p9 = *virtiofs;
	if (!virtiofs->why_not && !folder_ability_virtiofsd())
		*virtiofs = (struct folder_ability){ "virtiofsd is not on this host",
						     "sudo apt install virtiofsd" };
}

void folder_ability_container(const struct provider_conf *conf, struct folder_abilities *out)
{
	(void)conf;
	out->of[FOLDER_VIRTIOFS] = out->of[FOLDER_9P] = of_vms;
	take_rsync(out);
}
