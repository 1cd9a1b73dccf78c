/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a disk image, filled front to back by a thread of its own: who pours reads and decompresses
 * the next bytes while the last ones are on their way to the disk. They go there past the page cache
 * (O_DIRECT), for which nobody would have a use before they are pushed out again, where the file system
 * can do that. Holes stay holes.
 */
#ifndef PROVIDERS_IMAGE_FILE_H
#define PROVIDERS_IMAGE_FILE_H

#include "core/image.h"

struct image_file;

/*
 * Takes over the descriptor of a regular file, open for writing, in which there is nothing but a hole, of
 * whatever length. `path` is for messages, `doing` what an interruption interrupts (may be NULL). About
 * 8 MiB of memory until it is finished.
 */
int image_file_open(int fd, const char *path, const char *doing, struct image_file **out,
		    struct error *err);
/* Good as long as the file lives and is not finished. An error may be that of bytes given long before. */
struct image_sink image_file_sink(struct image_file *f);
/* Waits until all is on the disk for good; the file is as long as what was poured. Once is enough. */
int image_file_finish(struct image_file *f, struct error *err);
/* Length of what was poured so far. */
uint64_t image_file_bytes(const struct image_file *f);
/* What is in the file is void unless it was finished. */
void image_file_free(struct image_file **f);
#define cleanup_image_file cleanup(image_file_free)

#endif
