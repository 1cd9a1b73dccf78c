/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of a libvirt storage pool: made, found, filled, read and removed. */
#ifndef PROVIDERS_LIBVIRT_VOLUME_H
#define PROVIDERS_LIBVIRT_VOLUME_H

#include "providers/libvirt.h"

struct volume {
	const char *name, *format; /* "qcow2" or "raw" */
	uint64_t capacity_bytes;
	const char *mode;                    /* "0600" */
	const char *base_path, *base_format; /* NULL: over nothing */
};

/* None is ERROR_NOT_FOUND. */
int volume_get(virStoragePoolPtr pool, const char *name, virStorageVolPtr *out, struct error *err);
int volume_make(virStoragePoolPtr pool, const struct volume *v, virStorageVolPtr *out,
		struct error *err);
/* Filled with what a guest sees on `from`, whatever that stands on. */
int volume_make_from(virStoragePoolPtr pool, const struct volume *v, virStorageVolPtr from,
		     virStorageVolPtr *out, struct error *err);
/* Gone already is success. */
int volume_remove(virStoragePoolPtr pool, const char *name, struct error *err);
/* Size of the disk in it. */
int volume_capacity(virStorageVolPtr vol, uint64_t *out, struct error *err);
/* Length of its file. */
int volume_file_bytes(virStorageVolPtr vol, uint64_t *out, struct error *err);

/* The bytes of a volume on their way to libvirt or from it. */
struct volume_stream {
	virStreamPtr stream; /* NULL: none is open */
	const char *doing;   /* for the error of an interruption */
};

/* Opens one into the volume's file, which grows; `bytes` is its length, 0 if that is not known. */
int volume_upload(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		  struct volume_stream *s, struct error *err);
/* Writing into an open one. */
struct image_sink volume_sink(struct volume_stream *s);
/* Closes it; only then it is known that everything arrived. None open is success. */
int volume_stream_finish(struct volume_stream *s, struct error *err);
void volume_stream_abort(struct volume_stream *s);
/* Writes the whole file, of so many bytes, into the sink. */
int volume_download(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		    const struct image_sink *sink, struct error *err);

#endif
