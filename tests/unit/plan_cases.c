/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans as data: tests/plan/NAME.plan holds a bothy.lua, what exists, a goal, and the plan these
 * must give. With names of such files as arguments, prints the plans they give instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/folder_note.h"
#include "core/fs.h"
#include "core/normalize.h"
#include "core/plan.h"
#include "core/provisioners.h"
#include "core/text.h"
#include "lua/envfile.h"
#include "plan_records.h"

/*
 * A case has sections that begin with a line `--- NAME`; lines before the first say what it is about.
 *
 * env   the bothy.lua. Beside it lie app.sh, app.conf and site.yml.
 * have  JSON, empty for nothing: in what the world differs from one that equals the file.
 *       machines: [{"name", …}], members as in put_machine(); what is left out is as the file
 *       wants it, and running. network, networks: one or a list of {"engine", "name", "members",
 *       "names", "settings", "active"}; left out: all of the file with all of `machines`, or none if
 *       there are none. publish: {"web": why STEP_PUBLISH is due}. records: {"web": {"machine",
 *       "ran": [{"name", "ok", "digest"}], "ready"}}, "once" for once_all_up{}; left out: all ran well and was ready as
 *       it is now. box_known false: no box is at hand; base_present false: nor imported; keys false: .bothy is gone.
 * goal  a command: up, reload, provision, halt or destroy, with names, --provision,
 *       --no-provision, --provision-with=A,B, --from=A, --no-hooks and --force.
 * plan  one line a step: `ID  [EFFECT]  REASON  <- ID…`; or `nothing to do`; or `error: …`.
 */
struct world {
	struct arena arena;
	char *directory; /* temporary, of the project */
	struct env env;
	struct observed observed;
	struct machine_view *views;
	struct record *records; /* one more than machines: that of env.once */
	struct strings names, provisioners;
	char *sections[4];
	json_t *have;
	struct plan_request request;
};

enum { SECTION_ENV, SECTION_HAVE, SECTION_GOAL, SECTION_PLAN };

static void split_sections(struct world *w, const char *path)
{
	static const char *const marks[] = { "--- env\n", "--- have\n", "--- goal\n",
					     "--- plan\n" };
	cleanup_text struct text all = { 0 };
	cleanup_error struct error err = { 0 };
	char *at, *copy;

	if (fs_read(path, 1 << 20, &all, &err) < 0)
		fail_msg("%s", err.text);
	at = copy = arena_strndup(&w->arena, text_str(&all), all.len);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		at = strstr(at, marks[i]);
		if (!at)
			fail_msg("%s: no section %s", path, marks[i]);
		assert_true(at == copy || at[-1] == '\n');
		*at = '\0';
		at += strlen(marks[i]);
		w->sections[i] = at;
	}
}

static void put_file(const struct world *w, const char *name, const char *content)
{
	cleanup_free char *path = fs_join(w->directory, name);
	cleanup_error struct error err = { 0 };

	if (fs_write(path, content, strlen(content), 0644, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void load_env(struct world *w)
{
	static const char *const providers[] = { "kvm", "container", "fake", NULL };
	cleanup_free char *file = fs_join(w->directory, "bothy.lua");
	struct normalize_conf conf = { .directory = w->directory, .providers = providers };
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw = { 0 };

	put_file(w, "bothy.lua", w->sections[SECTION_ENV]);
	put_file(w, "app.sh", "echo app\n");
	put_file(w, "app.conf", "port 80\n");
	put_file(w, "site.yml", "- hosts: all\n");
	if (envfile_load(file, &raw, &problems, &err) < 0)
		fail_msg("%s", err.text);
	if (problems.count == 0)
		normalize(&raw, &conf, &w->env, &problems);
	if (problems.count)
		fail_msg("line %d: %s", problems.at[0].line, problems.at[0].text);
	if (provisioners_digest(&w->env, true, &err) < 0)
		fail_msg("%s", err.text);
	w->env.file = "bothy.lua";
}

static bool flag_of(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);

	return value ? json_is_true(value) : otherwise;
}

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
	const json_t *value = json_object_get(object, key);

	return value ? json_string_value(value) : otherwise;
}

static uint64_t number_of(const json_t *object, const char *key, uint64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return value ? (uint64_t)json_integer_value(value) : otherwise;
}

static void add_string(struct world *w, struct strings *s, const char *word)
{
	s->at = arena_grow(&w->arena, s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = word;
}

static enum machine_state state_of(const char *name)
{
	for (enum machine_state s = MACHINE_NOT_CREATED; s <= MACHINE_UNKNOWN; s++) {
		if (strcmp(machine_state_name(s), name) == 0)
			return s;
	}
	fail_msg("there is no state '%s'", name);
	return MACHINE_UNKNOWN;
}

static const char *engine_of(const char *provider)
{
	return strcmp(provider, "fake") == 0 ? "fake" : "libvirt";
}

static const char *digest_of_box(struct world *w, const char *box)
{
	char hex[DIGEST_HEX_BYTES];

	digest_of(box, strlen(box), hex);
	return arena_strdup(&w->arena, hex);
}

static const char *command_of(struct world *w, const struct machine *m)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < m->command.count; i++) {
		text_add(&t, i ? " " : "");
		text_add_shell_quoted(&t, m->command.at[i]);
	}
	return t.len ? arena_strdup(&w->arena, text_str(&t)) : NULL;
}

