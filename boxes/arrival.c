/* SPDX-License-Identifier: Apache-2.0 */
/* A file that comes from a server that may change its mind. */
#include "boxes/arrival.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/request.h"
#include "core/text.h"

#define COMPARE_BYTES ((size_t)64 << 10)

static int fd_of(const struct arrival *a)
{
	return growing_fd(a->growing);
}

int arrival_open(const char *path, uint64_t wanted_bytes, struct arrival *out, struct error *err)
{
	cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct arrival a = { .wanted_bytes = wanted_bytes };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "'%s' is no plain file", path);
	a.path = xstrdup(path);
	a.note_path = xasprintf("%s.json", path);
	a.file_bytes = (uint64_t)st.st_size;
	download_note_load(a.note_path, &a.note);
	a.growing = growing_new(take_fd(fd), 0, wanted_bytes, false);
	*out = a;
	return 0;
}

void arrival_clear(struct arrival *a)
{
	free(a->path);
	free(a->note_path);
	growing_free(&a->growing);
	download_note_clear(&a->note);
	download_note_clear(&a->next);
	*a = (struct arrival){ 0 };
}

static int broken(struct arrival *a, struct error *err)
{
	a->broken = true;
	if (err->code != ENOSPC && err->code != EDQUOT && err->code != EFBIG)
		return -1;
	free(err->hint);
	err->hint = NULL;
	return error_hint(err, "make room there, then try again: it goes on where it ended");
}

static int disk_error(struct arrival *a, const char *doing, struct error *err)
{
	error_errno(err, errno, "cannot %s '%s'", doing, a->path);
	return broken(a, err);
}

static int forget_note(struct arrival *a, struct error *err)
{
	download_note_clear(&a->note);
	if (unlink(a->note_path) < 0 && errno != ENOENT)
		return disk_error(a, "forget the note of", err);
	return 0;
}

static int cut(struct arrival *a, uint64_t bytes, struct error *err)
{
	if (a->file_bytes <= bytes)
		return 0;
	if (ftruncate(fd_of(a), (off_t)bytes) < 0)
		return disk_error(a, "shorten", err);
	a->file_bytes = bytes;
	return 0;
}

/* Readers have bytes that are void. They hear of it before the bytes go. */
static int abandon(struct arrival *a, struct error *err)
{
	growing_abandon(a->growing);
	if (forget_note(a, err) < 0 || cut(a, 0, err) < 0)
		return -1;
	a->broken = true;
	return error_set(err, ERROR_BOX,
			 "the file became another one while it was being downloaded");
}

static void show(struct arrival *a, uint64_t bytes)
{
	if (bytes <= a->shown_bytes)
		return;
	growing_add(a->growing, bytes - a->shown_bytes);
	a->shown_bytes = bytes;
}

/* As soon as every byte in the file is of this answer's file, its note is true. */
static int adopt(struct arrival *a, struct error *err)
{
	if (!a->next.url || a->at < a->file_bytes)
		return 0;
	download_note_clear(&a->note);
	a->note = a->next;
	a->next = (struct download_note){ 0 };
	return download_note_save(&a->note, a->note_path, err) < 0 ? broken(a, err) : 0;
}

uint64_t arrival_ask(const struct arrival *a, const char *url, const char **out_if_range)
{
	const struct download_note *n = &a->note;

	*out_if_range = NULL;
	if (a->plainly || !n->url || !download_note_is_of(n, url) || !a->file_bytes ||
	    !download_note_validator(n) || (n->total_bytes && a->file_bytes > n->total_bytes))
		return REQUEST_NO_RANGE;
	*out_if_range = download_note_validator(n);
	/* The last byte of a file that is whole: that it may be had is all that is to be found out. */
	return a->file_bytes == n->total_bytes ? a->file_bytes - 1 : a->file_bytes;
}

static int check_size(struct arrival *a, uint64_t bytes, struct error *err)
{
	if (!a->wanted_bytes || bytes == a->wanted_bytes)
		return 0;
	return error_set(err, ERROR_BOX,
			 "the file has %" PRIu64 " bytes there, but should have %" PRIu64, bytes,
			 a->wanted_bytes);
}

/* A 206 to If-Range need not repeat the date that it confirms (RFC 9110, 15.3.7), unlike an ETag. */
static bool confirms_date(const struct download_note *n, const struct download_note *now)
{
	return !n->etag && n->last_modified && !now->etag && !now->last_modified &&
	       strcmp(n->final, now->final) == 0 && n->total_bytes == now->total_bytes;
}

static int take_part(struct arrival *a, uint64_t asked, const struct answer *answer,
		     struct error *err)
{
	enum note_match match = download_note_compare(&a->note, &a->next);

	if (match == NOTE_OTHER && a->shown_bytes)
		return abandon(a, err);
	if (match == NOTE_UNCERTAIN && confirms_date(&a->note, &a->next))
		match = NOTE_SAME;
	if (match != NOTE_SAME || asked == REQUEST_NO_RANGE || !answer->ranged ||
	    answer->first != asked ||
	    (answer->length_bytes >= 0 &&
	     (uint64_t)answer->length_bytes != answer->last - answer->first + 1)) {
		bool before = a->plainly;

		a->plainly = true;
		return error_set(err, ERROR_BOX,
				 "the server gave another part than was asked for%s",
				 before ? ", twice" : "");
	}
	download_note_clear(&a->next);
	a->at = asked;
	a->total_bytes = answer->total_bytes ? answer->total_bytes : a->note.total_bytes;
	return a->total_bytes ? check_size(a, a->total_bytes, err) : 0;
}

