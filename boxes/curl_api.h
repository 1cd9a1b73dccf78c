/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libcurl that bothy uses. The library is loaded when something is first fetched, since
 * most commands never do; `curl.easy_init()` is curl_easy_init().
 */
#ifndef BOXES_CURL_API_H
#define BOXES_CURL_API_H

#include <curl/curl.h>

#include "core/error.h"

#define CURL_CALLS(X)          \
	X(easy_cleanup)        \
	X(easy_getinfo)        \
	X(easy_init)           \
	X(easy_setopt)         \
	X(easy_strerror)       \
	X(free)                \
	X(getdate)             \
	X(global_init)         \
	X(multi_add_handle)    \
	X(multi_cleanup)       \
	X(multi_info_read)     \
	X(multi_init)          \
	X(multi_perform)       \
	X(multi_poll)          \
	X(multi_remove_handle) \
	X(multi_strerror)      \
	X(slist_append)        \
	X(slist_free_all)      \
	X(url)                 \
	X(url_cleanup)         \
	X(url_get)             \
	X(url_set)             \
	X(url_strerror)

struct curl_calls {
#define X(name) __typeof__(curl_##name) *name;
	CURL_CALLS(X)
#undef X
};

/* Usable after curl_load() succeeded once. */
extern struct curl_calls curl;

/* Loads and initialises the library, once for all threads. ERROR_SYSTEM with a hint if it is not installed. */
int curl_load(struct error *err);

#endif
