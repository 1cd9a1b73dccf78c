/* SPDX-License-Identifier: Apache-2.0 */
/* A timer whose handler ends the program. What the handler touches is static and set up before. */
#include "lua/alarm.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "lua/envfile.h"

#define EXIT_ENVFILE 65

struct alarm {
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

static const struct load *volatile watched;
static struct {
	int fd;
	const char *text;
} preset;

void envfile_set_alarm_message(int fd, const char *message)
{
	preset.fd = fd;
	preset.text = message;
}

static size_t add(char *buf, size_t used, size_t size, const char *s)
{
	while (*s && used < size)
		buf[used++] = *s++;
	return used;
}

static size_t add_number(char *buf, size_t used, size_t size, int n)
{
	char digits[16];
	size_t count = sizeof(digits) - 1;

	digits[count] = '\0';
	do {
		digits[--count] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return add(buf, used, size, digits + count);
}

static void write_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

static void on_alarm(int signal_number)
{
	const struct load *load = watched;
	char buf[4500];
	size_t n = 0;

	(void)signal_number;
	if (preset.text) {
		write_all(preset.fd, preset.text, strlen(preset.text));
		_exit(EXIT_ENVFILE);
	}
	n = add(buf, n, sizeof(buf), "error: ");
	n = add(buf, n, sizeof(buf), load->at.source ? load->at.source->shown : load->path);
	if (load->at.line > 0) {
		n = add(buf, n, sizeof(buf), ":");
		n = add_number(buf, n, sizeof(buf), load->at.line);
	}
	n = add(buf, n, sizeof(buf), ": one operation ran for more than ");
	n = add_number(buf, n, sizeof(buf), load->limits->call_ms / 1000);
	n = add(buf, n, sizeof(buf), " seconds; is there a pattern that backtracks?\n");
	write_all(STDERR_FILENO, buf, n);
	_exit(EXIT_ENVFILE);
}

void alarm_rearm(const struct load *load)
{
	int ms = load->limits->call_ms;
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

struct alarm *alarm_start(struct load *load)
{
	struct alarm *old = xcalloc(1, sizeof(*old));
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t set;

	watched = load;
	getitimer(ITIMER_REAL, &old->timer);
	sigaction(SIGALRM, &action, &old->action);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	alarm_rearm(load);
	pthread_sigmask(SIG_UNBLOCK, &set, &old->mask);
	return old;
}

void alarm_stop(struct alarm *old)
{
	struct itimerval none = { 0 };

	setitimer(ITIMER_REAL, &none, NULL);
	pthread_sigmask(SIG_SETMASK, &old->mask, NULL);
	sigaction(SIGALRM, &old->action, NULL);
	setitimer(ITIMER_REAL, &old->timer, NULL);
	watched = NULL;
	mem_free_pointer(&old);
}
