/* SPDX-License-Identifier: Apache-2.0 */
/* Loads libcurl and finds the calls listed in the header. */
#include "boxes/curl_api.h"

#include <dlfcn.h>
#include <pthread.h>

#define LIBRARY "libcurl.so.4"

struct curl_calls curl;

static const struct {
	const char *name;
	size_t offset;
} calls[] = {
#define X(call) { "curl_" #call, offsetof(struct curl_calls, call) },
	CURL_CALLS(X)
#undef X
};

static int find_calls(void *library, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		void *symbol = dlsym(library, calls[i].name);

		if (!symbol)
			return error_set(err, ERROR_SYSTEM, "%s is too old: it has no %s", LIBRARY,
					 calls[i].name);
		*(void **)((char *)&curl + calls[i].offset) = symbol;
	}
	return 0;
}

static int load(struct error *err)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);

	if (!library) {
		error_set(err, ERROR_SYSTEM, "cannot load %s: %s", LIBRARY, dlerror());
		return error_hint(err, "sudo apt install libcurl4");
	}
	if (find_calls(library, err) < 0) {
		dlclose(library);
		return -1;
	}
	if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_SYSTEM, "%s cannot be initialised", LIBRARY);
	return 0;
}

/* Filled once, read by all. */
static struct error failure;

static void load_once(void)
{
	load(&failure);
}

int curl_load(struct error *err)
{
	/* curl_global_init() is not thread safe, and must not be called twice at a time either. */
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_once);
	if (failure.kind == ERROR_NONE)
		return 0;
	error_set(err, failure.kind, "%s", failure.text);
	return failure.hint ? error_hint(err, "%s", failure.hint) : -1;
}
