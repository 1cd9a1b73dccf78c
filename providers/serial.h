/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serials of imports: names for what is being poured while its digest is not known yet, which tell
 * whether the process that pours is still there. "<pid>-<start>-<time>": the process, when it
 * started in ticks since boot (proc(5), /proc/PID/stat, field 22), and nanoseconds since 1970 in
 * hex, so that no serial comes twice.
 */
#ifndef PROVIDERS_SERIAL_H
#define PROVIDERS_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

#define SERIAL_BYTES 64

/* A new one, of this process. */
void serial_make(char out[static SERIAL_BYTES]);
/* The length of the serial that the text begins with; 0 if it begins with none. */
size_t serial_length(const char *text);
/* Whether the process that the serial (or a text that begins with one) was made by may still be there. */
bool serial_is_alive(const char *serial);

#endif
