/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the fake provider's file, and what goes wrong in them when told so. */
#include "providers/fake_change.h"

#include <signal.h>
#include <stdatomic.h>

#include "core/stop.h"
#include "providers/fake_state.h"

const struct fake *fake_of(const struct provider *p)
{
	return (const struct fake *)p;
}

static atomic_uint operations;

void fake_change_count_anew(void)
{
	atomic_store(&operations, 0);
}

static int told_to_fail(const struct fake_change *c, const char *how, struct error *err)
{
	return error_set(err, ERROR_PROVIDER, "the fake engine was told to fail at operation %u%s",
			 c->number, how);
}

/* The lock is not held while waiting, so that operations of other machines go on. */
static int wait_delay(const struct fake_change *c, struct error *err)
{
	int64_t left_ms = deadline_left_ms(c->deadline_ms);
	int64_t delay_ms = c->fake->faults.delay_ms;

	stop_wait_ms((int)(left_ms < delay_ms ? left_ms : delay_ms));
	return stop_check(0, NULL, err);
}

int fake_change_announce(struct fake_change *c, const struct provider *p, const char *operation,
			 const char *subject, struct error *err)
{
	c->fake = (const struct fake *)p;
	c->operation = operation;
	c->subject = subject;
	c->number = atomic_fetch_add(&operations, 1) + 1;
	if (wait_delay(c, err) < 0)
		return -1;
	return c->number == c->fake->faults.fail ? told_to_fail(c, "", err) : 0;
}

int fake_change_lock(struct fake_change *c, struct error *err)
{
	if (fake_state_lock(c->fake->path, &c->lock_fd, err) < 0 ||
	    fake_state_read(c->fake->path, &c->root, err) < 0)
		return -1;
	fake_state_log(c->root, c->operation, c->subject);
	return 0;
}

int fake_change_begin(struct fake_change *c, const struct provider *p, const char *operation,
		      const char *subject, struct error *err)
{
	if (fake_change_announce(c, p, operation, subject, err) < 0)
		return -1;
	return fake_change_lock(c, err);
}

char *fake_change_name(const struct provider *p, const char *id)
{
	cleanup_error struct error ignored = { 0 };
	const char *name;
	json_t *root;
	char *copy;

	if (fake_state_read(((const struct fake *)p)->path, &root, &ignored) < 0)
		return xstrdup(id);
	name = json_string_value(json_object_get(fake_state_machine(root, id), "name"));
	copy = xstrdup(name ? name : id);
	json_decref(root);
	return copy;
}

json_t *fake_change_machine(const struct fake_change *c, const char *id, struct error *err)
{
	json_t *machine = fake_state_machine(c->root, id);

	if (!machine)
		error_set(err, ERROR_NOT_FOUND, "no machine has the id '%s'", id);
	return machine;
}

int fake_change_half(struct fake_change *c, struct error *err)
{
	const struct fake_faults *faults = &c->fake->faults;

	if (c->number != faults->half && c->number != faults->kill)
		return 0;
	if (fake_state_write(c->fake->path, c->root, err) < 0)
		return -1;
	if (c->number == faults->kill)
		raise(SIGKILL);
	told_to_fail(c, " half-way", err);
	error_wrap(err, "%s of '%s' is left half done", c->operation, c->subject);
	return -1;
}

int fake_change_commit(struct fake_change *c, struct error *err)
{
	return fake_state_write(c->fake->path, c->root, err);
}

int fake_change_finish(struct fake_change *c, struct error *err)
{
	return fake_change_half(c, err) < 0 ? -1 : fake_change_commit(c, err);
}

void fake_change_clear(struct fake_change *c)
{
	json_decref(c->root);
	c->root = NULL;
	mem_close_fd(&c->lock_fd);
}
