/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of machines: where from, where to, by which means. */
#include "core/normalizer.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/outside.h"
#include "core/schema.h"
#include "core/text.h"

#define OWN_FOLDER ".bothy"
#define HOME_TO "/project"
#define MODE_MAX 07777ul

/* A folder in the making. */
struct making {
	struct normalizer *n;
	struct machine *m;
	const struct folder_raw *raw;       /* NULL: the project's own, which nobody had to say */
	const struct folder_abilities *can; /* NULL: not known */
	const char **meant;                 /* by each key of the machine's; see meant_by() */
	bool has_way_in;
};

static const char *file_of(const struct making *k)
{
	return k->raw->decl.file ? k->raw->decl.file : k->n->raw->file;
}

static int line_of(const struct making *k, const char *key)
{
	size_t i;

	if (key && schema_find(&schema_folder, key, &i) && k->raw->decl.lines[i])
		return k->raw->decl.lines[i];
	return k->raw->decl.line;
}

/* A problem of that field, or of the folder itself where key is NULL. */
static void problem(const struct making *k, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void problem(const struct making *k, const char *key, const char *fmt, ...)
{
	cleanup_free char *why = NULL;
	va_list args;

	va_start(args, fmt);
	why = xvasprintf(fmt, args);
	va_end(args);
	problems_add(k->n->problems, file_of(k), line_of(k, key), "%s%s%s: %s",
		     normalizer_where(k->n, k->m, k->raw->where), key ? "." : "", key ? key : "",
		     why);
}

/* Without ".", "//" and a slash at the end; false if there is a "..". Caller frees *out. */
static bool tidy(const char *path, char **out)
{
	cleanup_text struct text t = { 0 };

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && strncmp(path, "..", 2) == 0)
			return false;
		if (len && !(len == 1 && *path == '.'))
			text_addf(&t, "/%.*s", (int)len, path);
		path += len + strspn(path + len, "/");
	}
	*out = xstrdup(t.len ? text_str(&t) : "/");
	return true;
}

/* Whether `path` is `directory` or below it. */
static bool is_in(const char *path, const char *directory)
{
	size_t len = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	return strncmp(path, directory, len) == 0 && (!path[len] || path[len] == '/');
}

/* The path that the key means; NULL after a problem. Caller frees. */
static char *path_of(const struct making *k)
{
	const char *said = k->raw->from;
	cleanup_free char *home = NULL;

	if (*said != '~')
		return fs_join(k->n->conf->directory, said);
	if (said[1] && said[1] != '/') {
		problem(k, NULL, "only \"~/…\" is known, a path in your home directory");
		return NULL;
	}
	home = fs_user_home();
	if (!home)
		problem(k, NULL, "you have no home directory");
	return home ? xasprintf("%s%s", home, said + 1) : NULL;
}

/* The engines keep it as a text. */
static bool is_text(const char *path)
{
	json_t *text = json_string(path);
	bool good = text != NULL;

	json_decref(text);
	return good;
}

