/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of packing: a temporary folder, and what is said often. */
#ifndef TESTS_UNIT_PACK_SAMPLES_H
#define TESTS_UNIT_PACK_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boxes/pack.h"
#include "core/digest.h"
#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"

/* --- a folder of its own for every test ------------------------------------------------------ */

static char folder[64];

static inline int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bothy-pack.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	stop_set(false);
	return fs_remove(folder, &err);
}

static inline const char *in(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	char *out = path[turn++ % ARRAY_SIZE(path)];

	snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
	return out;
}

static inline void put(const char *name, const void *data, size_t len)
{
	cleanup_error struct error err = { 0 };

	if (fs_write(in(name), data, len, 0644, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void say(const char *name, const char *content)
{
	put(name, content, strlen(content));
}

static inline void digest(const char *name, char out[static DIGEST_HEX_BYTES])
{
	struct digest *d = digest_new();
	cleanup_error struct error err = { 0 };

	if (digest_add_file(d, in(name), &err) < 0)
		fail_msg("%s", err.text);
	digest_finish(d, out);
	digest_free(&d);
}

static inline void assert_same(const char *a, const char *b)
{
	char x[DIGEST_HEX_BYTES], y[DIGEST_HEX_BYTES];

	digest(a, x);
	digest(b, y);
	assert_string_equal(x, y);
}

/* --- packing --------------------------------------------------------------------------------- */

#define CHUNK ((size_t)64 << 10)

static inline void succeed(int rc, struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static inline struct pack *open_pack(const struct pack_spec *spec)
{
	cleanup_error struct error err = { 0 };
	struct pack *p = NULL;

	succeed(pack_open(spec, &p, &err), &err);
	return p;
}

#endif
