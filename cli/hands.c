/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a plan, done with the real providers, boxes and guests. */
#include "cli/hands.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/content.h"
#include "boxes/nocloud.h"
#include "cli/boot.h"
#include "cli/images.h"
#include "cli/lines.h"
#include "cli/publish.h"
#include "cli/reach.h"
#include "core/stop.h"

/* What one machine's lane keeps between its steps; no other thread touches it. */
struct job {
	const char *machine;
	char *id;   /* the engine's */
	char *user; /* who to log in as */
	struct guest *guest;
};

struct work {
	struct session *session;
	struct watcher watch;
	struct images *images;
	pthread_mutex_t lock; /* guards the list, and the opening of providers */
	struct job **jobs;
	size_t job_count;
};

struct work *work_new(struct session *s)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->session = s;
	w->watch = out_watcher(s->out);
	w->images = images_new(s, &w->watch);
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void work_free(struct work **w)
{
	if (!*w)
		return;
	images_free(&(*w)->images);
	for (size_t i = 0; i < (*w)->job_count; i++) {
		guest_close(&(*w)->jobs[i]->guest);
		free((*w)->jobs[i]->id);
		free((*w)->jobs[i]->user);
		free((*w)->jobs[i]);
	}
	free((*w)->jobs);
	pthread_mutex_destroy(&(*w)->lock);
	free(*w);
	*w = NULL;
}

