/* SPDX-License-Identifier: Apache-2.0 */
/* Digests through libcrypto's EVP. */
#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/stop.h"

struct digest {
	EVP_MD_CTX *ctx;
};

static const EVP_MD *algorithm(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA1:
		return EVP_sha1();
	case DIGEST_SHA384:
		return EVP_sha384();
	case DIGEST_SHA512:
		return EVP_sha512();
	case DIGEST_SHA256:
		break;
	}
	return EVP_sha256();
}

/* SHA-256 is in every libcrypto; without it nothing here could be trusted. */
static void must(int ok)
{
	if (!ok)
		abort();
}

struct digest *digest_new(void)
{
	return digest_new_of(DIGEST_SHA256);
}

struct digest *digest_new_of(enum digest_kind kind)
{
	struct digest *d = xcalloc(1, sizeof(*d));

	d->ctx = EVP_MD_CTX_new();
	must(d->ctx && EVP_DigestInit_ex(d->ctx, algorithm(kind), NULL));
	return d;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	must(EVP_DigestUpdate(d->ctx, data, len));
}

void digest_add_field(struct digest *d, const char *s)
{
	uint64_t len = s ? strlen(s) : UINT64_MAX;

	digest_add(d, &len, sizeof(len));
	if (s)
		digest_add(d, s, len);
}

static int add_rest(struct digest *d, int fd, const char *path, struct error *err)
{
	unsigned char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "cannot read '%s'", path);
		if (n > 0)
			digest_add(d, buf, (size_t)n);
		if (stop_check(0, "reading files to upload", err) < 0)
			return -1;
	}
	return 0;
}

int digest_add_file(struct digest *d, const char *path, struct error *err)
{
	/* A pipe that took its place is as good as empty. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	uint64_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	len = (uint64_t)st.st_size;
	digest_add(d, &len, sizeof(len));
	return add_rest(d, fd, path, err);
}

int digest_of_file(const char *path, char out_hex[static DIGEST_HEX_BYTES], struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_digest struct digest *d = digest_new();

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (add_rest(d, fd, path, err) < 0)
		return -1;
	digest_finish(d, out_hex);
	return 0;
}

void digest_finish(struct digest *d, char *out_hex)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	must(EVP_DigestFinal_ex(d->ctx, raw, &len));
	for (unsigned i = 0; i < len; i++)
		snprintf(out_hex + (size_t)2 * i, 3, "%02x", raw[i]);
}

void digest_free(struct digest **d)
{
	if (!*d)
		return;
	EVP_MD_CTX_free((*d)->ctx);
	free(*d);
	*d = NULL;
}

void digest_of(const void *data, size_t len, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();

	digest_add(d, data, len);
	digest_finish(d, out_hex);
}

bool digest_is(const char *text)
{
	return text && strlen(text) == DIGEST_HEX_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == DIGEST_HEX_BYTES - 1;
}
