/* SPDX-License-Identifier: Apache-2.0 */
/* Machines into boxes. */
#include "cli/package.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boxes/content.h"
#include "boxes/offer.h"
#include "cli/boot.h"
#include "core/identity_paths.h"
#include "core/stop.h"
#include "guest/identity.h"
#include "guest/scrub.h"

#define FORCE_WAIT_MS 10000
#define SCRUB_WAIT_MS (120 * 1000)

struct packaging {
	struct session *session;
	const struct package *what;
	struct watcher watch;
	struct pack *pack;
	struct content
		content; /* the box it was made from; zero if the store does not know it any more */
	unsigned disk;   /* how many have begun */
};

static void clear_packaging(struct packaging *p)
{
	pack_free(&p->pack);
	content_clear(&p->content);
}
#define cleanup_packaging cleanup(clear_packaging)

static int stop(struct packaging *p, enum provider_stop how, struct error *err)
{
	const struct package *w = p->what;
	int64_t wait_ms = how == PROVIDER_STOP_FORCE ? FORCE_WAIT_MS :
						       w->want->halt_timeout_s * 1000LL;

	return provider_machine_stop(w->provider, w->have->id, how, clock_ms() + wait_ms, err);
}

static void note(struct packaging *p, const char *text)
{
	struct event ev = { .kind = EVENT_NOTE, .machine = p->what->want->name, .text = text };

	watcher_emit(&p->watch, &ev);
}

static const char *login_user(const struct package *w)
{
	return w->have->login_user ? w->have->login_user : "root";
}

/* Those of ssh = { authorize = … } are for this machine, not for what is made of the box. */
static int take_further_keys(struct guest *guest, const struct machine *m, int64_t deadline_ms,
			     struct error *err)
{
	cleanup_text struct text keys = { 0 };

	for (size_t i = 0; i < m->ssh_authorize.count; i++)
		text_addf(&keys, "%s\n", m->ssh_authorize.at[i]);
	return keys.len ? guest_authorize(guest, text_str(&keys), "", deadline_ms, err) : 0;
}

/* In the layer: boots, takes the identity out, and shuts down. */
static int scrub(struct packaging *p, struct error *err)
{
	const struct package *w = p->what;
	cleanup_guest struct guest *guest = NULL;
	struct boot boot = { .session = p->session,
			     .watch = &p->watch,
			     .provider = w->provider,
			     .machine = w->want,
			     .id = w->have->id,
			     .user = login_user(w),
			     .step = "package" };
	cleanup_free char *directory = session_machine_path(p->session, w->want->name, NULL);
	cleanup_identity struct identity identity = { 0 };
	struct scrub what = { .known_keys = p->content.first_boot & FIRST_BOOT_KNOWN_KEY };

	note(p, "starting a copy, to take its identity out");
	if (identity_load(directory, &identity, err) < 0 || boot_machine(&boot, &guest, err) < 0)
		return -1;
	what.user_public = identity.user_public;
	what.deadline_ms = clock_ms() + SCRUB_WAIT_MS;
	if (guest && (take_further_keys(guest, w->want, what.deadline_ms, err) < 0 ||
		      guest_scrub(guest, &what, err) < 0))
		return -1;
	return stop(p, PROVIDER_STOP_GRACEFUL, err);
}

static int open_pack(struct packaging *p, unsigned disk_count, struct error *err)
{
	const struct package *w = p->what;
	struct pack_spec spec = {
		.path = w->path,
		.format = w->format,
		.disk_count = disk_count,
		.architecture = offer_host_architecture(),
		.user = login_user(w),
		.first_boot = p->content.first_boot,
		.vagrantfile = w->vagrantfile,
		.watch = &p->watch,
	};

	return pack_open(&spec, &p->pack, err);
}

static int begin_disk(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		      struct error *err)
{
	struct packaging *p = ctx;
	const struct content *c = &p->content;
	uint64_t own = p->what->have->disk_mib << 20;
	uint64_t disk_bytes = p->disk == 0 && own     ? own :
			      p->disk < c->disk_count ? c->disks[p->disk].disk_bytes :
							0;

	(void)format; /* an export is qcow2 */
	p->disk++;
	return pack_disk(p->pack, file_bytes, disk_bytes, out, err);
}

static int export_disks(struct packaging *p, struct error *err)
{
	struct image_target target = { .begin = begin_disk, .ctx = p };

	note(p, "writing the box");
	return provider_machine_export(p->what->provider, p->what->have->id, &target, err);
}

/* Whatever happened, the machine is off and itself again. */
static int package_vm(struct packaging *p, unsigned disk_count, struct error *err)
{
	const struct package *w = p->what;
	cleanup_error struct error undo = { 0 };
	int rc;

	if (provider_machine_layer(w->provider, w->have->id, true, err) < 0)
		return -1;
	rc = scrub(p, err);
	if (rc == 0)
		rc = open_pack(p, disk_count, err);
	if (rc == 0)
		rc = export_disks(p, err);
	if ((rc < 0 && stop(p, PROVIDER_STOP_FORCE, &undo) < 0) ||
	    provider_machine_layer(w->provider, w->have->id, false, &undo) < 0)
		return rc < 0 ? error_hint(err, "the copy remains: %s; 'bothy up' takes it away",
					   undo.text) :
				error_move(err, &undo);
	return rc;
}

static enum pack_fate fate(const char *path, mode_t mode)
{
	switch (identity_path_fate(path, mode)) {
	case IDENTITY_EMPTY:
	case IDENTITY_KEYS:
		return PACK_EMPTY;
	case IDENTITY_REMOVE:
	case IDENTITY_UNLINK:
		return PACK_LEAVE_OUT;
	case IDENTITY_KEEP:
		break;
	}
	return PACK_KEEP;
}

static int package_container(struct packaging *p, struct error *err)
{
	const struct package *w = p->what;
	cleanup_close int root_fd = -1;

	if (provider_machine_tree(w->provider, w->have->id, &root_fd, err) < 0 ||
	    open_pack(p, 0, err) < 0)
		return -1;
	note(p, "writing the box");
	return pack_tree(p->pack, root_fd, fate, err);
}

int package_machine(struct session *s, const struct package *what, struct error *err)
{
	cleanup_packaging struct packaging p = { .session = s,
						 .what = what,
						 .watch = out_watcher(s->out) };
	cleanup_error struct error none = { 0 };
	int rc;

	if (content_load(s->home, what->have->box_digest, &p.content, &none) < 0)
		p.content = (struct content){ 0 };
	if (stop(&p, PROVIDER_STOP_GRACEFUL, err) < 0)
		return error_wrap(err, "cannot stop machine '%s'", what->want->name);
	rc = what->format == PACK_ROOTFS ?
		     package_container(&p, err) :
		     package_vm(&p, p.content.disk_count ? (unsigned)p.content.disk_count : 1, err);
	if (rc == 0)
		rc = pack_commit(p.pack, err);
	return rc == 0 ? 0 : error_wrap(err, "cannot package machine '%s'", what->want->name);
}
