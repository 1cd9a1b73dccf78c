/* SPDX-License-Identifier: Apache-2.0 */
/* bothy sync: bring folders of kind rsync and copy into machines that run, once or whenever something changes. */
#include "cli/commands.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/reach.h"
#include "cli/sync.h"
#include "cli/trust.h"
#include "cli/watching.h"
#include "core/strings.h"

/* One machine, in a thread of its own. */
struct lane {
	struct syncing syncing;
	struct guest *guest;
	pthread_t thread;
	unsigned how;
	bool alone; /* its failure is the command's */
	struct sync_result sum;
	json_t *folders;
	struct error err;
	int rc;
};

static size_t count_folders(const struct machine *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->folder_count; i++)
		count += sync_is_for(&m->folders[i]);
	return count;
}

/* Adds the machine if it has such folders and runs; one that was named has to run. */
static int add_lane(struct session *s, const char *name, bool named, struct lane *lanes,
		    size_t *count, struct error *err)
{
	const struct machine *want = env_machine(&s->env, name);
	const struct observed_machine *have = observed_machine(&s->observed, s->project.id, name);

	if (named && reach_machine(s, name, &have, err) < 0)
		return -1;
	if (!want || !count_folders(want) || !have || have->state != MACHINE_RUNNING ||
	    !provider_find(have->provider)->has_guest)
		return 0;
	lanes[*count].syncing = (struct syncing){ .session = s, .want = want, .have = have };
	*count += 1;
	return 0;
}

/* No words mean all machines of the file. */
static int choose(struct session *s, int argc, char **argv, struct lane **out, size_t *out_count,
		  struct error *err)
{
	struct strings names = { 0 };
	int rc = session_select(s, argc, argv, &names, err);
	size_t most = names.count ? names.count : s->env.machine_count;
	struct lane *lanes = xcalloc(most + 1, sizeof(*lanes));

	*out_count = 0;
	for (size_t i = 0; rc == 0 && i < most; i++)
		rc = add_lane(s, names.count ? names.at[i] : s->env.machines[i].name,
			      names.count > 0, lanes, out_count, err);
	strings_free(&names);
	*out = lanes;
	return rc;
}

/* The engines are opened before there are threads, and whoever wants what is outside of the project must be trusted. */
static int prepare(struct session *s, struct lane *lanes, size_t count, struct error *err)
{
	cleanup_free struct step *steps = xcalloc(count + 1, sizeof(*steps));
	struct plan plan = { .steps = steps, .count = count };

	for (size_t i = 0; i < count; i++) {
		struct syncing *syncing = &lanes[i].syncing;
		struct provider *p;

		syncing->guest = &lanes[i].guest;
		lanes[i].folders = json_array();
		steps[i] = (struct step){ .id = "sync",
					  .kind = STEP_FOLDERS,
					  .machine = syncing->want->name,
					  .lane = syncing->want->name,
					  .reason = "sync",
					  .provider = syncing->have->provider,
					  .want = syncing->want,
					  .have = syncing->have };
		if (session_provider(s, syncing->have->provider, &p, err) < 0)
			return -1;
	}
	return trust_check(s, &plan, err);
}

static void show(struct lane *lane)
{
	struct out *o = lane->syncing.session->out;
	cleanup_free char *what = sync_describe(&lane->sum);

	if (lane->rc < 0 && lane->alone)
		return;
	if (lane->rc < 0)
		out_machine(o, lane->syncing.want->name, COLOR_RED, "failed");
	else
		out_machine(o, lane->syncing.want->name, COLOR_GREEN, "%s", what);
}

static int sync_one(struct lane *lane, size_t index)
{
	const struct folder *f = &lane->syncing.want->folders[index];
	cleanup_sync_result struct sync_result r = { 0 };
	cleanup_free char *skipped = NULL;
	json_t *document;

	if (sync_folder(&lane->syncing, index, lane->how, &r, &lane->err) < 0)
		return -1;
	skipped = sync_describe_skipped(&r, f);
	if (skipped)
		out_machine(lane->syncing.session->out, lane->syncing.want->name, COLOR_YELLOW,
			    "%s", skipped);
	document = sync_document(&r);
	json_object_set_new(document, "from", json_string(f->said));
	json_object_set_new(document, "to", json_string(f->to));
	json_object_set_new(document, "kind", json_string(folder_kind_name(f->kind)));
	json_array_append_new(lane->folders, document);
	sync_result_add(&lane->sum, &r);
	return 0;
}