/* "cards": [{"network", "settings"}]; left out: as the file wants them; empty: one of before there were cards. */
static void put_cards(struct world *w, const json_t *given, const struct machine *m,
		      struct observed_machine *o)
{
	const json_t *list = json_object_get(given, "cards");

	o->card_count = list ? json_array_size(list) : m->card_count;
	o->cards = arena_alloc(&w->arena, (o->card_count + 1) * sizeof(*o->cards));
	for (size_t i = 0; i < o->card_count; i++) {
		const json_t *item = json_array_get(list, i);
		const struct network *n = list ? NULL : &w->env.networks[m->cards[i].network];

		o->cards[i].network = n ? n->name : text_of(item, "network", NULL);
		o->cards[i].settings = n ? card_settings(n, &m->cards[i], &w->arena) :
					   text_of(item, "settings", NULL);
	}
}

static void put_machine(struct world *w, const json_t *given)
{
	static const struct machine none = { .provider = "kvm",
					     .box = "old.box",
					     .hostname = "old" };
	static const char *const accels[] = { "auto", "kvm", "tcg" };
	const char *name = text_of(given, "name", "?");
	const struct machine *m = env_machine(&w->env, name);
	struct observed_machine *o = observed_add_machine(&w->observed);
	cleanup_free char *note = m ? folder_note_text(m->folders, m->folder_count) : NULL;

	m = m ? m : &none;
	o->name = name;
	o->project = w->env.project;
	o->id = arena_printf(&w->arena, "id-of-%s", name);
	o->provider = text_of(given, "provider", m->provider);
	o->state = state_of(text_of(given, "state", "running"));
	o->complete = flag_of(given, "complete", true);
	o->box_name = m->box;
	snprintf(o->box_digest, sizeof(o->box_digest), "%s",
		 text_of(given, "box_digest", digest_of_box(w, m->box)));
	o->hostname = text_of(given, "hostname", m->hostname);
	o->cpus = (unsigned)number_of(given, "cpus", m->cpus);
	o->memory_mib = number_of(given, "memory_mib", m->memory_mib);
	if (strcmp(o->provider, "container") != 0)
		o->disk_mib = number_of(given, "disk_mib", m->disk_mib);
	if (strcmp(o->provider, "kvm") == 0)
		o->accel_wanted = text_of(given, "accel", accels[m->accel]);
	else
		o->command = text_of(given, "command", command_of(w, m));
	o->key_id = text_of(given, "key_id", "key-1");
	put_cards(w, given, m, o);
	o->folders = arena_strdup(&w->arena, text_of(given, "folders", note));
}

static struct strings strings_of(struct world *w, const json_t *list)
{
	struct strings s = { .count = json_array_size(list) };

	s.at = list ? arena_alloc(&w->arena, (s.count + 1) * sizeof(char *)) : NULL;
	for (size_t i = 0; i < s.count; i++)
		s.at[i] = json_string_value(json_array_get(list, i));
	return s;
}

