/* SPDX-License-Identifier: Apache-2.0 */
/* From a machine's name to a verified login. */
#include "cli/reach.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"

#define KEY_LIMIT ((size_t)16384)

static int no_login(const struct machine *m, struct error *err)
{
	error_set(err, ERROR_GUEST,
		  "cannot log in to machine '%s': nobody does, since it says guest = \"none\"",
		  m->name);
	return error_hint(err, "'bothy console %s' shows what it says", m->name);
}

static int load_identity(struct session *s, const char *machine, struct identity *out,
			 struct error *err)
{
	cleanup_free char *directory = session_machine_path(s, machine, NULL);

	if (identity_load(directory, out, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_set(err, ERROR_NOT_FOUND, "there is no key to log in to machine '%s' in '%s'",
		  machine, directory);
	return error_hint(err, "'bothy up %s' gives it new ones", machine);
}

/* What this host put into the disk of a container is there; else a machine is believed until it was logged into once. */
static void allow_password(const struct session *s, const struct observed_machine *have,
			   const struct machine *want, struct reach *t)
{
	cleanup_free char *seen = session_machine_path(s, have->name, MACHINE_KNOWN_HOSTS);

	if (!want || !want->ssh_password || fs_exists(t->pin_path))
		return;
	t->target.password = want->ssh_password;
	t->target.any_host_key = !text_equal(have->provider, "container") && !fs_exists(seen);
}

int reach_init(struct session *s, const struct observed_machine *have, const struct machine *want,
	       struct reach *out, struct error *err)
{
	struct reach t = { 0 };
	cleanup_free char *marker = session_machine_path(s, have->name, MACHINE_KNOWN_KEY);
	struct provider_address address = { 0 };
	struct provider *p;

	if (want && want->no_guest)
		return no_login(want, err);
	if (session_provider(s, have->provider, &p, err) < 0 ||
	    load_identity(s, have->name, &t.identity, err) < 0)
		return -1;
	if (provider_machine_address(p, have->id, &address, err) < 0) {
		reach_clear(&t);
		return error_wrap(err, "cannot find the address of machine '%s'", have->name);
	}
	t.address = address.ip;
	t.pin_path = session_machine_path(s, have->name, "host-key.pin");
	t.user = xstrdup(want && want->ssh_user ? want->ssh_user :
			 have->login_user       ? have->login_user :
						  "root");
	t.name = xstrdup(have->name);
	t.target = (struct guest_target){
		.machine = t.name,
		.address = t.address,
		.port = address.port ? address.port :
			want         ? want->ssh_port :
				       22,
		.user = t.user,
		.key_path = t.identity.user_key_path,
		.user_public = t.identity.user_public,
		.host_public = t.identity.host_public,
		.pin_path = t.pin_path,
		.known_key = fs_exists(marker),
		.owner = s->owner,
	};
	allow_password(s, have, want, &t);
	*out = t;
	return 0;
}

void reach_clear(struct reach *t)
{
	identity_clear(&t->identity);
	free(t->address);
	free(t->pin_path);
	free(t->user);
	free(t->name);
	*t = (struct reach){ 0 };
}

int reach_missing(const struct session *s, const char *machine, const struct observed_machine *have,
		  struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "machine '%s' is %s", machine,
		  have ? "not running" : "not created");
	if (env_machine(&s->env, machine))
		return error_hint(err, "bothy up %s", machine);
	if (s->file_is_bad)
		return error_hint(err, "mend 'bothy.lua', then: bothy up %s", machine);
	if (!s->has_env)
		return error_hint(err, "bring 'bothy.lua' back, then: bothy up %s", machine);
	return error_hint(err,
			  "'%s' has it no more, so that 'bothy up' does not start it; 'bothy "
			  "destroy %s' removes it",
			  s->env.file, machine);
}

int reach_machine(struct session *s, const char *machine, const struct observed_machine **out,
		  struct error *err)
{
	const struct observed_machine *have;

	if (session_observe(s, err) < 0)
		return -1;
	have = observed_machine(&s->observed, s->project.id, machine);
	if (have && have->state == MACHINE_RUNNING) {
		*out = have;
		return 0;
	}
	return reach_missing(s, machine, have, err);
}

int reach_find(struct session *s, const char *machine, struct reach *out, struct error *err)
{
	const struct observed_machine *have;

	if (reach_machine(s, machine, &have, err) < 0)
		return -1;
	if (!provider_find(have->provider)->has_guest)
		return error_set(err, ERROR_GUEST,
				 "cannot log in to machine '%s': provider '%s' has no guests",
				 machine, have->provider);
	return reach_init(s, have, env_machine(&s->env, machine), out, err);
}

int reach_connect(const struct reach *t, struct guest **out, struct error *err)
{
	return guest_connect(&t->target, 0, out, err);
}

int reach_open(struct session *s, const char *machine, struct guest **out, struct error *err)
{
	cleanup_reach struct reach t = { 0 };

	return reach_find(s, machine, &t, err) < 0 ? -1 : reach_connect(&t, out, err);
}

/* The host key the machine must present: the pinned one if there is one. Caller frees. */
static char *reach_host_key(const struct reach *t)
{
	cleanup_text struct text pin = { 0 };
	cleanup_error struct error none = { 0 };

	if (!fs_exists(t->pin_path) || fs_read(t->pin_path, KEY_LIMIT, &pin, &none) < 0)
		return xstrdup(t->identity.host_public);
	while (pin.len && pin.ptr[pin.len - 1] == '\n')
		pin.ptr[--pin.len] = '\0';
	return text_take(&pin);
}

char *reach_known_host(const struct reach *t)
{
	cleanup_free char *key = reach_host_key(t);

	return t->target.port == 22 ? xasprintf("%s %s\n", t->address, key) :
				      xasprintf("[%s]:%u %s\n", t->address, t->target.port, key);
}

int reach_write_known_hosts(const struct session *s, const struct reach *t, struct error *err)
{
	cleanup_free char *path = session_machine_path(s, t->name, MACHINE_KNOWN_HOSTS);
	cleanup_free char *line = reach_known_host(t);

	return fs_write(path, line, strlen(line), 0644, &s->owner, err);
}
