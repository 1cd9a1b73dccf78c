/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of users and groups. */
#include "guest/ids.h"

#include <stdio.h>
#include <string.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10;
}

/* Not every guest has getent. */
static char *question(const char *owner, const char *group)
{
	struct text t = { 0 };

	text_add(&t, "o=");
	text_add_shell_quoted(&t, owner);
	text_add(&t, "; g=");
	text_add_shell_quoted(&t, group ? group : "");
	text_addf(&t, "; u=%s || exit 1; ", is_number(owner) ? "$o" : "$(id -u \"$o\")");
	if (!group)
		text_addf(&t, "n=$(id -g \"$o\"%s) || exit 1; ",
			  is_number(owner) ? " 2>/dev/null || echo \"$o\"" : "");
	else if (is_number(group))
		text_add(&t, "n=$g; ");
	else
		text_add(&t,
			 "n=$( { getent group \"$g\" || grep \"^$g:\" /etc/group; } 2>/dev/null | "
			 "head -n 1 | cut -d: -f3); "
			 "[ -n \"$n\" ] || { echo \"there is no group '$g'\" >&2; exit 1; }; ");
	text_add(&t, "echo \"ids $u $n\"");
	return text_take(&t);
}

static int must_be_able(struct guest *g, const char *owner, const char *group, struct error *err)
{
	bool may_root;

	if (become_may_root(g, 0, &may_root, err) < 0)
		return -1;
	if (may_root || (!group && (!owner || text_equal(owner, g->user))))
		return 0;
	error_set(err, ERROR_GUEST, "'%s' may not give files to '%s' in '%s'", g->user,
		  owner ? owner : group, g->machine);
	return error_hint(err, "the box must let '%s' use sudo without a password", g->user);
}

int ids_find(struct guest *g, const char *owner, const char *group, unsigned *out_uid,
	     unsigned *out_gid, struct error *err)
{
	const char *name = owner ? owner : g->user;
	cleanup_free char *script = NULL, *command = NULL;
	cleanup_text struct text said = { 0 };
	const char *at;
	int status;

	if (must_be_able(g, owner, group, err) < 0)
		return -1;
	if (text_equal(name, "root") && !group) {
		*out_uid = *out_gid = 0;
		return 0;
	}
	if ((!is_number(name) && !become_is_name(name)) ||
	    (group && !is_number(group) && !become_is_name(group)))
		return error_set(err, ERROR_GUEST, "'%s' is no name of a user, or '%s' of a group",
				 name, group ? group : "");
	script = question(name, group);
	command = become_command(g, g->user, script);
	if (run_capture(g, &(struct run_spec){ .command = command }, &said, &status, err) < 0)
		return -1;
	at = status == 0 && said.ptr ? strstr(said.ptr, "ids ") : NULL;
	if (at && sscanf(at, "ids %u %u", out_uid, out_gid) == 2)
		return 0;
	error_set(err, ERROR_GUEST, "cannot give files to '%s%s%s' in '%s': %s", name,
		  group ? ":" : "", group ? group : "", g->machine, run_last_line(&said));
	return error_hint(err, "folders come before provisioners: the box must have that user, or "
			       "say a number");
}
