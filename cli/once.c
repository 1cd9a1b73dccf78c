/* SPDX-License-Identifier: Apache-2.0 */
/* The record of once_all_up{}. */
#include "cli/once.h"

#include <pthread.h>

#define ONCE_RECORD "provision.json"

void once_id(const struct env *env, const struct observed *observed,
	     char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();

	for (size_t i = 0; i < env->machine_count; i++) {
		const struct observed_machine *have =
			observed_machine(observed, env->project.id, env->machines[i].name);

		digest_add_field(d, env->machines[i].name);
		digest_add_field(d, have ? have->id : "");
	}
	digest_finish(d, out_hex);
}

void once_load(const struct session *s, struct record *out)
{
	cleanup_free char *path = fs_join(s->state_dir, ONCE_RECORD);
	char id[DIGEST_HEX_BYTES];

	record_load(path, out);
	once_id(&s->env, &s->observed, id);
	record_for_machine(out, id);
}

/* Whether a machine before that one is of the same provider. */
static bool is_asked(const struct env *env, size_t machine)
{
	for (size_t i = 0; i < machine; i++) {
		if (text_equal(env->machines[i].provider, env->machines[machine].provider))
			return true;
	}
	return false;
}

int once_observe(struct session *s, struct observed *out, struct error *err)
{
	struct observed now = { 0 };

	for (size_t i = 0; i < s->env.machine_count; i++) {
		struct provider *p;

		if (is_asked(&s->env, i))
			continue;
		if (session_provider(s, s->env.machines[i].provider, &p, err) < 0 ||
		    provider_observe(p, s->project.id, &now, err) < 0) {
			observed_clear(&now);
			return -1;
		}
	}
	*out = now;
	return 0;
}

int once_save(struct session *s, const struct provisioner *p, const char *digest, bool ok,
	      struct error *err)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	cleanup_free char *path = fs_join(s->state_dir, ONCE_RECORD);
	cleanup_observed struct observed now = { 0 };
	cleanup_record struct record record = { 0 };
	char id[DIGEST_HEX_BYTES];
	int rc;

	if (once_observe(s, &now, err) < 0)
		return -1;
	once_id(&s->env, &now, id);
	/* Steps on several machines end at any time: none must save what another one loaded before. */
	pthread_mutex_lock(&mutex);
	record_load(path, &record);
	record_for_machine(&record, id);
	record_set(&record, &s->env.once, p, digest, ok);
	rc = record_save(&record, path, &s->owner, err);
	pthread_mutex_unlock(&mutex);
	return rc;
}
