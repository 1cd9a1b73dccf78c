/* SPDX-License-Identifier: Apache-2.0 */
/* Output of provisioners, cut into whole lines. */
#include "cli/lines.h"

#include <string.h>

#define LINE_LIMIT ((size_t)65536)

static void emit(struct lines *l, int stream, size_t len)
{
	struct text *t = &l->pending[stream - 1];

	watcher_emit(l->watch, &(struct event){ .kind = EVENT_OUTPUT,
						.machine = l->machine,
						.step = l->step,
						.data = t->ptr,
						.len = len,
						.stream = stream });
	memmove(t->ptr, t->ptr + len, t->len - len + 1);
	t->len -= len;
}

int lines_add(struct lines *l, int stream, const void *data, size_t len)
{
	struct text *t = &l->pending[stream - 1];
	const char *last;

	text_addn(t, data, len);
	last = memrchr(text_str(t), '\n', t->len);
	if (last)
		emit(l, stream, (size_t)(last - t->ptr) + 1);
	else if (t->len > LINE_LIMIT)
		emit(l, stream, t->len);
	return 0;
}

void lines_finish(struct lines *l)
{
	for (int stream = 1; stream <= 2; stream++) {
		if (l->pending[stream - 1].len)
			emit(l, stream, l->pending[stream - 1].len);
		text_clear(&l->pending[stream - 1]);
	}
}
