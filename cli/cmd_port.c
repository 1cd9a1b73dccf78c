/* SPDX-License-Identifier: Apache-2.0 */
/* bothy port: which ports of this host lead into machines. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"
#include "cli/portspec.h"
#include "cli/publish.h"

static void print(struct session *s, const struct forwarded_list *l, const struct strings *names)
{
	json_t *list = json_array();
	int machines = 4, hosts = 4;

	for (size_t i = 0; i < l->count; i++) {
		cleanup_free char *host =
			portspec_host(l->at[i].bind, l->at[i].host, l->at[i].count);

		if (!strings_allow(names, l->at[i].machine))
			continue;
		if ((int)strlen(l->at[i].machine) > machines)
			machines = (int)strlen(l->at[i].machine);
		if ((int)strlen(host) > hosts)
			hosts = (int)strlen(host);
	}
	for (size_t i = 0; i < l->count; i++) {
		const struct forwarded *f = &l->at[i];
		cleanup_free char *host = portspec_host(f->bind, f->host, f->count);
		cleanup_free char *guest = portspec_guest(f->protocol, f->guest, f->count);

		if (!strings_allow(names, f->machine))
			continue;
		forwarded_document(f, true, list);
		out_line(s->out, "%-*s  %-*s  → %s", machines, f->machine, hosts, host, guest);
	}
	if (json_array_size(list) == 0)
		out_info(s->out, "no port is forwarded");
	out_document(s->out, list);
}

static int parse_port(const char *text, unsigned *out, struct error *err)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < 1 || value > 65535)
		return error_set(err, ERROR_USAGE, "option '--guest': '%s' is no port", text);
	*out = (unsigned)value;
	return 0;
}

/* Just the number, for scripts. */
static int print_guest(struct session *s, const struct forwarded_list *l, const char *machine,
		       unsigned guest, struct error *err)
{
	const struct forwarded *found = NULL;

	for (size_t i = 0; i < l->count; i++) {
		const struct forwarded *f = &l->at[i];

		if (strcmp(f->machine, machine) == 0 && guest >= f->guest &&
		    guest < f->guest + f->count && (!found || f->protocol == PORT_TCP))
			found = f;
	}
	if (!found)
		return error_set(err, ERROR_NOT_FOUND,
				 "no port of this host leads to port %u of machine '%s'", guest,
				 machine);
	out_line(s->out, "%u", found->host + guest - found->guest);
	out_document(s->out, json_integer(found->host + guest - found->guest));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	const char *guest = NULL, *machine = NULL;
	const struct option_row rows[] = {
		{ 0, "guest", OPTION_STRING, &guest, "PORT",
		  "print only which port of this host leads to that one" },
	};
	cleanup_forwarded struct forwarded_list l = { 0 };
	struct strings names = { 0 };
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	unsigned port = 0;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (guest && parse_port(guest, &port, err) < 0)
		return -1;
	if (session_find_for(s, argc, "its 'primary' does not count", err) < 0 ||
	    session_observe(s, err) < 0)
		return -1;
	if (guest)
		rc = session_select_one(s, argc ? argv[0] : NULL, &machine, err);
	else
		rc = session_select(s, argc, argv, &names, err);
	if (rc == 0 && publish_list(s, &s->project, &l, err) < 0)
		rc = -1;
	if (rc == 0 && guest)
		rc = print_guest(s, &l, machine, port, err);
	else if (rc == 0)
		print(s, &l, &names);
	strings_free(&names);
	return rc;
}

const struct command cmd_port = {
	"port", "reach", "[--guest=PORT] [MACHINE…]", "Show which ports lead into machines", run,
};
