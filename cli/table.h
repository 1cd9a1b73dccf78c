/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of status and list: a machine as people and scripts see it. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/session.h"

/* One row; `have` or `want` may be NULL, not both. Borrowed. */
struct table_row {
	const struct project *project;
	const struct machine *want;
	const struct observed_machine *have;
};

/*
 * Prints rows, with the project's directory and id as columns if `wide`; with --json the documented array
 * (name, provider, state, box, box_version, project, directory, addresses, ports, id).
 */
void table_print(struct session *s, const struct table_row *rows, size_t count, bool wide);

#endif