static void put_network(struct world *w, const json_t *given, const char *name)
{
	struct observed_network *n = observed_add_network(&w->observed);
	const json_t *members = json_object_get(given, "members");

	n->engine = text_of(given, "engine",
			    w->observed.machine_count ?
				    engine_of(w->observed.machines[0].provider) :
				    "libvirt");
	n->name = text_of(given, "name", name);
	n->settings = text_of(given, "settings", NULL);
	for (size_t i = 0; i < w->env.network_count && !n->settings; i++)
		n->settings = strcmp(w->env.networks[i].name, n->name) == 0 ?
				      w->env.networks[i].settings :
				      NULL;
	n->project = w->env.project;
	n->active = flag_of(given, "active", true);
	n->names = strings_of(w, json_object_get(given, "names"));
	n->members = strings_of(w, members);
	for (size_t i = 0; i < w->observed.machine_count && !members; i++)
		add_string(w, &n->members, w->observed.machines[i].name);
}

static void observe(struct world *w)
{
	const json_t *networks = json_object_get(w->have, "networks");
	const json_t *network = json_object_get(w->have, "network");
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(w->have, "machines"), i, item) put_machine(w, item);
	json_array_foreach(networks, i, item) put_network(w, item, "management");
	if (json_is_object(network))
		put_network(w, network, "management");
	for (i = 0; i < w->env.network_count && !network && !networks; i++) {
		if (w->observed.machine_count)
			put_network(w, NULL, w->env.networks[i].name);
	}
}

static void make_views(struct world *w)
{
	size_t count = w->env.machine_count;
	const json_t *records = json_object_get(w->have, "records");
	bool known = flag_of(w->have, "box_known", true);

	w->views = arena_alloc(&w->arena, count * sizeof(*w->views));
	w->records = arena_alloc(&w->arena, (count + 1) * sizeof(*w->records));
	make_record(w->directory, json_object_get(records, "once"), "once-id", &w->env.once, NULL,
		    &w->records[count]);
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = &w->env.machines[i];

		make_record(w->directory, json_object_get(records, m->name),
			    arena_printf(&w->arena, "id-of-%s", m->name), &m->provision, &m->ready,
			    &w->records[i]);
		w->views[i] = (struct machine_view){
			.engine = engine_of(m->provider),
			.box_digest = known ? digest_of_box(w, m->box) : NULL,
			.base_present = flag_of(w->have, "base_present", known),
			.record = &w->records[i],
			.key_id = flag_of(w->have, "keys", true) ? "key-1" : NULL,
			.booting = flag_of(w->have, "booting", false),
			.publish_reason =
				text_of(json_object_get(w->have, "publish"), m->name, NULL),
		};
	}
}

static void take_goal(struct world *w, struct plan_request *r)
{
	static const char *const goals[] = { "up", "reload", "provision", "halt", "destroy" };
	char *word = strtok_r(w->sections[SECTION_GOAL], " \n", &w->sections[SECTION_GOAL]);
	char *rest, *item;

	while (strcmp(goals[r->goal], word) != 0)
		assert_true(++r->goal < ARRAY_SIZE(goals));
	r->provision = r->goal == GOAL_PROVISION ? PROVISION_FORCE :
		       r->goal == GOAL_RELOAD    ? PROVISION_SKIP :
						   PROVISION_DUE;
	while ((word = strtok_r(NULL, " \n", &w->sections[SECTION_GOAL]))) {
		if (strcmp(word, "--provision") == 0)
			r->provision = PROVISION_FORCE;
		else if (strcmp(word, "--no-provision") == 0)
			r->provision = PROVISION_SKIP;
		else if (strcmp(word, "--force") == 0)
			r->force = true;
		else if (text_has_prefix(word, "--from="))
			r->from = word + strlen("--from=");
		else if (strcmp(word, "--no-hooks") == 0)
			r->no_hooks = true;
		else if (text_has_prefix(word, "--provision-with="))
			for (item = strtok_r(strchr(word, '=') + 1, ",", &rest); item;
			     item = strtok_r(NULL, ",", &rest))
				add_string(w, &w->provisioners, item);
		else
			add_string(w, &w->names, word);
	}
}

