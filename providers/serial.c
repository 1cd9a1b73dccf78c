/* SPDX-License-Identifier: Apache-2.0 */
/* Serials, and the processes behind them. */
#include "providers/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

#define DECIMAL "0123456789"
#define HEX "0123456789abcdef"
#define FIRST_FIELD 3 /* of those after the program's name, which may hold anything */
#define START_FIELD 22

/* "S 1 …": what follows the program's name. False if there is no such process, or it may not be looked at. */
static bool read_stat(long pid, char *out, size_t size)
{
	cleanup_free char *path = xasprintf("/proc/%ld/stat", pid);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);
	char *end;

	if (n <= 0)
		return false;
	out[n] = '\0';
	end = strrchr(out, ')');
	if (!end || end[1] != ' ')
		return false;
	memmove(out, end + 2, strlen(end + 2) + 1);
	return true;
}

static unsigned long long start_of(const char *stat)
{
	for (int field = FIRST_FIELD; field < START_FIELD && stat; field++) {
		stat = strchr(stat, ' ');
		stat = stat ? stat + 1 : NULL;
	}
	return stat ? strtoull(stat, NULL, 10) : 0;
}

void serial_make(char out[static SERIAL_BYTES])
{
	static atomic_uint count;
	struct timespec now;
	char stat[1024];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(out, SERIAL_BYTES, "%ld-%llu-%llx%04x", (long)getpid(),
		 read_stat(getpid(), stat, sizeof(stat)) ? start_of(stat) : 0,
		 (unsigned long long)now.tv_sec * 1000000000 + (unsigned long long)now.tv_nsec,
		 atomic_fetch_add(&count, 1) & 0xffff);
}

/* Past some of the characters, of which there is at least one, and `after`; NULL if that is not there. */
static const char *past(const char *at, const char *characters, char after)
{
	size_t len = at ? strspn(at, characters) : 0;

	if (!len)
		return NULL;
	if (!after)
		return at + len;
	return at[len] == after ? at + len + 1 : NULL;
}

size_t serial_length(const char *text)
{
	const char *end = past(past(past(text, DECIMAL, '-'), DECIMAL, '-'), HEX, '\0');

	return end && end - text < SERIAL_BYTES ? (size_t)(end - text) : 0;
}

bool serial_is_alive(const char *serial)
{
	char *end, stat[1024];
	long pid = strtol(serial, &end, 10);
	unsigned long long start = *end == '-' ? strtoull(end + 1, NULL, 10) : 0;

	if (pid <= 0 || (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
		return false;
	/* Another user's may be hidden: it is there, but when it started cannot be told. */
	if (!read_stat(pid, stat, sizeof(stat)))
		return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
	if (stat[0] == 'Z' || stat[0] == 'X')
		return false;
	return start_of(stat) == start;
}
