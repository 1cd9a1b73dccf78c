/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts from URLs: kept by digest in <home>/scripts/, fetched when one is due that is not there. */
#ifndef CLI_URLSCRIPT_H
#define CLI_URLSCRIPT_H

#include "cli/session.h"

/*
 * Makes *out_local what p is with a file of this host in place of its URL: the one of the digest it names, which is
 * verified each time. That path is *out_path, which the caller frees after the last use of *out_local; all else is
 * borrowed from p. Of any other provisioner *out_local is a copy, and *out_path NULL. Nothing but the whole, right
 * file is ever seen there. Called from several threads. Errors of http_get(); ERROR_SYSTEM, with a hint, for another
 * digest.
 */
int url_script(struct session *s, const struct provisioner *p, struct provisioner *out_local,
	       char **out_path, struct error *err);

struct url_script_sweep { /* all borrowed */
	const char *home;
	int64_t unused_s;
	bool dry_run; /* only tell */
	void (*gone)(void *ctx, const char *digest);
	void *ctx;
};
/*
 * Removes those that no provisioner needed for unused_s, and tells each to `gone`. Whoever needs one again fetches it.
 * *out_bytes grows by what they take.
 */
int url_scripts_sweep(const struct url_script_sweep *sweep, uint64_t *out_bytes, struct error *err);

#endif