static void check_from(const struct making *k, const char *path)
{
	struct stat st;

	if (k->n->conf->ignores_files)
		return;
	if (stat(path, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			problem(k, NULL, "'%s' is no directory", path);
	} else if (errno == ENOENT && !k->raw->create) {
		problem(k, NULL, "there is no directory '%s'", path);
		problems_hint(k->n->problems, "create = true makes it");
	}
}

static void want(const struct making *k, const struct folder *f)
{
	const struct want want = {
		.kind = WANT_PATH,
		.what = f->from,
		.why = arena_printf(&k->n->env->arena, "folder at %s", f->to),
		.file = file_of(k),
		.line = k->raw->decl.line,
	};

	normalizer_want(k->n, k->m, &want);
}

static bool take_from(const struct making *k, struct folder *f)
{
	const char *directory = k->n->conf->directory;
	cleanup_free char *own = fs_join(directory, OWN_FOLDER);
	cleanup_free char *path = path_of(k), *real = NULL, *clean = NULL;

	if (!path)
		return false;
	f->outside = path_is_outside(directory, path, &real);
	/* What does not exist may have any dots in it. */
	if (!tidy(real, &clean)) {
		problem(k, NULL, "there is no directory '%s'", real);
		return false;
	}
	if (!is_text(clean)) {
		problem(k, NULL, "the path is not UTF-8");
		return false;
	}
	if (is_in(clean, own)) {
		problem(k, NULL, "'" OWN_FOLDER "' is kept from machines");
		return false;
	}
	check_from(k, clean);
	f->from = arena_strdup(&k->n->env->arena, clean);
	f->project = is_in(directory, clean);
	f->said = arena_strdup(&k->n->env->arena, k->raw->from);
	f->create = k->raw->create;
	return true;
}

static bool take_to(const struct making *k, struct folder *f)
{
	static const char *const kept[] = { "/proc", "/sys", "/dev", "/run" };
	const char *said = k->raw->to;
	cleanup_free char *clean = NULL;

	if (*said != '/' || strchr(said, '\n') || !tidy(said, &clean)) {
		problem(k, "to",
			"expected a path from the guest's root such as \"/srv/app\", "
			"got \"%s\"",
			said);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (is_in(clean, kept[i]))
			problem(k, "to", "'%s' is the guest's own", kept[i]);
	if (strcmp(clean, "/") == 0)
		problem(k, "to", "'/' is the guest's own");
	f->to = arena_strdup(&k->n->env->arena, clean);
	return true;
}

static void take_kind(const struct making *k, struct folder *f)
{
	static const enum folder_kind best[] = { FOLDER_BIND, FOLDER_VIRTIOFS };
	bool is_kvm = strcmp(k->m->provider, "container") != 0;
	const struct folder_ability *can = k->can ? k->can->of : NULL;
	enum folder_kind kind = k->raw ? k->raw->kind : FOLDER_AUTO;

	f->kind = kind;
	f->chosen = kind == FOLDER_AUTO;
	if (kind == FOLDER_AUTO) {
		f->kind = can && !can[best[is_kvm]].why_not ? best[is_kvm] : FOLDER_COPY;
		if (f->kind == FOLDER_COPY && can && k->can->has_guests)
			f->kind_reason = arena_printf(&k->n->env->arena, "no %s: %s",
						      folder_kind_name(best[is_kvm]),
						      can[best[is_kvm]].why_not);
	} else if (can && can[kind].why_not) {
		problem(k, "kind", "'%s' does not work here: %s", folder_kind_name(kind),
			can[kind].why_not);
		if (can[kind].hint)
			problems_hint(k->n->problems, "%s", can[kind].hint);
	}
}

static void take_mode(const struct making *k, struct folder *f)
{
	unsigned long mode;
	char *end;

	if (!k->raw->mode)
		return;
	mode = strtoul(k->raw->mode, &end, 8);
	if (*end || mode == 0 || mode > MODE_MAX || strspn(k->raw->mode, "01234567") < 3)
		problem(k, "mode", "expected permissions such as \"0755\", got \"%s\"",
			k->raw->mode);
	f->mode = (unsigned)mode;
}

/* Options that say nothing about a kind. */
static void check_options(const struct making *k, const struct folder *f)
{
	static const struct {
		const char *key;
		bool of_shared;
		const char *why;
	} rows[] = {
		{ "owner", false, "files of a %s folder keep their owners" },
		{ "group", false, "files of a %s folder keep their groups" },
		{ "mode", false, "a %s folder keeps its permissions" },
		{ "exclude", false, "a %s folder is shared whole" },
		{ "read_only", true, "what %s brings into the guest is the guest's own" },
		{ "mount_options", true, "nothing is mounted for a %s folder" },
	};
	bool shared = folder_is_shared(f->kind);
	size_t at;

	/* The kind that a machine without an inside gets says nothing. */
	if (f->chosen && k->can && !k->can->has_guests)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *why = NULL;
		const char *mark = strstr(rows[i].why, "%s");

		if (rows[i].of_shared == shared || !schema_find(&schema_folder, rows[i].key, &at) ||
		    !(k->raw->decl.said >> at & 1) ||
		    (strcmp(rows[i].key, "read_only") == 0 && !k->raw->read_only))
			continue;
		why = xasprintf("%.*s%s%s", (int)(mark - rows[i].why), rows[i].why,
				folder_kind_name(f->kind), mark + 2);
		problem(k, rows[i].key, "%s", why);
		if (k->raw->kind == FOLDER_AUTO)
			problems_hint(k->n->problems, "another kind can: kind = \"%s\"",
				      shared ? "copy" : "virtiofs");
	}
}

static struct strings copy_strings(struct arena *a, const struct strings *from)
{
	struct strings s = { .count = from->count };

	s.at = arena_alloc(a, (s.count + 1) * sizeof(*s.at));
	for (size_t i = 0; i < s.count; i++)
		s.at[i] = arena_strdup(a, from->at[i]);
	return s;
}

/* They are joined by commas, in a line of fstab, or are flags of mount_setattr(2). */
static void take_mount_options(const struct making *k, struct folder *f)
{
	f->mount_options = copy_strings(&k->n->env->arena, &k->raw->mount_options);
	for (size_t i = 0; i < f->mount_options.count && folder_is_shared(f->kind); i++) {
		const char *option = f->mount_options.at[i];

		if (f->kind == FOLDER_BIND ? !folder_is_bind_option(option) :
					     !*option || strpbrk(option, ", \t\n\\#"))
			problem(k, "mount_options", "'%s' is no option of a %s mount%s", option,
				folder_kind_name(f->kind),
				strcmp(option, "ro") == 0 ? "; write read_only = true" : "");
	}
}

static bool take_folder(const struct making *k, struct folder *f)
{
	struct arena *a = &k->n->env->arena;

	if (!take_from(k, f) || !take_to(k, f))
		return false;
	take_kind(k, f);
	take_mode(k, f);
	take_mount_options(k, f);
	check_options(k, f);
	f->owner = arena_strdup(a, k->raw->owner);
	f->group = arena_strdup(a, k->raw->group);
	f->read_only = k->raw->read_only;
	f->exclude = copy_strings(a, &k->raw->exclude);
	if (f->outside)
		want(k, f);
	return true;
}

/* The directory that a key means, for telling whether two mean the same. */
static const char *meant_by(const struct normalizer *n, const struct folder_raw *raw)
{
	cleanup_free char *home = *raw->from == '~' ? fs_user_home() : NULL;
	cleanup_free char *path = home ? xasprintf("%s%s", home, raw->from + 1) :
					 fs_join(n->conf->directory, raw->from);
	cleanup_free char *real = NULL;

	path_is_outside(n->conf->directory, path, &real);
	return arena_strdup(&n->env->arena, real);
}

/* What the block is called that says it: "machine 'web'". */
static size_t block_length(const struct folder_raw *raw)
{
	const char *end = strstr(raw->where, ".folders[");

	return end ? (size_t)(end - raw->where) : strlen(raw->where);
}

static bool in_one_block(const struct folder_raw *a, const struct folder_raw *b)
{
	size_t len = block_length(a);

	return len == block_length(b) && strncmp(a->where, b->where, len) == 0 &&
	       text_has_prefix(a->where, "machine ");
}

/* Whether a later item, nearer to the machine, says something else of that directory. */
static bool is_replaced(const struct making *k, const struct folders_raw *said, size_t index)
{
	const struct folder_raw *raw = &said->at[index];

	for (size_t i = index + 1; i < said->count; i++) {
		if (strcmp(k->meant[index], k->meant[i]) != 0)
			continue;
		if (in_one_block(raw, &said->at[i]))
			problem(k, NULL, "'%s' is the same directory", said->at[i].from);
		return true;
	}
	return false;
}

static bool says_project(const struct making *k, const struct folders_raw *said)
{
	for (size_t i = 0; i < said->count; i++) {
		if (strcmp(k->meant[i], k->n->conf->directory) == 0)
			return true;
	}
	return false;
}

static bool is_taken(const struct machine *m, const char *to)
{
	for (size_t i = 0; i < m->folder_count; i++)
		if (strcmp(m->folders[i].to, to) == 0)
			return true;
	return false;
}

/* The project's directory is in every machine that does not say otherwise. */
static void add_project(const struct making *k, const struct folders_raw *said)
{
	struct folder *f = &k->m->folders[k->m->folder_count];

	if (!k->can || !k->can->has_guests || is_taken(k->m, HOME_TO) ||
	    !is_text(k->n->conf->directory) || says_project(k, said))
		return;
	*f = (struct folder){ .said = ".", .to = HOME_TO, .by_default = true, .project = true };
	f->from = k->n->env->project.directory;
	take_kind(k, f);
	if (k->has_way_in || f->kind == FOLDER_BIND)
		k->m->folder_count++;
}

static void check_places(const struct making *k, const struct folder *f)
{
	for (size_t i = 0; i < k->m->folder_count; i++) {
		const struct folder *other = &k->m->folders[i];
		const struct folder *outer = is_in(f->to, other->to) ? other : f;
		const struct folder *inner = outer == f ? other : f;
		cleanup_free char *own = NULL;

		if (strcmp(other->to, f->to) == 0)
			problem(k, "to", "'%s' is at '%s' already", other->said, f->to);
		if (!outer->project || !is_in(inner->to, outer->to))
			continue;
		own = xasprintf("%s%s/" OWN_FOLDER, outer->to,
				folder_way_down(outer->from, k->n->conf->directory));
		if (is_in(inner->to, own))
			problem(k, "to", "'%s' is kept from machines", own);
	}
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* What is mounted inside of another comes after it. */
static int compare(const void *left, const void *right)
{
	const struct folder *a = left, *b = right;
	size_t first = depth(a->to), second = depth(b->to);

	if (first != second)
		return first < second ? -1 : 1;
	return strcmp(a->to, b->to);
}

static const struct folder_abilities *abilities_of(const struct normalize_conf *conf,
						   const char *provider)
{
	for (size_t i = 0; conf->folders && conf->providers[i]; i++)
		if (strcmp(conf->providers[i], provider) == 0)
			return &conf->folders[i];
	return NULL;
}

/* All but BIND takes somebody in the guest. */
static void check_way_in(const struct making *k, const struct folder *f)
{
	if (k->has_way_in || f->kind == FOLDER_BIND || (k->can && !k->can->has_guests))
		return;
	problem(k, NULL,
		"it has cards on internal networks only, and this host no way into it to put "
		"'%s' there",
		f->to);
	problems_hint(k->n->problems, NORMALIZER_WAY_IN_HINT);
}

static void take_folders(struct normalizer *n, size_t machine)
{
	struct machine *m = &n->env->machines[machine];
	const struct machine_raw *raw = &n->merged[machine];
	struct making k = { .n = n,
			    .m = m,
			    .can = abilities_of(n->conf, m->provider),
			    .has_way_in = normalizer_has_way_in(n, machine) };
	const struct folders_raw *said = &raw->folders;

	k.meant = arena_alloc(&n->env->arena, (said->count + 1) * sizeof(*k.meant));
	for (size_t i = 0; i < said->count; i++)
		k.meant[i] = meant_by(n, &said->at[i]);
	m->folders = arena_alloc(&n->env->arena, (said->count + 1) * sizeof(*m->folders));
	for (size_t i = 0; i < said->count; i++) {
		struct folder *f = &m->folders[m->folder_count];

		k.raw = &said->at[i];
		if (is_replaced(&k, said, i) || k.raw->off)
			continue;
		if (raw->guest && text_has_prefix(k.raw->where, "machine "))
			problem(&k, NULL, "nothing can be in a machine with guest = \"none\"");
		if (raw->guest || !take_folder(&k, f))
			continue;
		check_places(&k, f);
		check_way_in(&k, f);
		m->folder_count++;
	}
	k.raw = NULL;
	if (!raw->guest && !normalizer_failed(raw, "folders"))
		add_project(&k, said);
	if (m->folder_count)
		qsort(m->folders, m->folder_count, sizeof(*m->folders), compare);
	folders_find_inner(m->folders, m->folder_count, &n->env->arena);
}

void normalize_folders(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++)
		take_folders(n, i);
}
