/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks for ssh_config(5). The keys and their order are those that scripts expect of Vagrant's. A value that held
 * another line would be an order to ssh, and may come out of a file that nobody trusts.
 */
#include "cli/sshconfig.h"

#include <ctype.h>
#include <string.h>

#include "cli/reach.h"
#include "cli/trust.h"

static int check_value(const char *value, const char *what, struct error *err)
{
	for (const char *c = value; *c; c++) {
		if (iscntrl((unsigned char)*c) || *c == '"')
			return error_set(err, ERROR_SYSTEM,
					 "cannot write %s for ssh: '%s' has a quote or a control "
					 "character in it",
					 what, value);
	}
	return 0;
}

/* ssh expands %h and its like in names of files. */
static int add_path(struct text *out, const char *key, const char *path, struct error *err)
{
	const char *quote = strpbrk(path, " '#") ? "\"" : "";

	if (check_value(path, "the name of a file", err) < 0)
		return -1;
	text_addf(out, "  %s %s", key, quote);
	for (const char *c = path; *c; c++)
		text_addf(out, "%s%c", *c == '%' ? "%" : "", *c);
	text_addf(out, "%s\n", quote);
	return 0;
}

static bool asks(const struct machine *m)
{
	return m && (m->ssh_forward_agent || m->ssh_forward_x11 || m->ssh_jump);
}

bool sshconfig_lends(const struct session *s, const char *machine)
{
	return s->has_env && asks(env_machine(&s->env, machine)) && trust_given(s);
}

void sshconfig_warn(const struct session *s, const char *machine)
{
	const struct machine *m = s->has_env ? env_machine(&s->env, machine) : NULL;

	if (!asks(m) || trust_given(s))
		return;
	out_warn(s->out,
		 "warning: without %s%s%s%s%s: the file is not trusted; 'bothy trust' changes that",
		 m->ssh_forward_agent ? "the SSH agent" : "",
		 m->ssh_forward_agent && m->ssh_forward_x11 ? ", " : "",
		 m->ssh_forward_x11 ? "the display" : "",
		 m->ssh_jump && (m->ssh_forward_agent || m->ssh_forward_x11) ? ", " : "",
		 m->ssh_jump ? "the jump host" : "");
}

static void add_lent(const struct session *s, const char *machine, struct text *out)
{
	const struct machine *m;

	if (!sshconfig_lends(s, machine))
		return;
	m = env_machine(&s->env, machine);
	if (m->ssh_forward_agent)
		text_add(out, "  ForwardAgent yes\n");
	if (m->ssh_forward_x11)
		text_add(out, "  ForwardX11 yes\n");
	if (m->ssh_jump)
		text_addf(out, "  ProxyJump %s\n", m->ssh_jump);
}

static int add_block(const struct session *s, const struct reach *t, const struct sshconfig *how,
		     struct text *out, struct error *err)
{
	cleanup_free char *known_hosts = session_machine_path(s, t->name, MACHINE_KNOWN_HOSTS);
	const char *host = how->host ? how->host : t->name;

	if (check_value(host, "the host's name", err) < 0 ||
	    check_value(t->user, "the user's name", err) < 0)
		return -1;
	text_addf(out, "Host %s\n  HostName %s\n", host, t->address);
	if (!how->plain)
		text_addf(out, "  User %s\n", t->user);
	text_addf(out, "  Port %u\n", t->target.port);
	if (add_path(out, "UserKnownHostsFile", known_hosts, err) < 0)
		return -1;
	text_add(out, "  StrictHostKeyChecking yes\n");
	if (!how->plain) {
		text_add(out, "  PasswordAuthentication no\n");
		if (add_path(out, "IdentityFile", t->identity.user_key_path, err) < 0)
			return -1;
		text_add(out, "  IdentitiesOnly yes\n");
	}
	text_add(out, "  LogLevel FATAL\n");
	add_lent(s, t->name, out);
	return 0;
}

int sshconfig_add(struct session *s, const char *machine, const struct sshconfig *how,
		  struct text *out, struct error *err)
{
	cleanup_reach struct reach t = { 0 };
	cleanup_free char *known_hosts = session_machine_path(s, machine, MACHINE_KNOWN_HOSTS);
	const struct observed_machine *have;

	if (reach_machine(s, machine, &have, err) < 0 ||
	    reach_init(s, have, env_machine(&s->env, machine), &t, err) < 0)
		return -1;
	/* Until a first login is through, the file stands for one that was. */
	if (!fs_exists(known_hosts) && !t.target.password &&
	    reach_write_known_hosts(s, &t, err) < 0)
		return -1;
	return add_block(s, &t, how, out, err);
}
