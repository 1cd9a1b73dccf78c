/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes of provisioners, at their lines. */
#include "core/provision_draft.h"

#include "core/schema.h"
#include "core/text.h"

bool draft_says(const struct provision_draft *d, const char *key)
{
	size_t i;

	return schema_find(&schema_provisioner, key, &i) && (d->p->decl.set >> i & 1);
}

void draft_problem(const struct provision_draft *d, const char *key, const char *fmt, ...)
{
	const struct decl *decl = &d->p->decl;
	cleanup_text struct text t = { 0 };
	int line = decl->line;
	va_list args;
	size_t i;

	if (key && schema_find(&schema_provisioner, key, &i) && decl->lines[i])
		line = decl->lines[i];
	va_start(args, fmt);
	text_addv(&t, fmt, args);
	va_end(args);
	problems_add(d->n->problems, decl->file, line, "%s%s%s: %s", d->where, key ? "." : "",
		     key ? key : "", text_str(&t));
}

const char *draft_nearest(const struct provision_draft *d, const char *name,
			  const char *const *names, size_t count)
{
	const char *near = text_nearest(name, names, count);

	return near ? arena_printf(&d->n->env->arena, "; did you mean '%s'?", near) : "";
}
