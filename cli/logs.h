/* SPDX-License-Identifier: Apache-2.0 */
/* Where the logs of provisioners lie, and which there are. */
#ifndef CLI_LOGS_H
#define CLI_LOGS_H

#include "cli/session.h"

/* What column of output once_all_up{} has where it runs in no machine. */
#define LOGS_ONCE "once"

/* Whose log that step's is: its machine's, or NULL of once_all_up{}, wherever it runs. */
const char *logs_machine(const struct session *s, const struct step *step);
/* .bothy/machines/<machine>/logs; of once_all_up{} (NULL) .bothy/logs/once. Caller frees. */
char *logs_directory(const struct session *s, const char *machine);
/*
 * A name for a file of that provisioner: no two have the same. Of names that no file should have, letters become "_",
 * and a part of the name's digest tells them apart. Caller frees.
 */
char *logs_stem(const char *provisioner);
/* "app.sh" → "app.sh.log": logs_stem() of a log. Caller frees. */
char *logs_file_name(const char *provisioner);

/* The last run of one provisioner. */
struct log {
	char *machine; /* NULL: of once_all_up{} */
	char *provisioner; /* its name; of one that is in the file no more what became of it as a file's name */
	char *path;
	int64_t changed_ns;
};

struct log_list {
	struct log *at;
	size_t count;
};

/* Appends those of that machine (NULL: of once_all_up{}), in the order of their last words. None there is success. */
int logs_find(const struct session *s, const char *machine, struct log_list *list,
	      struct error *err);
void log_clear(struct log *log);
void log_list_clear(struct log_list *list);
#define cleanup_logs cleanup(log_list_clear)

#endif
