/* SPDX-License-Identifier: Apache-2.0 */
/* Loads libvirt's C library and finds the calls listed in the header. */
#include "providers/libvirt_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

#define LIBRARY "libvirt.so.0"

struct libvirt_calls virt;

static const struct {
	const char *name;
	size_t offset;
} calls[] = {
#define X(call) { "vir" #call, offsetof(struct libvirt_calls, call) },
	LIBVIRT_CALLS(X)
#undef X
};

/* libvirt prints every error on stderr unless it is given something else to do with it. */
static void ignore_error(void *ctx, virErrorPtr error)
{
	(void)ctx;
	(void)error;
}

static int find_calls(void *library, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		void *symbol = dlsym(library, calls[i].name);

		if (!symbol)
			return error_set(err, ERROR_ENGINE, "%s is too old: it has no %s", LIBRARY,
					 calls[i].name);
		*(void **)((char *)&virt + calls[i].offset) = symbol;
	}
	return 0;
}

static int load(struct error *err)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);

	if (!library) {
		error_set(err, ERROR_ENGINE, "cannot load %s: %s", LIBRARY, dlerror());
		return error_hint(err, "sudo apt install libvirt0");
	}
	if (find_calls(library, err) < 0) {
		dlclose(library);
		return -1;
	}
	virt.SetErrorFunc(NULL, ignore_error);
	return 0;
}

int libvirt_load(struct error *err)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static bool loaded;
	int ret = 0;

	pthread_mutex_lock(&mutex);
	if (!loaded)
		ret = load(err);
	if (ret == 0)
		loaded = true;
	pthread_mutex_unlock(&mutex);
	return ret;
}
