/* SPDX-License-Identifier: Apache-2.0 */
/* How often, and after how long, something that failed is tried again. */
#ifndef BOXES_PATIENCE_H
#define BOXES_PATIENCE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "boxes/http.h"

struct patience {
	unsigned left, wait_ms;
};

struct patience patience_of(const struct http_conf *conf);
/*
 * Waits before another try: twice as long each time, at least retry_after_s (at most 60). False if there is
 * to be none: too many, *cancel (may be NULL) is set, or the user interrupts.
 */
bool patience_wait(struct patience *p, unsigned retry_after_s, const atomic_bool *cancel);

#endif
