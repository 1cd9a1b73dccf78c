/* SPDX-License-Identifier: Apache-2.0 */
/* bothy net partition and heal: machines that do not hear each other any more. */
#include "cli/commands.h"
#include "cli/reach.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"

static void add_mac(struct strings *list, const char *mac)
{
	list->at = xgrow(list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = xstrdup(mac);
}

static int add_macs(struct session *s, const char *machine, struct strings *list,
		    const char **out_engine, struct error *err)
{
	const struct observed_machine *have =
		observed_machine(&s->observed, s->project.id, machine);
	const char *engine;

	if (!have)
		return reach_missing(s, machine, NULL, err);
	engine = provider_find(have->provider)->engine;
	if (*out_engine && strcmp(*out_engine, engine) != 0)
		return error_set(
			err, ERROR_USAGE,
			"machine '%s' is on no network with the others: it is made by '%s'",
			machine, have->provider);
	*out_engine = engine;
	for (size_t i = 0; i < have->card_count; i++)
		add_mac(list, have->cards[i].mac);
	return 0;
}

static int part(struct session *s, const struct strings *names, struct error *err)
{
	struct strings one = { 0 }, others = { 0 };
	const char *engine = NULL;
	struct provider *p;
	int rc = add_macs(s, names->at[0], &one, &engine, err);

	for (size_t i = 1; rc == 0 && i < names->count; i++)
		rc = add_macs(s, names->at[i], &others, &engine, err);
	if (rc == 0)
		rc = session_engine(s, engine, &p, err);
	if (rc == 0)
		rc = provider_cards_part(p, s->project.id, &one, &others, err);
	strings_free(&one);
	strings_free(&others);
	return rc;
}

static int partition(struct session *s, int argc, char **argv, struct error *err)
{
	struct strings names = { 0 };
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (argc < 2) {
		error_set(err, ERROR_USAGE, "it takes two machines to part them");
		return error_hint(err, "bothy net partition web db");
	}
	if (session_find_for(s, argc, "", err) < 0 || session_observe(s, err) < 0 ||
	    session_select(s, argc, argv, &names, err) < 0)
		return -1;
	rc = names.count < 2 ? error_set(err, ERROR_USAGE, "these are one and the same machine") :
			       part(s, &names, err);
	if (rc == 0)
		out_info(s->out,
			 "'%s' and %s%s%s hear nothing of each other until 'bothy net heal'",
			 names.at[0], names.count == 2 ? "'" : "",
			 names.count == 2 ? names.at[1] : "the others",
			 names.count == 2 ? "'" : "");
	if (rc == 0)
		out_document(s->out, json_object());
	strings_free(&names);
	return rc;
}

/* Whatever engine has machines of the project may have parted them. */
static int heal_all(struct session *s, struct error *err)
{
	const char *done = NULL;

	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];
		const char *engine = provider_find(m->provider)->engine;
		struct provider *p;

		if (strcmp(m->project.id, s->project.id) != 0 || text_equal(engine, done))
			continue;
		if (session_engine(s, engine, &p, err) < 0 ||
		    provider_cards_part(p, s->project.id, NULL, NULL, err) < 0)
			return -1;
		done = engine;
	}
	return 0;
}

static int heal(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find(s, "", err) < 0 || session_observe(s, err) < 0 || heal_all(s, err) < 0)
		return -1;
	out_info(s->out, "the machines of this project hear each other");
	out_document(s->out, json_object());
	return 0;
}

const struct command cmd_net_partition = {
	"net partition",    "net",
	"MACHINE MACHINE…", "Let the first hear nothing of the others, nor they of it",
	partition,
};

const struct command cmd_net_heal = {
	"net heal", "net", "", "Undo all partitions of this project", heal,
};
