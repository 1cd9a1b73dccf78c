/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of machines: those that are brought are brought, those that are shared are mounted. */
#include "cli/folders.h"

#include "cli/sync.h"
#include "core/stop.h"
#include "guest/mount.h"

#define MOUNT_MS 120000

/* In a machine's directory while what the hypervisor shares may have no place in its guest. */
#define UNMOUNTED_MARK "unmounted"

static bool has_mounts(const struct machine *m)
{
	for (size_t i = 0; i < m->folder_count; i++) {
		if (folder_is_mounted(m->folders[i].kind))
			return true;
	}
	return false;
}

static char *unmounted_mark(const struct session *s, const char *machine)
{
	return session_machine_path(s, machine, UNMOUNTED_MARK);
}

int folders_await(const struct session *s, const struct machine *m, struct error *err)
{
	cleanup_free char *mark = unmounted_mark(s, m->name);

	if (!has_mounts(m))
		return fs_remove(mark, err);
	return fs_write(mark, "", 0, 0600, &s->owner, err);
}

/* What the hypervisor shares is there already, but for its place in the guest's tree. */
static int mount_shared(const struct inside *in, struct error *err)
{
	const struct machine *want = in->step->want;
	cleanup_free char *mark = unmounted_mark(in->session, want->name);

	if (!has_mounts(want))
		return 0;
	if (inside_log_in(in, err) < 0 ||
	    guest_mount_folders(*in->guest, want->folders, want->folder_count,
				clock_ms() + MOUNT_MS, err) < 0)
		return -1;
	return fs_remove(mark, err);
}

static void tell(const struct inside *in, const struct folder *f, const struct sync_result *r)
{
	cleanup_free char *what = sync_describe(r), *skipped = sync_describe_skipped(r, f);
	cleanup_free char *text =
		xasprintf("%s at %s (%s): %s", f->said, f->to, folder_kind_name(f->kind), what);
	struct event ev = { .kind = EVENT_STAGE,
			    .machine = in->step->machine,
			    .step = in->step->id,
			    .text = text,
			    .elapsed_ms = r->took_ms };

	watcher_emit(in->watch, &ev);
	if (!skipped)
		return;
	ev.kind = EVENT_NOTE;
	ev.text = skipped;
	watcher_emit(in->watch, &ev);
}

static int bring(const struct inside *in, struct syncing *syncing, size_t index, struct error *err)
{
	const struct folder *f = &syncing->want->folders[index];
	cleanup_sync_result struct sync_result result = { 0 };

	if (inside_log_in(in, err) < 0 || sync_folder(syncing, index, 0, &result, err) < 0)
		return -1;
	tell(in, f, &result);
	return 0;
}

/* What needs somebody in the guest. */
static bool is_inside(const struct folder *f)
{
	return folder_is_mounted(f->kind) || sync_is_for(f);
}

/* On a bridge it shows only now. The project's own goes without saying; what was asked for does not. */
static int leave_out(const struct inside *in, struct error *err)
{
	const struct machine *want = in->step->want;
	cleanup_free char *mark = unmounted_mark(in->session, want->name);

	for (size_t i = 0; i < want->folder_count; i++) {
		const struct folder *f = &want->folders[i];
		cleanup_free char *text = xasprintf(
			"'%s' is not at %s: this host has no way into it", f->said, f->to);

		if (!is_inside(f))
			continue;
		if (!f->by_default)
			return error_set(err, ERROR_GUEST,
					 "cannot put '%s' at '%s': this host has no way into '%s'",
					 f->said, f->to, want->name);
		watcher_emit(in->watch, &(struct event){ .kind = EVENT_NOTE,
							 .machine = in->step->machine,
							 .step = in->step->id,
							 .text = text });
	}
	return fs_remove(mark, err);
}

static bool any_inside(const struct machine *m)
{
	for (size_t i = 0; i < m->folder_count; i++)
		if (is_inside(&m->folders[i]))
			return true;
	return false;
}

int folders_bring(const struct inside *in, struct error *err)
{
	const struct machine *want = in->step->want;
	const struct observed_machine have = inside_machine(in);
	struct syncing syncing = {
		.session = in->session, .want = want, .have = &have, .guest = in->guest
	};
	int rc = 0;

	if (!in->provider->ops->has_guest)
		return 0;
	if (any_inside(want) && !inside_has_way_in(in))
		return leave_out(in, err);
	if (mount_shared(in, err) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < want->folder_count; i++) {
		if (sync_is_for(&want->folders[i]))
			rc = bring(in, &syncing, i, err);
	}
	syncing_clear(&syncing);
	return rc;
}

char *folders_reason(struct session *s, const struct machine *m,
		     const struct observed_machine *have)
{
	cleanup_free char *mark = unmounted_mark(s, m->name);
	char *reason = NULL;

	if (!provider_find(have->provider)->has_guest)
		return NULL;
	if (has_mounts(m) && fs_exists(mark))
		return xstrdup("were not mounted");
	for (size_t i = 0; !reason && i < m->folder_count; i++) {
		if (sync_is_for(&m->folders[i]))
			reason = sync_reason(s, have, &m->folders[i]);
	}
	return reason;
}
