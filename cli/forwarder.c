/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to the forwarder of a project, which is started where it is needed. */
#include "cli/forwarder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/forwarder_start.h"
#include "cli/forwarder_wire.h"
#include "cli/peer.h"
#include "cli/port_holder.h"
#include "cli/served.h"
#include "core/stop.h"

#define ORDER_MS 10000
#define LIST_MS 2000
#define COMEBACK_MS 1500 /* a worker that died is back by then */
#define RETRY_MS 10
#define ORPHAN_MS 5000 /* one whose directory is gone has seen that by then, and ended */

/* Lanes that publish at the same time shall not start a forwarder each. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct talk {
	struct session *session;
	char *directory;
	const json_t *order; /* borrowed */
	int64_t deadline_ms;
	pid_t started; /* 0: nobody yet */
};

void forwarded_list_clear(struct forwarded_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->at[i].machine);
		free(l->at[i].bind);
	}
	free(l->at);
	*l = (struct forwarded_list){ 0 };
}

/* Until the other end has closed, which is when it has tidied up. */
static void wait_for_end(int fd, int64_t deadline_ms)
{
	json_t *more = wire_receive(fd, deadline_ms);

	json_decref(more);
}

/* One try. NULL: nobody was there, with errno, or nobody answered, without. */
static json_t *ask(const char *directory, const json_t *order, int64_t deadline_ms)
{
	cleanup_close int fd = wire_connect(directory);
	json_t *answer;

	if (fd < 0)
		return NULL;
	errno = 0;
	if (wire_send(fd, json_deep_copy(order)) < 0)
		return NULL;
	answer = wire_receive(fd, deadline_ms);
	if (json_is_true(json_object_get(answer, "last")) ||
	    json_is_true(json_object_get(answer, "retired")))
		wait_for_end(fd, deadline_ms);
	errno = 0;
	return answer;
}

static int start(struct talk *t, struct error *err)
{
	struct forwarder_place place = { .state_dir = t->session->state_dir,
					 .project_id = t->session->project.id,
					 .owner = t->session->owner };

	/* One that found another at work has ended; one that still begins needs no second. */
	if (t->started && waitpid(t->started, NULL, WNOHANG) == 0)
		return 0;
	return forwarder_start(&place, FORWARDER_WORKER, -1, &t->started, err);
}

/* A forwarder of an ordinary user cannot do what root may: root's goes on in its place. */
static void replace_lesser(struct talk *t)
{
	cleanup_close int fd = geteuid() == 0 ? wire_connect(t->directory) : -1;
	json_t *order, *answer;

	if (fd < 0 || peer_user(fd) == 0)
		return;
	order = json_pack("{s:s}", "do", "retire");
	answer = ask(t->directory, order, t->deadline_ms);
	json_decref(order);
	json_decref(answer);
}

static int ask_or_start(struct talk *t, json_t **out, struct error *err)
{
	replace_lesser(t);
	while (!(*out = ask(t->directory, t->order, t->deadline_ms))) {
		if (errno == EACCES || errno == EPERM) {
			error_errno(err, errno, "cannot reach the forwarder in '%s'", t->directory);
			return error_hint(err, "sudo bothy %s", t->session->command);
		}
		if (start(t, err) < 0 ||
		    stop_check(t->deadline_ms, "starting the forwarder", err) < 0)
			return -1;
		stop_wait_ms(RETRY_MS);
	}
	return 0;
}

static unsigned port_before(const struct forwarded_list *before, const char *machine,
			    const struct port *p)
{
	for (size_t i = 0; before && i < before->count; i++) {
		const struct forwarded *f = &before->at[i];

		if (strcmp(f->machine, machine) == 0 && f->protocol == p->protocol &&
		    f->wanted == p->host && f->count == p->count && strcmp(f->bind, p->bind) == 0)
			return f->host;
	}
	return 0;
}

static json_t *machine_document(const struct forwarder_order *order)
{
	const struct machine *m = order->machine;
	struct served s = { .machine = (char *)(uintptr_t)m->name,
			    .id = (char *)(uintptr_t)order->id,
			    .provider = (char *)(uintptr_t)m->provider,
			    .address = (char *)(uintptr_t)order->address,
			    .until_ms = m->boot_timeout_s * 1000LL,
			    .ports = xcalloc(m->port_count, sizeof(*s.ports)),
			    .count = m->port_count };
	json_t *document;

	for (size_t i = 0; i < m->port_count; i++) {
		const struct port *p = &m->ports[i];

		s.ports[i] = (struct served_port){ .protocol = p->protocol,
						   .bind = (char *)(uintptr_t)p->bind,
						   .wanted = p->host,
						   .host = port_before(order->before, m->name, p),
						   .guest = p->guest,
						   .count = p->count,
						   .shift = p->shift_if_taken };
	}
	document = served_encode(&s);
	free(s.ports);
	return document;
}

/* The ports that other machines of the file want are not for shifting to. */
static json_t *ports_of_others(const struct session *s, const struct machine *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->env.machine_count; i++) {
		const struct machine *other = &s->env.machines[i];

		for (size_t k = 0; k < other->port_count; k++) {
			const struct port *p = &other->ports[k];

			if (strcmp(other->name, m->name) != 0 || !p->shift_if_taken)
				json_array_append_new(list,
						      json_pack("[s, i, i, s, b]",
								port_protocol_name(p->protocol),
								(int)p->host, (int)p->count,
								p->bind, (int)!p->shift_if_taken));
		}
	}
	return list;
}

/* Borrows from the answer. */
struct taken {
	enum port_protocol protocol;
	const char *bind;
	unsigned host;
};

