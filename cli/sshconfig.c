/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks for ssh_config(5). The keys and their order are those that scripts expect of Vagrant's. */
#include "cli/sshconfig.h"

#include <string.h>

#include "cli/reach.h"

static void add_path(struct text *out, const char *key, const char *path)
{
	const char *quote = strpbrk(path, " \t") ? "\"" : "";

	text_addf(out, "  %s %s%s%s\n", key, quote, path, quote);
}

int sshconfig_add(struct session *s, const char *machine, const char *host, struct text *out,
		  struct error *err)
{
	cleanup_reach struct reach t = { 0 };
	cleanup_free char *known_hosts = session_machine_path(s, machine, MACHINE_KNOWN_HOSTS);
	const struct observed_machine *have;

	if (reach_machine(s, machine, &have, err) < 0 ||
	    reach_init(s, have, env_machine(&s->env, machine), &t, err) < 0)
		return -1;
	if (!fs_exists(known_hosts) && reach_write_known_hosts(s, &t, err) < 0)
		return -1;
	text_addf(out, "Host %s\n  HostName %s\n  User %s\n  Port %u\n", host ? host : machine,
		  t.address, t.user, t.target.port);
	add_path(out, "UserKnownHostsFile", known_hosts);
	text_add(out, "  StrictHostKeyChecking yes\n  PasswordAuthentication no\n");
	add_path(out, "IdentityFile", t.identity.user_key_path);
	text_add(out, "  IdentitiesOnly yes\n  LogLevel FATAL\n");
	return 0;
}
