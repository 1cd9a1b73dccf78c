/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for copying into a guest. */
#include "guest/copy_script.h"

#include <string.h>

#include "guest/run.h"

/* Quoted once more for the login's shell it may be four times as long; Linux takes 128 KiB. */
#define WORDS_MOST ((size_t)24 * 1024)

/* Sets $s to where the mark is, and goes there where things are put; fails where the guest is another one. */
static void add_beginning(struct text *t, const struct copy_script *s)
{
	text_add(t, "umask 022; LC_ALL=C; export LC_ALL; ");
	text_addf(t, "d=$HOME/.local/state/bothy/copied; s=$d/%.16s; to=", s->key);
	text_add_shell_quoted(t, s->to);
	if (s->whole) {
		text_add(t, "; mkdir -p \"$d\" \"$to\" && cd \"$to\" && rm -f \"$s\" || exit 1; ");
		return;
	}
	text_addf(t,
		  "; got=; [ ! -r \"$s\" ] || read -r got <\"$s\"; [ \"${got%%.*}\" = %s ] && "
		  "[ \"${got#*.}\" -ge %lu ] && cd \"$to\" 2>/dev/null || exit %d; ",
		  s->epoch, s->count, COPY_SCRIPT_UNKNOWN);
}

static void add_words(struct text *t, const char *begin, const struct text *words, const char *end)
{
	if (words->len)
		text_addf(t, "%s%s%s", begin, words->ptr, end);
}

static void add_word(struct text *t, const char *path)
{
	cleanup_free char *below = xasprintf("./%s", path);

	text_add(t, " ");
	text_add_shell_quoted(t, below);
}

/* From the end, so that a directory comes after what is in it. Returns how many fit. */
static size_t add_removal(struct text *t, const struct copy_script *s)
{
	cleanup_text struct text files = { 0 }, unsure = { 0 }, directories = { 0 };
	size_t done = 0;

	while (done < s->gone_count && files.len + unsure.len + directories.len < WORDS_MOST) {
		const struct listed *entry = s->gone[s->gone_count - ++done];

		if (text_equal(entry->path, LISTING_ROOT))
			continue;
		if (entry->stale)
			add_word(&unsure, entry->path);
		if (entry->type != 'd' && !entry->stale)
			add_word(&files, entry->path);
		else
			add_word(&directories, entry->path);
	}
	add_words(t, "rm -f", &files, " || exit 1; ");
	add_words(t, "rm -f", &unsure, " 2>/dev/null; ");
	/* What the guest has put there keeps a directory. */
	add_words(t, "rmdir", &directories, " 2>/dev/null; ");
	return done;
}

char *copy_script_removal(struct copy_script *s)
{
	struct text t = { 0 };
	size_t done;

	add_beginning(&t, s);
	done = add_removal(&t, s);
	if (done == s->gone_count) {
		text_clear(&t);
		return NULL;
	}
	s->gone_count -= done;
	text_add(&t, "exit 0");
	return text_take(&t);
}

void copy_script_add_extract(struct text *t, const char *enter, bool as_root)
{
	/* Of a disk that is full tars only say how much they wrote. */
	text_addf(t,
		  "command -v tar >/dev/null || exit %d; %star -xp%sf - || { df -P . 2>/dev/null | "
		  "{ read -r _; read -r _ _ _ free _; [ \"${free:-16}\" -ge 16 ] || "
		  "echo 'No space left on device' >&2; }; exit 1; }; cat >/dev/null; ",
		  COPY_SCRIPT_NO_TAR, enter, as_root ? "" : "o");
}

char *copy_script_text(const struct copy_script *s)
{
	struct text t = { 0 };

	add_beginning(&t, s);
	add_removal(&t, s);
	if (s->extract)
		copy_script_add_extract(&t, "", s->as_root);
	/*
	 * A file that is replaced goes to the disk at once on ext4, a new one in its turn, behind what was dirty before: a
	 * VM whose power is cut has no mark of files that it lost.
	 */
	if (s->changes)
		text_addf(&t, "rm -f \"$s\"; echo %s.%lu >\"$s\" || exit 1; ", s->next_epoch,
			  s->next_count);
	text_add(&t, "exit 0");
	return text_take(&t);
}

int copy_script_error(const char *machine, int status, struct text *said, struct error *err)
{
	if (status == COPY_SCRIPT_NO_TAR) {
		error_set(err, ERROR_GUEST, "there is no 'tar' in '%s'", machine);
		return error_hint(err, "install it there");
	}
	return error_set(err, ERROR_GUEST, "%s", run_tar_reason(said));
}