static bool is_taken(const json_t *answer, struct taken *out)
{
	const char *protocol, *bind;
	int host;

	if (json_unpack(json_object_get(answer, "taken"), "[s, s, i]", &protocol, &bind, &host) < 0)
		return false;
	*out = (struct taken){ strcmp(protocol, "udp") == 0 ? PORT_UDP : PORT_TCP, bind,
			       (unsigned)host };
	return true;
}

/* Who has the port is worth a look only now. */
static int explain(struct session *s, const struct machine *m, const json_t *answer,
		   struct error *err)
{
	cleanup_free char *holder = NULL;
	struct taken t;

	if (is_taken(answer, &t))
		holder = port_holder(s->home, t.protocol, t.bind, t.host);
	wire_error(answer, err);
	if (holder) {
		cleanup_free char *text = xasprintf("%s by %s", err->text, holder);

		error_set(err, err->kind, "%s", text);
	}
	if (err->kind == ERROR_BUSY)
		error_hint(err, "choose another one, or allow that with 'shift_if_taken = true'");
	return error_wrap(err, "cannot forward the ports of machine '%s'", m->name);
}

/* Who removes .bothy and goes on finds the ports still with the forwarder of before, for a moment. */
static int ask_past_orphans(struct talk *t, json_t **out, struct error *err)
{
	int64_t patience = clock_ms() + ORPHAN_MS;
	struct taken taken;

	for (;;) {
		if (ask_or_start(t, out, err) < 0)
			return -1;
		if (!is_taken(*out, &taken) || clock_ms() >= patience ||
		    !port_is_passing(t->session->home, taken.protocol, taken.bind, taken.host))
			return 0;
		json_decref(*out);
		*out = NULL;
		if (stop_check(0, NULL, err) < 0)
			return -1;
		stop_wait_ms(RETRY_MS);
	}
}

int forwarder_serve(struct session *s, const struct forwarder_order *order, struct error *err)
{
	cleanup_free char *directory = forwarder_directory(s->state_dir);
	json_t *document = json_pack("{s:s, s:o, s:o}", "do", "serve", "machine",
				     machine_document(order), "avoid",
				     ports_of_others(s, order->machine));
	struct talk t = { .session = s,
			  .directory = directory,
			  .order = document,
			  .deadline_ms = clock_ms() + ORDER_MS };
	json_t *answer = NULL;
	int rc;

	pthread_mutex_lock(&lock);
	rc = ask_past_orphans(&t, &answer, err);
	pthread_mutex_unlock(&lock);
	json_decref(document);
	if (rc < 0)
		error_wrap(err, "cannot forward the ports of machine '%s'", order->machine->name);
	else if (json_object_get(answer, "error"))
		rc = explain(s, order->machine, answer, err);
	json_decref(answer);
	return rc;
}

int forwarder_drop(struct session *s, const char *machine, struct error *err)
{
	cleanup_free char *directory = forwarder_directory(s->state_dir);
	int64_t comeback = clock_ms() + COMEBACK_MS;
	json_t *order, *answer = NULL;
	int rc = 0;

	if (!fs_exists(directory))
		return 0;
	order = json_pack("{s:s, s:s}", "do", "drop", "machine", machine);
	pthread_mutex_lock(&lock);
	while (!(answer = ask(directory, order, clock_ms() + ORDER_MS)) && rc == 0) {
		if (errno == EACCES || errno == EPERM)
			rc = error_errno(err, errno, "cannot reach the forwarder in '%s'",
					 directory);
		/* One that is dead for good has left its socket, and its file. */
		else if (errno == ENOENT || clock_ms() > comeback)
			break;
		else
			rc = stop_check(0, "waiting for the forwarder", err);
		stop_wait_ms(RETRY_MS);
	}
	/* What a dead one wrote down would be served again by the next. */
	if (rc == 0 && !answer && errno != ENOENT)
		rc = fs_remove(directory, err);
	pthread_mutex_unlock(&lock);
	if (rc == 0 && answer)
		rc = wire_error(answer, err);
	json_decref(order);
	json_decref(answer);
	return rc < 0 ? error_wrap(err, "cannot end the forwarding for machine '%s'", machine) : 0;
}

static void add_ports(const struct served *s, struct forwarded_list *out)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct served_port *p = &s->ports[i];

		if (!p->listens)
			continue;
		out->at = xgrow(out->at, out->count, sizeof(*out->at));
		out->at[out->count++] = (struct forwarded){ .machine = xstrdup(s->machine),
							    .protocol = p->protocol,
							    .bind = xstrdup(p->bind),
							    .host = p->host,
							    .guest = p->guest,
							    .count = p->count,
							    .wanted = p->wanted };
	}
}

int forwarder_list(const char *state_dir, struct forwarded_list *out, struct error *err)
{
	cleanup_free char *directory = forwarder_directory(state_dir);
	cleanup_served_list struct served_list machines = { 0 };
	json_t *order, *answer;
	int rc;

	*out = (struct forwarded_list){ 0 };
	if (!fs_exists(directory))
		return 0;
	order = json_pack("{s:s}", "do", "list");
	answer = ask(directory, order, clock_ms() + LIST_MS);
	json_decref(order);
	if (!answer && (errno == EACCES || errno == EPERM))
		return error_errno(err, errno, "cannot reach the forwarder in '%s'", directory);
	if (!answer)
		return 0;
	rc = wire_error(answer, err) < 0 ? -1 : served_list_decode(answer, &machines, err);
	json_decref(answer);
	for (size_t i = 0; rc == 0 && i < machines.count; i++)
		add_ports(&machines.at[i], out);
	return rc;
}