static struct job *find_job(struct work *w, const struct step *step)
{
	struct job *job = NULL;

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->job_count && !job; i++) {
		if (strcmp(w->jobs[i]->machine, step->machine) == 0)
			job = w->jobs[i];
	}
	if (!job) {
		job = xcalloc(1, sizeof(*job));
		job->machine = step->machine;
		job->id = step->have ? xstrdup(step->have->id) : NULL;
		job->user = xstrdup(step->have && step->have->login_user ? step->have->login_user :
									   "root");
		w->jobs = xgrow(w->jobs, w->job_count, sizeof(struct job *));
		w->jobs[w->job_count++] = job;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

static int open_provider(struct work *w, const struct step *step, struct provider **out,
			 struct error *err)
{
	int rc;

	pthread_mutex_lock(&w->lock);
	rc = step->provider ? session_provider(w->session, step->provider, out, err) :
			      session_engine(w->session, step->engine, out, err);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static int mark_known_key(struct session *s, const char *machine, struct error *err)
{
	cleanup_free char *path = session_machine_path(s, machine, MACHINE_KNOWN_KEY);

	return fs_write(path, "", 0, 0600, &s->owner, err);
}

/* What belongs to an earlier machine of that name must not be taken for the new one's. */
static int forget_machine(struct session *s, const char *machine, struct error *err)
{
	cleanup_free char *directory = session_machine_path(s, machine, NULL);

	return fs_remove(directory, err);
}

/* The same seed for cloud-init, where the box has that. */
static int make_seed_disk(unsigned first_boot, const struct provider_creation *what,
			  struct seed *seed, unsigned char **out_disk, struct error *err)
{
	if (!(first_boot & FIRST_BOOT_NOCLOUD))
		return 0;
	if (nocloud_image(seed, what->login_user, what->key_id, out_disk, &seed->disk_bytes, err) <
	    0)
		return error_wrap(err, "cannot make the first-boot disk of machine '%s'",
				  what->machine->name);
	seed->disk = *out_disk;
	return 0;
}

/* How the box of a machine that exists takes its keys; nothing if the store knows it no more. */
static unsigned first_boot_of(const struct session *s, const struct observed_machine *have)
{
	cleanup_content struct content content = { 0 };
	cleanup_error struct error none = { 0 };

	return content_load(s->home, have->box_digest, &content, &none) < 0 ? 0 :
									      content.first_boot;
}

static int create(struct work *w, const struct step *step, struct error *err)
{
	struct session *s = w->session;
	struct job *job = find_job(w, step);
	cleanup_free char *directory = session_machine_path(s, step->machine, NULL), *id = NULL;
	cleanup_identity struct identity identity = { 0 };
	struct arena arena = { 0 };
	struct seed seed = { 0 };
	cleanup_free unsigned char *disk = NULL;
	const struct image *image;
	struct provider *p;
	int rc;

	if (images_get(w->images, step->want, &image, err) < 0 ||
	    open_provider(w, step, &p, err) < 0 || forget_machine(s, step->machine, err) < 0 ||
	    identity_ensure(directory, &s->owner, &identity, err) < 0)
		return -1;
	struct provider_creation what = {
		.env = &s->env,
		.machine = step->want,
		.image = image,
		.seed = &seed,
		.login_user = step->want->ssh_user ? step->want->ssh_user : image->user,
		.key_id = identity.key_id,
	};
	identity_seed(&identity, what.login_user, step->want->hostname, &arena, &seed);
	rc = image->first_boot & FIRST_BOOT_KNOWN_KEY ? mark_known_key(s, step->machine, err) : 0;
	if (rc == 0)
		rc = make_seed_disk(image->first_boot, &what, &seed, &disk, err);
	if (rc == 0)
		rc = provider_machine_create(p, &what, &id, err);
	arena_clear(&arena);
	if (rc < 0)
		return -1;
	free(job->id);
	job->id = take_ptr(id);
	free(job->user);
	job->user = xstrdup(what.login_user);
	return 0;
}

static int boot(struct work *w, const struct step *step, struct error *err)
{
	struct job *job = find_job(w, step);
	struct boot b = {
		.session = w->session,
		.watch = &w->watch,
		.machine = step->want,
		.id = job->id,
		.user = job->user,
		.step = step->id,
	};

	guest_close(&job->guest);
	if (open_provider(w, step, &b.provider, err) < 0)
		return -1;
	return boot_machine(&b, &job->guest, err);
}

/* New settings for a machine that is off: its seed goes with them, so that lost keys come back. */
static int change(struct work *w, const struct step *step, struct provider *p, struct error *err)
{
	struct session *s = w->session;
	cleanup_free char *directory = session_machine_path(s, step->machine, NULL);
	cleanup_identity struct identity identity = { 0 };
	const char *user = step->want->ssh_user ? step->want->ssh_user : step->have->login_user;
	cleanup_free unsigned char *disk = NULL;
	struct provider_creation what = { .env = &s->env,
					  .machine = step->want,
					  .login_user = user ? user : "root" };
	struct arena arena = { 0 };
	struct seed seed = { 0 };
	int rc;

	if (identity_ensure(directory, &s->owner, &identity, err) < 0)
		return -1;
	identity_seed(&identity, user ? user : "root", step->want->hostname, &arena, &seed);
	what.seed = &seed;
	what.key_id = identity.key_id;
	rc = make_seed_disk(first_boot_of(s, step->have), &what, &seed, &disk, err);
	if (rc == 0)
		rc = provider_machine_update(p, find_job(w, step)->id, &what, err);
	arena_clear(&arena);
	return rc;
}

static int publish(struct work *w, const struct step *step, struct error *err)
{
	struct publish p = { .session = w->session,
			     .watch = &w->watch,
			     .machine = step->want,
			     .id = find_job(w, step)->id,
			     .step = step->id };

	return open_provider(w, step, &p.provider, err) < 0 ? -1 : publish_machine(&p, err);
}

static int64_t halt_deadline(const struct step *step)
{
	return clock_ms() + (step->want ? step->want->halt_timeout_s : 60) * 1000LL;
}

static int update(struct work *w, const struct step *step, struct error *err)
{
	bool running = step->effect == EFFECT_RESTART;
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	if (running && provider_machine_stop(p, find_job(w, step)->id, PROVIDER_STOP_GRACEFUL,
					     halt_deadline(step), err) < 0)
		return error_wrap(err, "cannot stop machine '%s'", step->machine);
	if (change(w, step, p, err) < 0)
		return error_wrap(err, "cannot change machine '%s'", step->machine);
	/* Its ports ended with it, if the forwarder saw that. */
	if (running && publish(w, step, err) < 0)
		return -1;
	return running ? boot(w, step, err) : 0;
}

static int stop(struct work *w, const struct step *step, struct error *err)
{
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	if (provider_machine_stop(p, step->have->id,
				  step->force ? PROVIDER_STOP_FORCE : PROVIDER_STOP_GRACEFUL,
				  halt_deadline(step), err) < 0)
		return error_wrap(err, "cannot stop machine '%s'", step->machine);
	return publish_end_ports(w->session, step->machine, err);
}

static int remove_machine(struct work *w, const struct step *step, struct error *err)
{
	struct provider *p;
	struct job *job = find_job(w, step);

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	guest_close(&job->guest);
	if (provider_machine_remove(p, job->id, err) < 0)
		return error_wrap(err, "cannot remove machine '%s'", step->machine);
	if (publish_end(w->session, &w->watch, step->machine, err) < 0)
		return -1;
	return forget_machine(w->session, step->machine, err);
}

static int relay_output(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)err;
	return lines_add(ctx, stream, data, len);
}

static int save_result(struct work *w, const struct step *step, const char *id, bool ok,
		       struct error *err)
{
	struct session *s = w->session;
	cleanup_free char *path = session_machine_path(s, step->machine, MACHINE_RECORD);
	cleanup_record struct record record = { 0 };

	record_load(path, &record);
	record_for_machine(&record, id);
	record_set(&record, &step->want->provision, step->provisioner, ok);
	return record_save(&record, path, &s->owner, err);
}

static int run_provisioner(struct work *w, const struct step *step, struct provider *p,
			   struct error *err)
{
	struct job *job = find_job(w, step);
	struct lines lines = { .watch = &w->watch, .machine = step->machine, .step = step->id };
	struct guest_output output = { .write = relay_output, .ctx = &lines };
	int rc;

	if (!p->ops->has_guest)
		return provider_machine_provision(p, job->id, step->provisioner, err);
	if (!job->guest && boot(w, step, err) < 0)
		return -1;
	if (!job->guest)
		return error_set(err, ERROR_GUEST, "this host has no way into it");
	rc = guest_provision(job->guest, step->provisioner, &output, 0, err);
	lines_finish(&lines);
	return rc;
}

static int provision(struct work *w, const struct step *step, struct error *err)
{
	cleanup_error struct error unsaved = { 0 };
	struct provider *p;
	int rc;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	rc = run_provisioner(w, step, p, err);
	if (save_result(w, step, find_job(w, step)->id, rc == 0, &unsaved) < 0 && rc == 0)
		return error_move(err, &unsaved);
	if (rc == 0)
		return 0;
	error_wrap(err, "cannot provision machine '%s'", step->machine);
	return error_hint(err, "mend it, then 'bothy up' goes on from there");
}

static int network(struct work *w, const struct step *step, bool create_it, struct error *err)
{
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	return create_it ? provider_network_ensure(p, &w->session->env, err) :
			   provider_network_remove(p, w->session->project.id, err);
}

static int run(void *ctx, const struct step *step, struct error *err)
{
	struct work *w = ctx;

	switch (step->kind) {
	case STEP_BOX:
		return images_bring(w->images, step, err);
	case STEP_NETWORK:
		return network(w, step, true, err);
	case STEP_CREATE:
		return create(w, step, err);
	case STEP_PUBLISH:
		return publish(w, step, err);
	case STEP_START:
		return boot(w, step, err);
	case STEP_UPDATE:
		return update(w, step, err);
	case STEP_PROVISION:
		return provision(w, step, err);
	case STEP_STOP:
		return stop(w, step, err);
	case STEP_REMOVE:
		return remove_machine(w, step, err);
	case STEP_NETWORK_REMOVE:
		return network(w, step, false, err);
	}
	return 0;
}

static int undo(void *ctx, const struct step *step, struct error *err)
{
	return step->kind == STEP_CREATE ? remove_machine(ctx, step, err) :
					   network(ctx, step, false, err);
}

struct hands work_hands(struct work *w)
{
	return (struct hands){ .run = run, .undo = undo, .ctx = w };
}
