/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file brought from the web into downloads/ of the store by a thread of its own. What has arrived
 * stays there when the line breaks, the program is killed or unpacking fails, and the next
 * download of the same URL goes on behind it, if the server's file is still the same (If-Range).
 *
 * Its errors come by growing_wait() and its like. If growing_is_abandoned() then, readers have seen bytes of a file
 * that is another one now: start the download again, once. Tries that are repeated are an EVENT_NOTE each.
 */
#ifndef BOXES_DOWNLOAD_H
#define BOXES_DOWNLOAD_H

#include "boxes/growing.h"
#include "boxes/http.h"
#include "core/event.h"

struct download;

struct download_spec { /* all borrowed, for as long as the download lives */
	const struct http_conf *http;
	const char *home; /* of the store */
	const char *const *
		urls; /* the same file in several places: the next one is tried when one fails for good */
	size_t url_count;
	const char *name;    /* for progress and messages */
	uint64_t size_bytes; /* which it must have; 0: not known */
	const struct watcher *watch;
};

/* Waits, saying so, while another process downloads the same URL (holds its lock), then starts. */
int download_start(const struct download_spec *spec, struct download **out, struct error *err);
/* Borrowed; lives as long as the download. */
struct growing *download_file(struct download *d);
/* The one of spec's URLs that is being used; borrowed, NULL before the first answer. After growing_end() it does not change. */
const char *download_url(struct download *d);
/* Stops the thread if it still runs. The file stays for the next time, unless download_discard() was called. */
void download_free(struct download **d);
#define cleanup_download cleanup(download_free)
/* The file is of no more use: it is unpacked, or is not what it should be. Removed when the download is freed. */
void download_discard(struct download *d);
/* Removes downloads that nobody works on and that are older than that; returns how many bytes went. */
int downloads_sweep(const char *home, unsigned older_than_s, uint64_t *out_bytes,
		    struct error *err);

#endif
