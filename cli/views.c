/* SPDX-License-Identifier: Apache-2.0 */
/* What the planner needs to know of boxes, results and keys, gathered before it runs. */
#include "cli/session.h"

#include <string.h>

#include "boxes/box.h"
#include "cli/boot.h"
#include "core/provisioner.h"
#include "guest/identity.h"

/* Without the box at hand a machine that exists can still be planned; making one will say what is missing. */
static int view_box(struct session *s, const struct machine *m, struct machine_view *view,
		    struct error *err)
{
	const struct provider_ops *ops = provider_find(m->provider);
	cleanup_error struct error missing = { 0 };
	struct watcher watch = out_watcher(s->out);
	cleanup_free char *path = NULL;
	struct provider *p;
	struct box box = { .image.kind = ops->image_kind };

	if (box_locate(m->box, s->project.directory, &path, &missing) < 0)
		return 0;
	if (box_digest(s->home, path, &watch, box.image.digest, err) < 0)
		return error_wrap(err, "cannot read the box of machine '%s'", m->name);
	if (m->box_checksum && strcmp(m->box_checksum, box.image.digest) != 0) {
		error_set(err, ERROR_BOX,
			  "box '%s' of machine '%s' has another checksum than the file wants",
			  m->box, m->name);
		return error_hint(err, "it is sha256:%s", box.image.digest);
	}
	view->box_digest = xstrdup(box.image.digest);
	if (ops->image_kind == IMAGE_ROOTFS) {
		view->base_present = box_stored_rootfs(s->home, &box);
		box_clear(&box);
		return 0;
	}
	return session_provider(s, m->provider, &p, err) < 0 ?
		       -1 :
		       provider_base_exists(p, view->box_digest, &view->base_present, err);
}

static void view_keys(const struct session *s, const struct machine *m, struct machine_view *view)
{
	cleanup_free char *booting = session_machine_path(s, m->name, BOOT_MARK);
	cleanup_free char *directory = session_machine_path(s, m->name, NULL);
	cleanup_identity struct identity id = { 0 };
	cleanup_error struct error none = { 0 };

	if (identity_load(directory, &id, &none) == 0)
		view->key_id = xstrdup(id.key_id);
	view->booting = fs_exists(booting);
}

int session_views(struct session *s, struct error *err)
{
	size_t count = s->env.machine_count;

	if (s->views)
		return 0;
	if (provisioners_digest(&s->env, err) < 0)
		return -1;
	s->views = xcalloc(count, sizeof(*s->views));
	s->records = xcalloc(count, sizeof(*s->records));
	s->view_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = &s->env.machines[i];
		cleanup_free char *path = session_machine_path(s, m->name, MACHINE_RECORD);

		s->views[i].engine = provider_find(m->provider)->engine;
		s->views[i].record = &s->records[i];
		record_load(path, &s->records[i]);
		view_keys(s, m, &s->views[i]);
		if (view_box(s, m, &s->views[i], err) < 0)
			return -1;
	}
	return 0;
}
