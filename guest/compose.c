/* SPDX-License-Identifier: Apache-2.0 */
/* Docker Compose in the guest. */
#include "guest/compose.h"

#include <ctype.h>
#include <string.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

/* Which of the two programs there is. Caller does not free; NULL with err set if there is none. */
static const char *find_program(struct guest *g, const struct script *s, struct error *err)
{
	static const char probe[] = "PATH=$PATH:/usr/local/bin; "
				    "docker compose version >/dev/null 2>&1 && exit 10; "
				    "command -v docker-compose >/dev/null 2>&1 && exit 11; "
				    "command -v docker >/dev/null 2>&1 && exit 12; exit 13";
	cleanup_free char *command = become_command(g, s->user, probe);
	int status;

	if (run_command(g,
			&(struct run_spec){ .command = command,
					    .what = s->what,
					    .deadline_ms = s->deadline_ms },
			&status, err) < 0)
		return NULL;
	if (status == 10)
		return "docker compose";
	if (status == 11)
		return "docker-compose";
	error_set(err, ERROR_GUEST, "%s: there is no %s in '%s'", s->who,
		  status == 12 ? "Docker Compose" : "Docker", g->machine);
	error_hint(err, "let an earlier provisioner install it, such as 'apt-get install -y "
			"docker.io docker-compose' or 'apk add docker docker-cli-compose'");
	return NULL;
}

/* A project's name as Compose takes it: lower case, beginning with a letter or digit. */
static char *project_name(const struct provisioner *p, const char *file)
{
	char *name = xstrdup(p->project ? p->project : file), *to = name;

	if (!p->project && strchr(name, '.'))
		*strchr(name, '.') = '\0';
	for (const char *at = name; *at; at++) {
		int c = tolower((unsigned char)*at);

		if (isalnum(c) || (to > name && (c == '-' || c == '_')))
			*to++ = (char)c;
	}
	*to = '\0';
	return name;
}

static void write_script(const struct script *s, const char *program, const char *project,
			 const char *path, struct text *out)
{
	text_addf(out, "#!/bin/sh\nPATH=$PATH:/usr/local/bin\nexec %s -p ", program);
	text_add_shell_quoted(out, project);
	text_add(out, " -f \"$HOME\"/");
	text_add_shell_quoted(out, path);
	/* It runs there already. */
	if (s->cwd)
		text_add(out, " --project-directory \"$PWD\"");
	text_add(out, " up -d --remove-orphans \"$@\"\n");
}

int compose_up(struct guest *g, const struct provisioner *p, const struct script *s,
	       struct error *err)
{
	const char *slash = strrchr(p->from, '/'), *file = slash ? slash + 1 : p->from;
	cleanup_free char *project = project_name(p, file), *path = NULL;
	cleanup_text struct text content = { 0 };
	struct script own = *s;
	struct guest_file copy = { .from = p->from,
				   .within = p->within,
				   .mode = 0600,
				   .user = s->user ? s->user : "root" };
	const char *program;

	if (!*project)
		return error_set(err, ERROR_GUEST, "%s: '%s' gives no name for a Compose project",
				 s->what, p->project ? p->project : file);
	if (become_check(g, s->user, s->deadline_ms, err) < 0)
		return script_wrap(g, s, err);
	program = find_program(g, s, err);
	if (!program)
		return -1;
	path = xasprintf(".bothy/compose/%s/%s", project, file);
	copy.to = path;
	if (guest_copy(g, &copy, s->deadline_ms, err) < 0)
		return script_wrap(g, s, err);
	write_script(s, program, project, path, &content);
	own.content = content.ptr;
	own.len = content.len;
	return script_run(g, &own, err);
}
