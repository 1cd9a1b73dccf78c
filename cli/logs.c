/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of provisioners: a directory a machine, a file a provisioner. */
#include "cli/logs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".log"
#define NAME_BYTES 80
#define DIGEST_DIGITS 8

const char *logs_machine(const struct session *s, const struct step *step)
{
	const struct provisioners *once = &s->env.once;
	bool is_once = step->provisioner >= once->at && step->provisioner < once->at + once->count;

	return is_once ? NULL : step->machine;
}

char *logs_directory(const struct session *s, const char *machine)
{
	return machine ? session_machine_path(s, machine, "logs") :
			 fs_join(s->state_dir, "logs/once");
}

char *logs_stem(const char *provisioner)
{
	cleanup_free char *safe = xstrndup(provisioner, NAME_BYTES);
	char digest[DIGEST_HEX_BYTES];

	for (char *c = safe; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-+@=,", *c))
			*c = '_';
	}
	if (*safe == '.')
		*safe = '_';
	if (*safe && strcmp(safe, provisioner) == 0)
		return take_ptr(safe);
	digest_of(provisioner, strlen(provisioner), digest);
	return xasprintf("%s-%.*s", safe, DIGEST_DIGITS, digest);
}

char *logs_file_name(const char *provisioner)
{
	cleanup_free char *stem = logs_stem(provisioner);

	return xasprintf("%s" SUFFIX, stem);
}

static const struct provisioners *provisioners_of(const struct session *s, const char *machine)
{
	const struct machine *m = s->has_env && machine ? env_machine(&s->env, machine) : NULL;

	if (machine)
		return m ? &m->provision : NULL;
	return s->has_env ? &s->env.once : NULL;
}

/* Whose log that file is. Caller frees. */
static char *name_of(const struct session *s, const char *machine, const char *file)
{
	const struct provisioners *all = provisioners_of(s, machine);

	for (size_t i = 0; all && i < all->count; i++) {
		cleanup_free char *name = logs_file_name(all->at[i].name);

		if (strcmp(name, file) == 0)
			return xstrdup(all->at[i].name);
	}
	return xstrndup(file, strlen(file) - strlen(SUFFIX));
}

static int by_time(const void *a, const void *b)
{
	const struct log *x = a, *y = b;

	if (x->changed_ns != y->changed_ns)
		return x->changed_ns < y->changed_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

int logs_find(const struct session *s, const char *machine, struct log_list *list,
	      struct error *err)
{
	cleanup_free char *directory = logs_directory(s, machine);
	DIR *d = opendir(directory);
	size_t first = list->count;
	struct dirent *entry;

	if (!d)
		return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read '%s'", directory);
	while ((entry = readdir(d))) {
		cleanup_free char *path = fs_join(directory, entry->d_name);
		struct stat st;

		if (!text_has_suffix(entry->d_name, SUFFIX) || lstat(path, &st) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		list->at = xgrow(list->at, list->count, sizeof(*list->at));
		list->at[list->count++] = (struct log){
			.machine = machine ? xstrdup(machine) : NULL,
			.provisioner = name_of(s, machine, entry->d_name),
			.path = take_ptr(path),
			.changed_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
		};
	}
	closedir(d);
	if (list->count > first)
		qsort(list->at + first, list->count - first, sizeof(*list->at), by_time);
	return 0;
}

void log_clear(struct log *log)
{
	free(log->machine);
	free(log->provisioner);
	free(log->path);
	*log = (struct log){ 0 };
}

void log_list_clear(struct log_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		log_clear(&list->at[i]);
	free(list->at);
	*list = (struct log_list){ 0 };
}
