/* SPDX-License-Identifier: Apache-2.0 */
/* env_raw → env: defaults merged in, references resolved, everything checked across machines. */
#ifndef CORE_NORMALIZE_H
#define CORE_NORMALIZE_H

#include "core/env_raw.h"
#include "core/error.h"

/* What the file itself cannot know. All borrowed. */
struct normalize_conf {
	const char *directory; /* of the project: absolute, without symlinks */
	const char *provider;  /* wanted by --provider or $BOTHY_PROVIDER; NULL if none */
	const char *const
		*providers; /* names that exist, NULL-terminated; the first is the default */
	/* What folders machines of each of them can have; NULL: not known, any, but none that was not said. */
	const struct folder_abilities *folders;
	bool ignores_files; /* nobody is going to open what provisioners and folders name: it may be gone */
};

/*
 * Makes *out from raw; whatever is wrong goes to problems (with lines), and then *out must not be
 * used. It copies what it needs: raw may be cleared afterwards. Looks whether the files that provisioners
 * name are there; nothing else outside its arguments decides the result.
 */
void normalize(const struct env_raw *raw, const struct normalize_conf *conf, struct env *out,
	       struct problems *problems);

/* The id of the project in that directory. */
void project_id_of(const char *directory, char out[static ENV_ID_BYTES]);

#endif
