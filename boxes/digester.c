/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a box file, while it is unpacked. */
#include "boxes/digester.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)128 << 10)

struct digester {
	struct growing *file;
	const struct checksum *checksum;
	pthread_t thread;
	bool running;
	atomic_bool cancelled;
	/* The thread's, until it is joined. */
	struct digest *sha256, *other; /* NULL: no other algorithm is wanted */
	uint64_t done;
	struct error failure;
};

static void *run(void *ctx)
{
	struct digester *d = ctx;
	cleanup_free unsigned char *buffer = xmalloc(BUFFER_BYTES);
	int64_t got;

	while ((got = growing_read_unless(d->file, &d->cancelled, d->done, buffer, BUFFER_BYTES,
					  &d->failure)) > 0) {
		digest_add(d->sha256, buffer, (size_t)got);
		if (d->other)
			digest_add(d->other, buffer, (size_t)got);
		d->done += (uint64_t)got;
	}
	return NULL;
}

int digester_start(struct growing *file, const struct checksum *checksum, struct digester **out,
		   struct error *err)
{
	cleanup_digester struct digester *d = xcalloc(1, sizeof(*d));
	int rc;

	d->file = file;
	d->checksum = checksum;
	d->sha256 = digest_new();
	if (checksum_is_set(checksum) && checksum->kind != DIGEST_SHA256)
		d->other = digest_new_of(checksum->kind);
	rc = pthread_create(&d->thread, NULL, run, d);
	if (rc)
		return error_errno(err, rc, "cannot start a thread");
	d->running = true;
	*out = take_ptr(d);
	return 0;
}

static void join(struct digester *d)
{
	if (d->running)
		pthread_join(d->thread, NULL);
	d->running = false;
}

static int compare(struct digester *d, const char *sha256, struct error *err)
{
	struct checksum got = { .kind = d->checksum->kind };
	cleanup_free char *expected_text = NULL, *got_text = NULL;

	if (!checksum_is_set(d->checksum))
		return 0;
	if (d->other)
		digest_finish(d->other, got.hex);
	else
		memcpy(got.hex, sha256, DIGEST_HEX_BYTES);
	if (checksum_equal(&got, d->checksum))
		return 0;
	expected_text = checksum_text(d->checksum);
	got_text = checksum_text(&got);
	error_set(err, ERROR_BOX, "wrong checksum: expected %s, got %s", expected_text, got_text);
	return error_hint(err, "fetch the box again, or correct its checksum if it was replaced");
}

int digester_finish(struct digester *d, char out_hex[static DIGEST_HEX_BYTES], uint64_t *out_bytes,
		    struct error *err)
{
	char hex[DIGEST_HEX_BYTES];

	join(d);
	if (d->failure.kind)
		return error_move(err, &d->failure);
	digest_finish(d->sha256, hex);
	if (compare(d, hex, err) < 0)
		return -1;
	memcpy(out_hex, hex, sizeof(hex));
	*out_bytes = d->done;
	return 0;
}

void digester_free(struct digester **slot)
{
	struct digester *d = *slot;

	if (!d)
		return;
	atomic_store(&d->cancelled, true);
	join(d);
	digest_free(&d->sha256);
	digest_free(&d->other);
	error_clear(&d->failure);
	free(d);
	*slot = NULL;
}