static void *run_lane(void *ctx)
{
	struct lane *lane = ctx;
	const struct machine *m = lane->syncing.want;

	for (size_t i = 0; lane->rc == 0 && i < m->folder_count; i++) {
		if (sync_is_for(&m->folders[i]))
			lane->rc = sync_one(lane, i);
	}
	guest_close(&lane->guest);
	syncing_clear(&lane->syncing);
	show(lane);
	return NULL;
}

/* In the order of the machines; an interruption, which they share, comes first and once. */
static void gather(struct lane *lanes, size_t count, struct error *err)
{
	for (size_t i = 0; i < count && err->kind == ERROR_NONE; i++) {
		if (lanes[i].err.kind == ERROR_STOPPED)
			error_move(err, &lanes[i].err);
	}
	for (size_t i = 0; i < count; i++) {
		const char *name = lanes[i].syncing.want->name;
		cleanup_free char *quoted = xasprintf("'%s'", name);
		struct error *why = &lanes[i].err;

		if (why->kind != ERROR_NONE && why->kind != ERROR_STOPPED) {
			if (!strstr(why->text, quoted))
				error_wrap(why, "machine %s", quoted);
			error_add(err, why);
		}
		error_clear(why);
	}
}

static int conclude(struct session *s, struct lane *lanes, size_t count, struct error *err)
{
	json_t *machines = json_array();
	size_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(machines,
				      json_pack("{s:s, s:O, s:s?}", "machine",
						lanes[i].syncing.want->name, "folders",
						lanes[i].folders, "error", lanes[i].err.text));
		failed += lanes[i].rc < 0;
	}
	gather(lanes, count, err);
	if (failed == 0)
		out_document(s->out, json_pack("{s:o}", "machines", machines));
	else
		json_decref(machines);
	return failed ? -1 : 0;
}

static int sync_all(struct session *s, struct lane *lanes, size_t count, bool full,
		    struct error *err)
{
	size_t started = 0;

	for (; started < count; started++) {
		lanes[started].how = full ? COPIER_FULL : 0;
		lanes[started].alone = count == 1;
		if (pthread_create(&lanes[started].thread, NULL, run_lane, &lanes[started]) != 0)
			break;
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(lanes[i].thread, NULL);
	/* Where there are no more threads to be had, one after the other will do. */
	for (size_t i = started; i < count; i++)
		run_lane(&lanes[i]);
	return conclude(s, lanes, count, err);
}

static int watch(struct session *s, struct lane *lanes, size_t count, bool full, struct error *err)
{
	cleanup_free struct syncing *all = xcalloc(count, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = lanes[i].syncing;
	s->out->streams = true;
	return watching_run(s, all, count, full, err);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	bool again = false, full = false;
	const struct option_row rows[] = {
		{ 'w', "watch", OPTION_FLAG, &again, NULL,
		  "stay, and bring what changes as it changes" },
		{ 0, "full", OPTION_FLAG, &full, NULL,
		  "everything, not only what has changed here" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	struct lane *lanes = NULL;
	size_t count = 0;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_load(s, err) < 0 || session_observe(s, err) < 0)
		return -1;
	rc = choose(s, argc, argv, &lanes, &count, err);
	if (rc == 0 && count == 0) {
		out_info(s->out,
			 "nothing to do: no running machine has a folder of kind \"copy\" or "
			 "\"rsync\"");
		out_document(s->out, json_pack("{s:[]}", "machines"));
	}
	if (rc == 0 && count)
		rc = prepare(s, lanes, count, err);
	if (rc == 0 && count)
		rc = again ? watch(s, lanes, count, full, err) :
			     sync_all(s, lanes, count, full, err);
	for (size_t i = 0; i < count; i++)
		json_decref(lanes[i].folders);
	free(lanes);
	return rc;
}

const struct command cmd_sync = {
	"sync",
	"reach",
	"[--watch] [--full] [MACHINE…]",
	"Bring folders into running machines again",
	run,
};