static int take_whole(struct arrival *a, struct error *err)
{
	enum note_match match = a->note.url ? download_note_compare(&a->note, &a->next) :
					      NOTE_UNCERTAIN;
	uint64_t shown_total = growing_total(a->growing);

	a->at = 0;
	a->total_bytes = a->next.total_bytes;
	if (match == NOTE_SAME) {
		download_note_clear(&a->next);
		if (!a->total_bytes || a->total_bytes != a->file_bytes)
			return 0;
		a->at = a->file_bytes;
		return 1;
	}
	if (a->shown_bytes && (match == NOTE_OTHER ||
			       (shown_total && a->total_bytes && shown_total != a->total_bytes)))
		return abandon(a, err);
	if (forget_note(a, err) < 0 || (!a->shown_bytes && cut(a, 0, err) < 0))
		return -1;
	return adopt(a, err);
}

int arrival_head(struct arrival *a, const char *url, uint64_t asked, const struct answer *answer,
		 struct error *err)
{
	int rc;

	download_note_clear(&a->next);
	download_note_of(url, answer, &a->next);
	if (a->next.total_bytes && check_size(a, a->next.total_bytes, err) < 0)
		return -1;
	a->part = answer->status == 206;
	rc = a->part ? take_part(a, asked, answer, err) : take_whole(a, err);
	if (rc < 0)
		return -1;
	if (!a->total_bytes)
		a->total_bytes = a->wanted_bytes;
	if (a->total_bytes)
		growing_set_total(a->growing, a->total_bytes);
	/* No next note: the one there is stays true. */
	if (!a->next.url)
		show(a, a->file_bytes);
	return rc;
}

/* How many of the bytes are the same in the file; as many as are there are looked at. */
static int compare(struct arrival *a, const unsigned char *data, size_t len, size_t *out_same,
		   struct error *err)
{
	cleanup_free unsigned char *there = xmalloc(COMPARE_BYTES);
	size_t same = 0;

	while (same < len) {
		size_t want = len - same < COMPARE_BYTES ? len - same : COMPARE_BYTES;
		ssize_t got = pread(fd_of(a), there, want, (off_t)(a->at + same));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return disk_error(a, "read", err);
		for (ssize_t i = 0; i < got; i++, same++) {
			if (there[i] != data[same]) {
				*out_same = same;
				return 0;
			}
		}
	}
	*out_same = same;
	return 0;
}

/* What is there already is compared instead of written. */
static int pass_over(struct arrival *a, const void *data, size_t len, size_t *out_passed,
		     struct error *err)
{
	uint64_t there = a->file_bytes > a->at ? a->file_bytes - a->at : 0;
	size_t want = there < len ? (size_t)there : len, same = 0;

	if (want && compare(a, data, want, &same, err) < 0)
		return -1;
	a->at += same;
	*out_passed = same;
	if (same == want)
		return 0;
	return a->at < a->shown_bytes ? abandon(a, err) : cut(a, a->at, err);
}

static int append(struct arrival *a, const char *data, size_t len, struct error *err)
{
	while (len) {
		ssize_t n = pwrite(fd_of(a), data, len, (off_t)a->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return disk_error(a, "write", err);
		data += n;
		len -= (size_t)n;
		a->at += (uint64_t)n;
		a->file_bytes = a->at;
	}
	return 0;
}

int arrival_body(struct arrival *a, const void *data, size_t len, struct error *err)
{
	size_t passed;

	if (a->total_bytes && (a->at > a->total_bytes || len > a->total_bytes - a->at))
		return error_set(err, ERROR_BOX, "it sent more than the %" PRIu64 " bytes it told",
				 a->total_bytes);
	if (pass_over(a, data, len, &passed, err) < 0 || adopt(a, err) < 0 ||
	    append(a, (const char *)data + passed, len - passed, err) < 0)
		return -1;
	show(a, a->at);
	return 0;
}

static int finish(struct arrival *a, struct error *err)
{
	/* The file there is now may be shorter than what was there of another one. */
	if (a->at < a->shown_bytes)
		return abandon(a, err);
	if (cut(a, a->at, err) < 0 || adopt(a, err) < 0)
		return -1;
	if (a->note.url && a->note.total_bytes != a->at) {
		a->note.total_bytes = a->at;
		if (download_note_save(&a->note, a->note_path, err) < 0)
			return broken(a, err);
	}
	return 0;
}

int arrival_end(struct arrival *a, bool framed, bool *out_more, struct error *err)
{
	*out_more = a->part && a->at < a->total_bytes;
	if (*out_more)
		return 0;
	if (a->at < a->total_bytes)
		return error_set(err, ERROR_BOX, "it ended after %" PRIu64 " of %" PRIu64 " bytes",
				 a->at, a->total_bytes);
	if (!a->total_bytes && !framed)
		return error_set(err, ERROR_BOX,
				 "the server does not tell how long the file is, so "
				 "nobody can know whether all of it came");
	return finish(a, err);
}
