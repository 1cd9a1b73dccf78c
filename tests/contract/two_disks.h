/* SPDX-License-Identifier: Apache-2.0 */
/* A box with two disks, and a look at the files that a provider keeps of it. */
#ifndef TESTS_CONTRACT_TWO_DISKS_H
#define TESTS_CONTRACT_TWO_DISKS_H

#include "tests/contract/bench.h"

#define TWO_DIGEST "00000000000000000000000000000000000000000000000000000000000000bb"
#define UNKNOWN_ID "01234567-89ab-4cde-8f01-23456789abcd"

/* In the order in which they come: something nobody wants, the data, the system. */
int pour_two(void *ctx, const struct image_target *target, struct image *image, struct error *err);
/* The image of that box, whose base is there then; it is the caller's to remove. */
struct image import_two(void);
/* Machine "one" of that image; the caller frees the id. */
char *create_from(const struct image *image);
bool base_is_there(const char *digest);

/* How many files where the provider keeps disks have such a name (glob(7)). */
size_t count_files(const char *pattern);

/* When cases make sense. */
bool has_files(void);
bool has_layers(void);
bool is_kvm(void);
bool is_real_kvm(void);

#endif
