/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a disk image into a new volume: right into the volume's file if this process may write
 * there, which spares copying all of it to libvirt's daemon; else through a stream to libvirt.
 */
#ifndef PROVIDERS_VOLUME_POUR_H
#define PROVIDERS_VOLUME_POUR_H

#include "providers/image_file.h"
#include "providers/libvirt_volume.h"

struct volume_pour {
	struct volume_stream stream;
	struct image_file *file; /* NULL: it is the stream, if any is open */
	char *path;              /* of the volume's file; NULL: it has none here */
};

/*
 * Into a raw volume that was made just now with a capacity of so many bytes, 0 if the length is not known, and
 * that nothing was written into. The pour is one that is not begun: {0} but for stream.doing.
 */
int volume_pour_begin(struct libvirt_provider *p, virStorageVolPtr vol, uint64_t bytes,
		      struct volume_pour *out, struct error *err);
struct image_sink volume_pour_sink(struct volume_pour *pour);
/* Only now it is known that everything arrived, and will be there after a power cut. Not begun is success. */
int volume_pour_finish(struct volume_pour *pour, struct error *err);
void volume_pour_abort(struct volume_pour *pour);

#endif
