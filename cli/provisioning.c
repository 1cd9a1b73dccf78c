/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners. */
#include "cli/provisioning.h"

#include <string.h>

#include "cli/ansible.h"
#include "cli/logs.h"
#include "cli/once.h"
#include "cli/rebooting.h"
#include "cli/transcript.h"
#include "cli/urlscript.h"
#include "core/provision_digest.h"
#include "core/provisioners.h"
#include "core/stop.h"
#include "core/text.h"

/* Between tries: what was not there yet, such as a network, gets a moment. */
#define PAUSE_MS 1000

/* Files may have changed since the run was planned: who came before may have written them, and people go on working. */
static void digest_now(const struct inside *in, char out_hex[static DIGEST_HEX_BYTES])
{
	struct provisioner now = *in->step->provisioner;
	cleanup_error struct error ignored = { 0 };

	/* User data was read when the machine was made. What cannot be read fails where it is sent. */
	if (now.kind != PROVISION_CLOUD_INIT)
		provision_digest(&now, in->session->trusted, &ignored);
	memcpy(out_hex, now.digest, DIGEST_HEX_BYTES);
}

static int save_result(const struct inside *in, const char *digest, bool ok, struct error *err)
{
	const struct provisioner *p = in->step->provisioner;
	cleanup_free char *path = NULL;
	cleanup_record struct record record = { 0 };

	if (!logs_machine(in->session, in->step))
		return once_save(in->session, p, digest, ok, err);
	path = session_machine_path(in->session, in->step->machine, MACHINE_RECORD);
	record_load(path, &record);
	record_for_machine(&record, in->id);
	record_set(&record, &in->step->want->provision, p, digest, ok);
	return record_save(&record, path, &in->session->owner, err);
}

static int run_in_guest(const struct inside *in, const struct guest_output *output,
			struct error *err)
{
	const struct provisioner *p = in->step->provisioner;
	struct provisioner local;
	cleanup_free char *path = NULL;

	if (p->kind == PROVISION_REBOOT)
		return rebooting(in, err);
	if (url_script(in->session, p, &local, &path, err) < 0)
		return -1;
	return guest_provision(*in->guest, &local, output, 0, err);
}

/* Root becomes its users anew each time; who logs in has the groups of the login. */
static bool has_groups_of_login(const struct inside *in)
{
	const struct provisioner *p = in->step->provisioner;

	return !text_equal(in->user, "root") && (!p->privileged || text_equal(p->user, in->user));
}

static int attempt_inside(const struct inside *in, const struct guest_output *output,
			  struct error *err)
{
	const struct provisioner *p = in->step->provisioner;
	int rc;

	if (!in->provider->ops->has_guest)
		return provider_machine_provision(in->provider, in->id, p, err);
	/* Those that a provisioner before this one gave to the user count from a new one on. */
	if (has_groups_of_login(in))
		guest_close(in->guest);
	if (inside_log_in(in, err) < 0)
		return -1;
	if (provisioner_is_on_host(p))
		return ansible_on_host(in, output, provisioner_deadline(p), err);
	rc = run_in_guest(in, output, err);
	/* What was no answer of the guest may be the end of the connection: the next one who needs it logs in anew. */
	if (rc < 0 && err->code == 0)
		guest_close(in->guest);
	return rc;
}

static bool is_worth_another(const struct error *err)
{
	return err->kind != ERROR_STOPPED && err->kind != ERROR_DECLINED &&
	       err->kind != ERROR_ENVFILE && err->kind != ERROR_NOT_FOUND;
}

static int try_all(const struct inside *in, struct transcript *t,
		   int (*attempt)(const struct inside *in, const struct guest_output *output,
				  struct error *err),
		   struct error *err)
{
	const struct guest_output output = { .write = transcript_write, .ctx = t };
	unsigned tries = in->step->provisioner->retries + 1;
	int rc = attempt(in, &output, err);

	for (unsigned n = 2; rc < 0 && n <= tries && is_worth_another(err); n++) {
		cleanup_free char *line = xasprintf("%s; try %u of %u", err->text, n, tries);

		transcript_say(t, line);
		stop_wait_ms(PAUSE_MS);
		error_clear(err);
		if (stop_check(0, NULL, err) < 0)
			return -1;
		rc = attempt(in, &output, err);
	}
	return rc;
}

/* What failed first is the provisioner. Many an error names it, or its machine; neither needs to be named again. */
static void name_provisioner(const struct step *step, struct error *err)
{
	cleanup_free char *who = xasprintf("provisioner '%s'", step->provisioner->name);
	cleanup_free char *machine = xasprintf("'%s'", step->machine ? step->machine : "");
	const char *text = err->text ? err->text : "";

	if (strstr(text, who))
		return;
	if (step->machine && !strstr(text, machine))
		error_wrap(err, "%s in %s", who, machine);
	else
		error_wrap(err, "%s", who);
}

int provision_tries(const struct inside *in,
		    int (*attempt)(const struct inside *in, const struct guest_output *output,
				   struct error *err),
		    struct error *err)
{
	cleanup_error struct error unsaved = { 0 };
	char digest[DIGEST_HEX_BYTES];
	struct transcript *t = NULL;
	int rc;

	digest_now(in, digest);
	/* Who is killed in the middle of it must not find it done, also not as what it was before. */
	if (save_result(in, digest, false, err) < 0 ||
	    transcript_open(in->session, in->watch, in->step, &t, err) < 0)
		return -1;
	rc = try_all(in, t, attempt, err);
	if (rc == 0)
		rc = save_result(in, digest, true, err);
	else
		name_provisioner(in->step, err);
	transcript_close(&t, rc < 0 ? err : NULL);
	return rc;
}

int provision_inside(const struct inside *in, struct error *err)
{
	return provision_tries(in, attempt_inside, err);
}
