/* SPDX-License-Identifier: Apache-2.0 */
/* bothy destroy: remove machines. Exit status 0: all gone, 1: all declined, 2: some declined. */
#include "cli/change.h"
#include "cli/commands.h"
#include "core/strings.h"

#include <string.h>
#include <unistd.h>

struct answers {
	struct strings yes;
	size_t asked;
};

static int ask_each(struct session *s, const struct plan *plan, struct answers *answers,
		    struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *name = plan->steps[i].machine;
		cleanup_free char *action = NULL;
		bool yes = false;

		if (plan->steps[i].kind != STEP_REMOVE)
			continue;
		action = xasprintf("destroy machine '%s' and its data", name);
		if (change_ask(s, action, &yes, err) < 0)
			return err->kind == ERROR_DECLINED ?
				       error_hint(err, "'bothy destroy -f' does not ask") :
				       -1;
		answers->asked++;
		if (yes) {
			answers->yes.at =
				xgrow(answers->yes.at, answers->yes.count, sizeof(char *));
			answers->yes.at[answers->yes.count++] = xstrdup(name);
		}
	}
	return 0;
}

static int destroy_asking(struct session *s, const struct change *change, int argc, char **argv,
			  size_t *steps, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	struct answers answers = { 0 };
	int rc = change_plan(s, change, argc, argv, &plan, err);

	if (rc == 0)
		rc = ask_each(s, &plan, &answers, err);
	if (rc == 0 && answers.yes.count < answers.asked)
		s->exit_status = answers.yes.count ? 2 : 1;
	*steps = 0;
	if (rc == 0 && answers.yes.count)
		rc = change_apply(s, change, (int)answers.yes.count,
				  (char **)(uintptr_t)answers.yes.at, steps, err);
	else if (rc == 0 && answers.asked == 0)
		rc = change_apply(s, change, argc, argv, steps, err);
	strings_free(&answers.yes);
	return rc;
}

static int count_left(struct session *s, size_t *out, struct error *err)
{
	struct observed left = { 0 };
	int rc = 0;

	for (size_t i = 0; i < SESSION_PROVIDERS && rc == 0; i++) {
		if (s->providers[i])
			rc = provider_observe(s->providers[i], s->project.id, &left, err);
	}
	*out = left.machine_count;
	observed_clear(&left);
	return rc;
}

/* What was kept of provisioners of the whole project. */
static int forget_once(const struct session *s, struct error *err)
{
	static const char *const names[] = { "provision.json", "ansible", "logs/once" };
	cleanup_free char *logs = fs_join(s->state_dir, "logs");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = fs_join(s->state_dir, names[i]);

		if (fs_remove(path, err) < 0)
			return -1;
	}
	rmdir(logs);
	return 0;
}

/* With the last machine go its keys and the lock; what consoles showed stays, and with it its directory. */
static int tidy_up(struct session *s, struct error *err)
{
	cleanup_free char *machines = fs_join(s->state_dir, "machines");
	cleanup_free char *forward = fs_join(s->state_dir, "forward");
	cleanup_free char *lock = fs_join(s->state_dir, "lock");
	size_t left;

	if (count_left(s, &left, err) < 0)
		return -1;
	if (left || s->lock_fd < 0)
		return 0;
	for (size_t i = 0; i < s->env.machine_count; i++) {
		cleanup_free char *directory = fs_join(machines, s->env.machines[i].name);

		if (fs_remove(directory, err) < 0)
			return -1;
	}
	rmdir(machines);
	if (forget_once(s, err) < 0 || fs_remove(forward, err) < 0 || fs_remove(lock, err) < 0)
		return -1;
	rmdir(s->state_dir);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_DESTROY };
	bool force = false;
	const struct option_row rows[] = {
		{ 'f', "force", OPTION_FLAG, &force, NULL, "do not ask" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	size_t steps;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find_for(s, argc, "no hooks run, and machines go in no order", err) < 0)
		return -1;
	rc = force ? change_apply(s, &change, argc, argv, &steps, err) :
		     destroy_asking(s, &change, argc, argv, &steps, err);
	if (rc == 0)
		rc = tidy_up(s, err);
	if (rc == 0 && steps == 0 && s->exit_status == 0)
		out_info(s->out, "nothing to do: no machine exists");
	return rc;
}

const struct command cmd_destroy = {
	"destroy", "life", "[-f] [MACHINE…]", "Remove machines with their disks", run,
};
