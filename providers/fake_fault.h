/* SPDX-License-Identifier: Apache-2.0 */
/* What is to go wrong in the fake provider: $BOTHY_FAKE, see providers/fake.h for its words. */
#ifndef PROVIDERS_FAKE_FAULT_H
#define PROVIDERS_FAKE_FAULT_H

#include <stdbool.h>

#include "core/error.h"

struct fake_faults {
	unsigned fail, half, kill; /* number of the operation; 0: none */
	unsigned delay_ms;
	bool down;
	char *fail_provision, *unreachable; /* owned; NULL: none */
};

/* NULL: nothing goes wrong. ERROR_USAGE if a word is unknown. `out` starts as {0}. */
int fake_faults_parse(const char *words, struct fake_faults *out, struct error *err);
void fake_faults_clear(struct fake_faults *faults);

#endif
