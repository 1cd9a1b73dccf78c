/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a plan, done with the real providers, boxes and guests. */
#include "cli/hands.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/content.h"
#include "boxes/nocloud.h"
#include "cli/boot.h"
#include "cli/cards.h"
#include "cli/folders.h"
#include "cli/hooks.h"
#include "cli/images.h"
#include "cli/provisioning.h"
#include "cli/publish.h"
#include "cli/reach.h"
#include "cli/readiness.h"
#include "cli/shared.h"
#include "core/stop.h"

#define USER_DATA_BYTES ((size_t)4 << 20)

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

/* What names its machine already needs no other to do it. */
static bool names(const struct error *err, const char *machine)
{
	cleanup_free char *quoted = xasprintf("'%s'", machine);

	return err->text && strstr(err->text, quoted);
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

/* What people give a machine for its first boot; each text lives in the arena. */
static int read_user_data(const struct machine *m, struct arena *arena, struct nocloud *out,
			  struct error *err)
{
	const char **texts = arena_alloc(arena, m->provision.count * sizeof(*texts));

	out->user_data = texts;
	for (size_t i = 0; i < m->provision.count; i++) {
		const struct provisioner *p = &m->provision.at[i];
		cleanup_text struct text text = { 0 };

		if (p->kind != PROVISION_CLOUD_INIT || p->when == WHEN_NEVER)
			continue;
		if (!p->content &&
		    fs_read_within(p->within, p->from, USER_DATA_BYTES, &text, err) < 0)
			return error_wrap(err, "provisioner '%s'", p->name);
		texts[out->user_data_count++] =
			arena_strdup(arena, p->content ? p->content : text_str(&text));
	}
	return 0;
}

/* Of a box that has no cloud-init nobody would read them. */
static int check_user_data(const struct machine *m, unsigned first_boot, struct error *err)
{
	struct arena arena = { 0 };
	struct nocloud nocloud = { 0 };
	int rc = first_boot & FIRST_BOOT_NOCLOUD ? 0 : read_user_data(m, &arena, &nocloud, err);

	arena_clear(&arena);
	if (rc < 0 || nocloud.user_data_count == 0)
		return rc;
	error_set(err, ERROR_BOX, "machine '%s': box '%s' has no cloud-init to give user data to",
		  m->name, out_box_name(m->box));
	return error_hint(err, "take a box that has it, or another provisioner");
}

/* Only a cloud-init is told of cards: what else boots asks for addresses. They live in the arena. */
static int seat_cards(unsigned first_boot, struct provider *p, const struct provider_creation *what,
		      struct arena *arena, struct seed *seed, struct error *err)
{
	cleanup_provider_cards struct provider_cards given = { 0 };

	if (!(first_boot & FIRST_BOOT_NOCLOUD))
		return 0;
	if (provider_machine_places(p, what, &given.at, &given.count, err) < 0)
		return -1;
	seed->card_count = cards_for_seed(what->env, what->machine, &given, arena, &seed->cards);
	return 0;
}

/* The same seed for cloud-init, where the box has that. */
static int make_seed_disk(unsigned first_boot, const struct provider_creation *what,
			  struct seed *seed, unsigned char **out_disk, struct error *err)
{
	struct nocloud nocloud = { .seed = seed, .user = what->login_user, .key_id = what->key_id };
	struct arena arena = { 0 };
	int rc;

	if (!(first_boot & FIRST_BOOT_NOCLOUD))
		return 0;
	rc = read_user_data(what->machine, &arena, &nocloud, err);
	if (rc == 0)
		rc = nocloud_image(&nocloud, out_disk, &seed->disk_bytes, err);
	arena_clear(&arena);
	if (rc < 0)
		return error_wrap(err, "cannot make the first-boot disk");
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
	    check_user_data(step->want, image->first_boot, err) < 0 ||
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
	identity_seed(&identity, what.login_user, step->want->hostname, &step->want->ssh_authorize,
		      &arena, &seed);
	rc = image->first_boot & FIRST_BOOT_KNOWN_KEY ? mark_known_key(s, step->machine, err) : 0;
	if (rc == 0)
		rc = seat_cards(image->first_boot, p, &what, &arena, &seed, err);
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
	if (open_provider(w, step, &b.provider, err) < 0 ||
	    readiness_forget(w->session, step->machine, err) < 0)
		return -1;
	if (b.provider->ops->has_guest && folders_await(w->session, step->want, err) < 0)
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
	unsigned first_boot = first_boot_of(s, step->have);
	int rc;

	if (identity_ensure(directory, &s->owner, &identity, err) < 0)
		return -1;
	identity_seed(&identity, user ? user : "root", step->want->hostname,
		      &step->want->ssh_authorize, &arena, &seed);
	what.seed = &seed;
	what.key_id = identity.key_id;
	rc = seat_cards(first_boot, p, &what, &arena, &seed, err);
	if (rc == 0)
		rc = make_seed_disk(first_boot, &what, &seed, &disk, err);
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

/* Who shares a login into the machine learns that there is nothing more to share. */
static int stop_machine(struct work *w, const struct step *step, struct provider *p,
			enum provider_stop how, struct error *err)
{
	shared_retire(w->session, step->machine);
	if (provider_machine_stop(p, find_job(w, step)->id, how, halt_deadline(step), err) < 0)
		return error_wrap(err, "cannot stop machine '%s'", step->machine);
	shared_leave(w->session, step->machine);
	return readiness_forget(w->session, step->machine, err);
}

static int update(struct work *w, const struct step *step, struct error *err)
{
	bool running = step->effect == EFFECT_RESTART;
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	if (running &&
	    stop_machine(w, step, p, step->force ? PROVIDER_STOP_FORCE : PROVIDER_STOP_GRACEFUL,
			 err) < 0)
		return -1;
	if (change(w, step, p, err) < 0)
		return names(err, step->machine) ?
			       -1 :
			       error_wrap(err, "cannot change machine '%s'", step->machine);
	/* Its ports ended with it, if the forwarder saw that. */
	if (running && publish(w, step, err) < 0)
		return -1;
	return running ? boot(w, step, err) : 0;
}

static int stop(struct work *w, const struct step *step, struct error *err)
{
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0 ||
	    stop_machine(w, step, p, step->force ? PROVIDER_STOP_FORCE : PROVIDER_STOP_GRACEFUL,
			 err) < 0)
		return -1;
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
	shared_leave(w->session, step->machine);
	if (publish_end(w->session, &w->watch, step->machine, err) < 0)
		return -1;
	return forget_machine(w->session, step->machine, err);
}

static int work_inside(struct work *w, const struct step *step,
		       int (*act)(const struct inside *in, struct error *err), struct error *err)
{
	struct job *job = find_job(w, step);
	struct inside in = { .session = w->session,
			     .watch = &w->watch,
			     .step = step,
			     .id = job->id,
			     .user = job->user,
			     .guest = &job->guest };

	return open_provider(w, step, &in.provider, err) < 0 ? -1 : act(&in, err);
}

static int provision(struct work *w, const struct step *step, struct error *err)
{
	const struct inside in = { .session = w->session, .watch = &w->watch, .step = step };
	int rc = step->machine ? work_inside(w, step, provision_inside, err) :
				 provision_once(&in, err);

	/* It may have changed groups and limits of who logs in, also if it failed. */
	if (step->machine)
		shared_renew(w->session, step->machine);
	return rc;
}

static int network(struct work *w, const struct step *step, bool create_it, struct error *err)
{
	struct provider *p;

	if (open_provider(w, step, &p, err) < 0)
		return -1;
	return create_it ? provider_network_ensure(p, &w->session->env, err) :
			   provider_network_remove(p, w->session->project.id, err);
}

static int run_step(struct work *w, const struct step *step, struct error *err)
{
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
	case STEP_FOLDERS:
		return work_inside(w, step, folders_bring, err);
	case STEP_PROVISION:
		return provision(w, step, err);
	case STEP_READY:
		return work_inside(w, step, readiness_wait, err);
	case STEP_HOOK:
		return work_inside(w, step, hook_run, err);
	case STEP_STOP:
		return stop(w, step, err);
	case STEP_REMOVE:
		return remove_machine(w, step, err);
	case STEP_NETWORK_REMOVE:
		return network(w, step, false, err);
	}
	return 0;
}

/* It is read at the end, far from the lines of its machine and among the errors of others. */
static int run(void *ctx, const struct step *step, struct error *err)
{
	if (run_step(ctx, step, err) == 0)
		return 0;
	if (step->machine && err->kind != ERROR_STOPPED && !names(err, step->machine))
		error_wrap(err, "machine '%s'", step->machine);
	return -1;
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
