/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine whose ports are forwarded, as the forwarder keeps it, writes it down and is told it:
 * {"machine","id","provider","address","serial","until_ms","ports":[{"protocol","bind","host","wanted","guest",
 * "count","shift","listens"}]}. The file forward/state.json of the state directory is {"machines":[…],"boot"}: it counts for
 * one start of this host only, which nobody who made the project elsewhere can know.
 */
#ifndef CLI_SERVED_H
#define CLI_SERVED_H

#include <jansson.h>

#include "core/error.h"
#include "core/fs.h"
#include "core/network.h"

struct served_port {
	enum port_protocol protocol;
	char *bind;
	unsigned wanted;       /* as the file says */
	unsigned host;         /* what it got, or should get if that is free; 0: neither */
	unsigned guest, count; /* a range: the n-th leads to the n-th */
	bool shift;            /* another host port will do */
	char *key;             /* whose the engine's rules are; NULL: it does not listen */
	bool listens;          /* as the forwarder told: there is a key */
};

struct served {
	char *machine, *id, *provider, *address;
	uint64_t serial; /* of the order to serve: what was found out before does not count for a later one */
	int64_t until_ms; /* until then it may be off, since it is being started; on clock_ms(). 0: it has run */
	struct served_port *ports;
	size_t count;
};

struct served_list {
	struct served *at;
	size_t count;
};

json_t *served_encode(const struct served *s);
/* -1 with ERROR_USAGE if a member is missing or no port is like that. */
int served_decode(const json_t *from, struct served *out, struct error *err);
json_t *served_list_encode(const struct served_list *l);
int served_list_decode(const json_t *from, struct served_list *out, struct error *err);

/* <directory>/state.json; a file that is missing, damaged, or not from since this host was started is an empty list. */
void served_load(const char *directory, struct served_list *out);
int served_save(const char *directory, const struct served_list *l, const struct owner *owner,
		struct error *err);
/* The one of that machine, or NULL. Borrowed. */
struct served *served_find(const struct served_list *l, const char *machine);

void served_clear(struct served *s);
void served_list_clear(struct served_list *l);
#define cleanup_served cleanup(served_clear)
#define cleanup_served_list cleanup(served_list_clear)

#endif
