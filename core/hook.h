/* SPDX-License-Identifier: Apache-2.0 */
/* What is done around the work on a machine. */
#ifndef CORE_HOOK_H
#define CORE_HOOK_H

#include <stddef.h>

enum hook_event {
	HOOK_BEFORE_UP,
	HOOK_AFTER_UP,
	HOOK_BEFORE_PROVISION,
	HOOK_AFTER_PROVISION,
	HOOK_BEFORE_RELOAD,
	HOOK_AFTER_RELOAD,
	HOOK_BEFORE_HALT,
	HOOK_AFTER_HALT,
	HOOK_BEFORE_DESTROY,
	HOOK_AFTER_DESTROY,
	HOOK_EVENTS
};
enum hook_kind { HOOK_HOST, HOOK_GUEST, HOOK_NOTE };

struct hook {
	enum hook_event event;
	enum hook_kind kind;
	const char *text; /* the command for sh, or the note */
	const char *file; /* that has it, as shown in messages */
	int line;
};

/* "before_up", …: the words of the file. Static. */
const char *hook_event_name(enum hook_event event);

struct hooks_raw {
	struct hook *at;
	size_t count;
};

#endif