static void world_open(struct world *w, const char *path)
{
	json_error_t wrong;

	w->directory = xstrdup("/tmp/bothy-plan-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	split_sections(w, path);
	load_env(w);
	w->have = json_loads(*w->sections[SECTION_HAVE] ? w->sections[SECTION_HAVE] : "{}", 0,
			     &wrong);
	if (!w->have)
		fail_msg("%s: have, line %d: %s", path, wrong.line, wrong.text);
	observe(w);
	make_views(w);
	w->request = (struct plan_request){
		.env = &w->env,
		.observed = &w->observed,
		.views = w->views,
		.project_id = w->env.project.id,
		.names = &w->names,
		.provisioners = &w->provisioners,
		.once = &w->records[w->env.machine_count],
		.once_id = "once-id",
	};
	take_goal(w, &w->request);
}

static void world_close(struct world *w)
{
	cleanup_error struct error err = { 0 };

	if (fs_remove(w->directory, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i <= w->env.machine_count; i++)
		record_clear(&w->records[i]);
	env_clear(&w->env);
	observed_clear(&w->observed);
	arena_clear(&w->arena);
	json_decref(w->have);
	free(w->directory);
}

static void print_plan(const struct plan *plan, struct text *out)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *s = &plan->steps[i];

		text_addf(out, "%s  [%s]  %s", s->id, step_effect_name(s->effect), s->reason);
		for (size_t k = 0; k < s->need_count; k++)
			text_addf(out, "%s%s", k ? " " : "  <- ", plan->steps[s->needs[k]].id);
		text_add(out, "\n");
	}
	if (plan->count == 0)
		text_add(out, "nothing to do\n");
}

/* What apply relies on, whatever the case is about. */
static void check_order(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *s = &plan->steps[i];

		assert_non_null(s->lane);
		assert_non_null(s->reason);
		assert_true(s->provider || s->engine || (s->provisioner && !s->machine));
		for (size_t k = 0; k < s->need_count; k++)
			assert_true(s->needs[k] < i);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(plan->steps[k].id, s->id);
	}
}

static void plan_of(const char *path, struct text *out, struct text *expected)
{
	struct world w = { 0 };
	cleanup_plan struct plan plan = { 0 };
	cleanup_error struct error err = { 0 };

	world_open(&w, path);
	text_add(expected, w.sections[SECTION_PLAN]);
	if (plan_build(&w.request, &plan, &err) < 0)
		text_addf(out, "error: %s\n", err.text);
	else
		print_plan(&plan, out);
	check_order(&plan);
	world_close(&w);
}

static void test_case(void **state)
{
	cleanup_text struct text actual = { 0 }, expected = { 0 };

	plan_of(*state, &actual, &expected);
	assert_string_equal(text_str(&actual), text_str(&expected));
}

static int show(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		cleanup_text struct text out = { 0 }, expected = { 0 };

		plan_of(argv[i], &out, &expected);
		printf("%s", text_str(&out));
	}
	return 0;
}

static int run_all(const glob_t *found)
{
	struct CMUnitTest *tests = xcalloc(found->gl_pathc, sizeof(*tests));
	int status;

	for (size_t i = 0; i < found->gl_pathc; i++)
		tests[i] = (struct CMUnitTest){
			.name = strrchr(found->gl_pathv[i], '/') + 1,
			.test_func = test_case,
			.initial_state = found->gl_pathv[i],
		};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = _cmocka_run_group_tests("plan_cases", tests, found->gl_pathc, NULL, NULL);
	free(tests);
	return status;
}

int main(int argc, char **argv)
{
	cleanup_free char *pattern =
		fs_join(getenv("BOTHY_TOP") ? getenv("BOTHY_TOP") : ".", "tests/plan/*.plan");
	glob_t found;
	int status;

	if (argc > 1)
		return show(argc, argv);
	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("Bail out! no cases in '%s'\n", pattern);
		return 1;
	}
	status = run_all(&found);
	globfree(&found);
	return status;
}
