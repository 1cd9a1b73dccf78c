/* SPDX-License-Identifier: Apache-2.0 */
/* What libarchive puts into an ISO 9660 image beyond what it was told, taken out again. */
#ifndef BOXES_ISO_H
#define BOXES_ISO_H

#include <stddef.h>

/*
 * Gives all dates (ECMA-119, 8.4.26 and 9.1.5; RRIP "TF") of the image one value and blanks what names its
 * maker, so that equal files are equal images, and writes the label as it is, since libarchive has
 * only capital letters for it. The image has no directory but its root.
 */
void iso_settle(unsigned char *image, size_t len, const char *label);

#endif
