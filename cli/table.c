/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of status and list. */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "cli/plaintext.h"
#include "cli/portspec.h"
#include "cli/publish.h"

static const char *name_of(const struct table_row *r)
{
	return r->want ? r->want->name : r->have->name;
}

static const char *provider_of(const struct table_row *r)
{
	return r->have ? r->have->provider : r->want->provider;
}

static const char *state_of(const struct table_row *r)
{
	if (r->have && !r->have->complete)
		return "incomplete";
	return machine_state_name(r->have ? r->have->state : MACHINE_NOT_CREATED);
}

/* Of the project whose rows are printed; rows of one project stand together. */
struct table_ports {
	const char *project_id; /* NULL: none yet */
	struct forwarded_list list;
};

/* Whoever may not ask another user's forwarder sees no ports of it. */
static void load_ports(const struct session *s, const struct table_row *r, struct table_ports *p)
{
	cleanup_error struct error ignored = { 0 };

	if (text_equal(p->project_id, r->project->id))
		return;
	forwarded_list_clear(&p->list);
	p->project_id = r->project->id;
	publish_list(s, r->project, &p->list, &ignored);
}

static json_t *ports_document(const struct table_row *r, const struct table_ports *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->list.count; i++) {
		if (strcmp(p->list.at[i].machine, name_of(r)) == 0)
			forwarded_document(&p->list.at[i], false, list);
	}
	return list;
}

static void add_ports(const struct table_row *r, const struct table_ports *p, struct text *line)
{
	for (size_t i = 0; i < p->list.count; i++) {
		const struct forwarded *f = &p->list.at[i];
		cleanup_free char *host = portspec_host(f->bind, f->host, f->count);
		cleanup_free char *guest = portspec_guest(f->protocol, f->guest, f->count);

		if (strcmp(f->machine, name_of(r)) == 0)
			text_addf(line, "  %s → %s", host, guest);
	}
}

static struct strings parted_from(const struct session *s, const struct table_row *r,
				  struct arena *arena)
{
	return r->have ? observed_parted(&s->observed, r->have, arena) : (struct strings){ 0 };
}

/* What "net" did to it, and nothing else would show. */
static void add_cuts(const struct session *s, const struct table_row *r, struct text *line)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	struct strings others = parted_from(s, r, &arena);
	const char *between = "  no cable: ";

	for (size_t i = 0; r->have && i < r->have->card_count; i++) {
		if (!r->have->cards[i].link_down)
			continue;
		text_addf(line, "%s%s", between, r->have->cards[i].network);
		between = ", ";
	}
	between = "  parted from ";
	for (size_t i = 0; i < others.count; i++, between = ", ")
		text_addf(line, "%s%s", between, others.at[i]);
}

static void document_cuts(const struct session *s, const struct table_row *r, json_t *row)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	struct strings others = parted_from(s, r, &arena);
	json_t *down = json_array(), *parted = json_array();

	for (size_t i = 0; r->have && i < r->have->card_count; i++) {
		if (r->have->cards[i].link_down)
			json_array_append_new(down, json_string(r->have->cards[i].network));
	}
	for (size_t i = 0; i < others.count; i++)
		json_array_append_new(parted, json_string(others.at[i]));
	json_object_set_new(row, "links_down", down);
	json_object_set_new(row, "parted_from", parted);
}

static json_t *row_document(const struct table_row *r, const struct table_ports *ports)
{
	json_t *addresses = json_array();
	const struct observed_machine *m = r->have;
	enum machine_state state = !m          ? MACHINE_NOT_CREATED :
				   m->complete ? m->state :
						 MACHINE_UNKNOWN;

	for (size_t i = 0; m && i < m->card_count; i++)
		if (m->cards[i].address)
			json_array_append_new(addresses, json_pack("{s:s, s:s}", "network",
								   m->cards[i].network, "ip",
								   m->cards[i].address));
	return json_pack("{s:s, s:s, s:s, s:s?, s:n, s:o, s:o, s:o, s:o, s:s?}", "name", name_of(r),
			 "provider", provider_of(r), "state", machine_state_name(state), "box",
			 m && m->box_name ? m->box_name :
			 r->want          ? r->want->box :
					    NULL,
			 "box_version", "project", plaintext_json_text(r->project->name),
			 "directory", plaintext_json_text(r->project->directory), "addresses",
			 addresses, "ports", ports_document(r, ports), "id", m ? m->id : NULL);
}

static enum out_color color_of(const struct table_row *r)
{
	if (r->have && !r->have->complete)
		return COLOR_RED;
	return r->have && r->have->state == MACHINE_RUNNING ? COLOR_GREEN : COLOR_DIM;
}

static const char *provider_words(const struct table_row *r)
{
	bool slow = r->have && text_equal(r->have->accel, "tcg");

	return slow && strcmp(r->have->provider, "kvm") == 0 ? "kvm (tcg)" : provider_of(r);
}

/* Those of all its cards, the one that logins use first. Caller frees. */
static char *addresses_of(const struct table_row *r)
{
	const struct observed_machine *m = r->have;
	cleanup_text struct text t = { 0 };

	if (!m || !m->address)
		return xstrdup("-");
	text_add(&t, m->address);
	for (size_t i = 0; i < m->card_count; i++) {
		const char *other = m->cards[i].address;

		if (other && strcmp(other, m->address) != 0)
			text_addf(&t, ", %s", other);
	}
	return xstrdup(text_str(&t));
}

/* Sets *out_width to that of the widest. */
static char **list_addresses(const struct table_row *rows, size_t count, int *out_width)
{
	char **list = xcalloc(count, sizeof(*list));

	*out_width = 4;
	for (size_t i = 0; i < count; i++) {
		int len;

		list[i] = addresses_of(&rows[i]);
		len = (int)strlen(list[i]);
		*out_width = len > *out_width ? len : *out_width;
	}
	return list;
}

static int width(const struct table_row *rows, size_t count,
		 const char *(*text)(const struct table_row *))
{
	int widest = 4;

	for (size_t i = 0; i < count; i++) {
		int len = (int)strlen(text(&rows[i]));

		widest = len > widest ? len : widest;
	}
	return widest;
}

void table_print(struct session *s, const struct table_row *rows, size_t count, bool wide)
{
	int names = width(rows, count, name_of), states = width(rows, count, state_of);
	int engines = width(rows, count, provider_words), address_width;
	char **addresses = list_addresses(rows, count, &address_width);
	json_t *list = json_array();
	cleanup_text struct text line = { 0 };
	struct table_ports ports = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct table_row *r = &rows[i];
		bool gone = !wide && !r->want && s->has_env;
		const char *last = wide ? r->project->directory :
				   gone ? "no longer in the file" :
					  "";

		load_ports(s, r, &ports);
		json_array_append_new(list, row_document(r, &ports));
		document_cuts(s, r, json_array_get(list, i));
		if (wide)
			text_addf(&line, "%-8.8s  ", r->have ? r->have->id : "-");
		text_addf(&line, "%-*s  %s%-*s%s  %-*s  %-*s", names, name_of(r),
			  out_color(s->out, color_of(r)), states, state_of(r),
			  out_color(s->out, COLOR_PLAIN), engines, provider_words(r),
			  *last ? address_width : 0, addresses[i]);
		free(addresses[i]);
		if (!wide) {
			add_ports(r, &ports, &line);
			add_cuts(s, r, &line);
		}
		out_line(s->out, "%s%s%s", text_str(&line), *last ? "  " : "", last);
		text_reset(&line);
	}
	free(addresses);
	forwarded_list_clear(&ports.list);
	out_document(s->out, list);
}
