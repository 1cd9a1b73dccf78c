/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths. */
#include "core/identity_paths.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include "core/mem.h"

static const struct identity_path table[] = {
	/* Ids. An empty machine-id is made anew at boot; an absent one is a first boot, with all its presets. */
	{ "etc/machine-id", IDENTITY_EMPTY },
	{ "var/lib/dbus/machine-id", IDENTITY_UNLINK },
	{ "etc/hostname", IDENTITY_EMPTY },

	/* Keys. */
	{ "etc/ssh/ssh_host_*_key", IDENTITY_REMOVE },
	{ "etc/ssh/ssh_host_*_key.pub", IDENTITY_REMOVE },
	{ "etc/dropbear/dropbear_*_host_key", IDENTITY_REMOVE },
	{ "root/.ssh/authorized_keys", IDENTITY_KEYS },
	{ "home/*/.ssh/authorized_keys", IDENTITY_KEYS },

	/* Random numbers, and what systemd encrypts credentials with. */
	{ "var/lib/systemd/random-seed", IDENTITY_REMOVE },
	{ "var/lib/systemd/credential.secret", IDENTITY_REMOVE },
	{ "var/lib/urandom/random-seed", IDENTITY_REMOVE },
	{ "var/lib/random-seed", IDENTITY_REMOVE },
	{ "var/lib/seedrng/*", IDENTITY_REMOVE },
	{ "boot/loader/random-seed", IDENTITY_REMOVE },
	{ "boot/efi/loader/random-seed", IDENTITY_REMOVE },

	/* Addresses that were leased, and names of network cards. */
	{ "var/lib/dhcp/*", IDENTITY_REMOVE },
	{ "var/lib/dhclient/*", IDENTITY_REMOVE },
	{ "var/lib/dhcpcd/*", IDENTITY_REMOVE },
	{ "var/lib/NetworkManager/*.lease", IDENTITY_REMOVE },
	{ "var/lib/NetworkManager/secret_key", IDENTITY_REMOVE },
	{ "var/lib/NetworkManager/timestamps", IDENTITY_REMOVE },
	{ "var/lib/systemd/network/*", IDENTITY_REMOVE },
	{ "run/systemd/netif/leases/*", IDENTITY_REMOVE },
	{ "etc/udev/rules.d/70-persistent-net.rules", IDENTITY_REMOVE },

	/* What cloud-init did already; seeds and scripts in there belong to the box. */
	{ "var/lib/cloud/instance", IDENTITY_REMOVE },
	{ "var/lib/cloud/instances", IDENTITY_REMOVE },
	{ "var/lib/cloud/data", IDENTITY_REMOVE },
	{ "var/lib/cloud/sem", IDENTITY_REMOVE },

	/* What happened here. */
	{ "root/.*_history", IDENTITY_REMOVE },
	{ "root/.lesshst", IDENTITY_REMOVE },
	{ "root/.viminfo", IDENTITY_REMOVE },
	{ "home/*/.*_history", IDENTITY_REMOVE },
	{ "home/*/.lesshst", IDENTITY_REMOVE },
	{ "home/*/.viminfo", IDENTITY_REMOVE },
	{ "var/log/journal/*", IDENTITY_REMOVE },
	{ "var/log/cloud-init.log", IDENTITY_REMOVE },
	{ "var/log/cloud-init-output.log", IDENTITY_REMOVE },
	{ "var/log/wtmp", IDENTITY_EMPTY },
	{ "var/log/btmp", IDENTITY_EMPTY },
	{ "var/log/lastlog", IDENTITY_EMPTY },
	{ "var/log/faillog", IDENTITY_EMPTY },
	{ "var/log/auth.log", IDENTITY_EMPTY },
	{ "var/log/secure", IDENTITY_EMPTY },
	{ "var/log/syslog", IDENTITY_EMPTY },
	{ "var/log/messages", IDENTITY_EMPTY },
	{ "var/log/kern.log", IDENTITY_EMPTY },
	{ "var/log/daemon.log", IDENTITY_EMPTY },
	{ "var/log/user.log", IDENTITY_EMPTY },
	{ "var/log/debug", IDENTITY_EMPTY },
	{ "tmp/*", IDENTITY_REMOVE },
	{ "var/tmp/*", IDENTITY_REMOVE },
};

const struct identity_path *identity_paths(size_t *out_count)
{
	*out_count = ARRAY_SIZE(table);
	return table;
}

enum identity_fate identity_path_fate(const char *path, mode_t mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum identity_fate fate = table[i].fate;

		if (fnmatch(table[i].pattern, path, FNM_PATHNAME | FNM_NOESCAPE) != 0)
			continue;
		if (fate != IDENTITY_REMOVE && !S_ISREG(mode))
			return IDENTITY_KEEP;
		return fate;
	}
	return IDENTITY_KEEP;
}
