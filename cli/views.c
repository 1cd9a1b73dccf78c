/* SPDX-License-Identifier: Apache-2.0 */
/* What the planner needs to know of boxes, results and keys, gathered before it runs. */
#include "cli/session.h"

#include <string.h>

#include "cli/boot.h"
#include "cli/folders.h"
#include "cli/publish.h"
#include "cli/stock.h"
#include "cli/trust.h"
#include "core/provisioners.h"
#include "guest/identity.h"

/* Many machines of one box are one question to the engine. */
static bool was_asked(const struct session *s, const struct machine *m, struct machine_view *view)
{
	for (const struct machine_view *other = s->views; other < view; other++) {
		if (text_equal(other->box_digest, view->box_digest) &&
		    strcmp(s->env.machines[other - s->views].provider, m->provider) == 0) {
			view->base_present = other->base_present;
			return true;
		}
	}
	return false;
}

/* Without the box at hand a machine that exists can still be planned; making one will bring it. */
static int view_box(struct session *s, const struct machine *m, struct machine_view *view,
		    struct error *err)
{
	const struct observed_machine *have =
		s->has_observed ? observed_machine(&s->observed, s->project.id, m->name) : NULL;
	cleanup_content struct content content = { 0 };
	cleanup_error struct error missing = { 0 };
	char digest[DIGEST_HEX_BYTES];

	if (stock_digest(s, m, have, digest, &view->box_unfit, err) < 0)
		return -1;
	if (!digest[0])
		return 0;
	view->box_digest = xstrdup(digest);
	if (was_asked(s, m, view))
		return 0;
	if (content_load(s->home, digest, &content, &missing) < 0)
		return 0;
	return stock_holds(s, m->provider, &content, &view->base_present, err);
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

/* Only a machine that is there can lack something. */
static char *folders_reason_of(struct session *s, const struct machine *m)
{
	const struct observed_machine *have =
		s->has_observed ? observed_machine(&s->observed, s->project.id, m->name) : NULL;

	return have ? folders_reason(s, m, have) : NULL;
}

int session_views(struct session *s, struct error *err)
{
	cleanup_forwarded struct forwarded_list forwarded = { 0 };
	size_t count = s->env.machine_count;

	if (s->views)
		return 0;
	/* Kept, since it reads all playbooks; before anything is done for it, trust_check() reads them anew. */
	s->trusted = trust_given(s);
	if (provisioners_digest(&s->env, s->trusted, err) < 0 ||
	    publish_list(s, &s->project, &forwarded, err) < 0)
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
		s->views[i].folders_reason = folders_reason_of(s, m);
		s->views[i].publish_reason = publish_reason(s, m, &forwarded);
		if (view_box(s, m, &s->views[i], err) < 0)
			return -1;
	}
	return 0;
}
