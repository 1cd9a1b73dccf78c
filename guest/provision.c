/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners, one try each. */
#include "guest/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/provisioners.h"
#include "core/stop.h"
#include "guest/ansible_inside.h"
#include "guest/cloud_init.h"
#include "guest/compose.h"
#include "guest/link.h"
#include "guest/script.h"
#include "guest/upload.h"

#define SCRIPT_BYTES (64 * 1024 * 1024)

static int run_script(struct guest *g, const struct provisioner *p, struct script *s,
		      struct error *err)
{
	cleanup_text struct text content = { 0 };

	if (p->kind == PROVISION_SHELL)
		text_add(&content, p->content);
	else if (fs_read_within(p->within, p->from, SCRIPT_BYTES, &content, err) < 0)
		return script_wrap(g, s, err);
	s->content = text_str(&content);
	s->len = content.len;
	return script_run(g, s, err);
}

static int upload(struct guest *g, const struct provisioner *p, const struct script *s,
		  struct error *err)
{
	const struct guest_file file = {
		.from = p->from, .within = p->within, .to = p->to, .user = s->user
	};
	struct stat st;
	int rc;

	if (stat(p->from, &st) < 0)
		return error_errno(err, errno, "%s: cannot open '%s'", s->what, p->from);
	if (S_ISDIR(st.st_mode))
		rc = upload_tree(g, &file, s->deadline_ms, err);
	else
		rc = guest_copy(g, &file, s->deadline_ms, err);
	return rc < 0 ? script_wrap(g, s, err) : 0;
}

static int run_kind(struct guest *g, const struct provisioner *p, struct script *s,
		    struct error *err)
{
	switch (p->kind) {
	case PROVISION_SHELL:
	case PROVISION_SCRIPT:
		return run_script(g, p, s, err);
	case PROVISION_UPLOAD:
		return upload(g, p, s, err);
	case PROVISION_ANSIBLE:
		return ansible_inside(g, p, s, err);
	case PROVISION_COMPOSE:
		return compose_up(g, p, s, err);
	case PROVISION_CLOUD_INIT:
		return cloud_init_wait(g, s, err);
	case PROVISION_REBOOT:
		break;
	}
	return error_set(err, ERROR_GUEST, "%s cannot run in a guest", s->what);
}

/* What was said of the deadline names no reason: the user set it, and may want to set it higher. */
static int took_too_long(const struct provisioner *p, const char *what, struct error *err)
{
	error_set(err, ERROR_TIMEOUT, "%s did not end within its timeout of %u s", what,
		  p->timeout_s);
	return error_hint(err, "its processes were ended; a longer timeout = gives it more time");
}

int guest_provision(struct guest *g, const struct provisioner *p, const struct guest_output *output,
		    int64_t deadline_ms, struct error *err)
{
	cleanup_free char *who = xasprintf("provisioner '%s'", p->name ? p->name : "");
	cleanup_free char *what = xasprintf("%s in '%s'", who, g->machine);
	int64_t own_ms = provisioner_deadline(p);
	bool own_first = own_ms && (!deadline_ms || own_ms < deadline_ms);
	struct script s = { .what = what,
			    .who = who,
			    .args = &p->args,
			    .env = &p->env,
			    .user = p->user       ? p->user :
				    p->privileged ? NULL :
						    g->user,
			    .cwd = p->cwd,
			    .output = p->sensitive ? NULL : output,
			    .deadline_ms = own_first ? own_ms : deadline_ms };

	if (run_kind(g, p, &s, err) == 0)
		return 0;
	if (err->kind == ERROR_TIMEOUT && own_first && deadline_left_ms(own_ms) == 0)
		return took_too_long(p, what, err);
	return -1;
}
