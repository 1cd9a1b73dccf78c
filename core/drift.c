/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted against existing, one row a field. */
#include "core/drift.h"

#include <string.h>

#include "core/text.h"

struct comparison {
	const struct env *env;
	const struct machine *want;
	const struct observed_machine *have;
	const struct machine_view *view;
	struct arena *arena;
};

/* NULL if there is no difference, else "field old → new". */
typedef const char *compare_fn(const struct comparison *c);

static const char *changed(struct arena *a, const char *field, const char *old, const char *new)
{
	if (text_equal(old, new))
		return NULL;
	return arena_printf(a, "%s %s → %s", field, old ? old : "none", new ? new : "none");
}

static const char *changed_size(struct arena *a, const char *field, uint64_t old, uint64_t new)
{
	cleanup_free char *from = text_format_mib(old), *to = text_format_mib(new);

	if (old == new)
		return NULL;
	if (strcmp(from, to) == 0)
		return arena_printf(a, "%s %llu MiB → %llu MiB", field, (unsigned long long)old,
				    (unsigned long long)new);
	return arena_printf(a, "%s %s → %s", field, from, to);
}

static const char *compare_memory(const struct comparison *c)
{
	return changed_size(c->arena, "memory", c->have->memory_mib, c->want->memory_mib);
}

static const char *compare_cpus(const struct comparison *c)
{
	if (c->have->cpus == c->want->cpus)
		return NULL;
	return arena_printf(c->arena, "cpus %u → %u", c->have->cpus, c->want->cpus);
}

static const char *compare_hostname(const struct comparison *c)
{
	return changed(c->arena, "hostname", c->have->hostname, c->want->hostname);
}

static const char *compare_accel(const struct comparison *c)
{
	static const char *const names[] = {
		[ACCEL_AUTO] = "auto", [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg"
	};

	if (!c->have->accel_wanted)
		return NULL;
	return changed(c->arena, "accel", c->have->accel_wanted, names[c->want->accel]);
}

/* What defaults{} said for machines of another kind is no difference. */
static bool is_of(const struct comparison *c, const char *provider)
{
	return strcmp(c->want->provider, provider) == 0;
}

static const char *compare_command(const struct comparison *c)
{
	cleanup_text struct text command = { 0 };

	if (is_of(c, "kvm"))
		return NULL;

	text_add_shell_words(&command, c->want->command.at, c->want->command.count);
	return changed(c->arena, "command", c->have->command,
		       command.len ? text_str(&command) : NULL);
}

static const char *compare_keys(const struct comparison *c)
{
	if (!c->have->key_id || text_equal(c->have->key_id, c->view->key_id))
		return NULL;
	return c->view->key_id ? "it knows other keys than those in .bothy" :
				 "its keys in .bothy are gone or damaged";
}

static const char *compare_cards(const struct comparison *c)
{
	return drift_cards(c->env, c->want, c->have, c->arena);
}

static const char *compare_folders(const struct comparison *c)
{
	return drift_folders(c->want, c->have, c->arena);
}

static const char *compare_provider(const struct comparison *c)
{
	return changed(c->arena, "provider", c->have->provider, c->want->provider);
}

static const char *compare_layer(const struct comparison *c)
{
	return c->have->layered ? "packaging it was interrupted" : NULL;
}

static const char *compare_box(const struct comparison *c)
{
	const char *digest = c->view->box_digest ? c->view->box_digest :
			     c->view->box_unfit  ? c->want->box_checksum :
						   NULL;

	if (!c->have->box_digest[0] || (!digest && !c->view->box_unfit))
		return NULL;
	if (digest)
		return strcmp(digest, c->have->box_digest) == 0 ?
			       NULL :
			       arena_printf(c->arena, "box %.12s → %.12s", c->have->box_digest,
					    digest);
	if (text_equal(c->have->box_name, c->want->box))
		return arena_printf(c->arena, "box %.12s → version %s", c->have->box_digest,
				    c->want->box_version);
	return changed(c->arena, "box", c->have->box_name, c->want->box);
}

static const char *compare_disk(const struct comparison *c)
{
	if (c->have->disk_mib == c->want->disk_mib || is_of(c, "container"))
		return NULL;
	if (!c->want->disk_mib || !c->have->disk_mib) {
		cleanup_free char *size = text_format_mib(c->want->disk_mib + c->have->disk_mib);

		return arena_printf(
			c->arena,
			c->want->disk_mib ? "disk as the box → %s" : "disk %s → as the box", size);
	}
	return changed_size(c->arena, "disk", c->have->disk_mib, c->want->disk_mib);
}

static const struct {
	compare_fn *compare;
	enum step_effect effect;
} rows[] = {
	{ compare_provider, EFFECT_LOSES_DATA }, { compare_box, EFFECT_LOSES_DATA },
	{ compare_layer, EFFECT_RESTART },       { compare_disk, EFFECT_LOSES_DATA },
	{ compare_memory, EFFECT_RESTART },      { compare_cpus, EFFECT_RESTART },
	{ compare_hostname, EFFECT_RESTART },    { compare_accel, EFFECT_RESTART },
	{ compare_command, EFFECT_RESTART },     { compare_keys, EFFECT_RESTART },
	{ compare_cards, EFFECT_RESTART },       { compare_folders, EFFECT_RESTART },
};

struct drift drift_find(const struct env *env, const struct machine *want,
			const struct observed_machine *have, const struct machine_view *view,
			struct arena *arena)
{
	struct comparison c = {
		.env = env, .want = want, .have = have, .view = view, .arena = arena
	};
	struct drift found = { .effect = EFFECT_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *difference = rows[i].compare(&c);

		if (!difference)
			continue;
		found.reason = found.reason ?
				       arena_printf(arena, "%s, %s", found.reason, difference) :
				       difference;
		if (rows[i].effect > found.effect)
			found.effect = rows[i].effect;
	}
	return found;
}
