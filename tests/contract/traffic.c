/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of network lets through, by traffic: guests are network namespaces that hang on the bridges, so that
 * only libvirt's and the host's doing counts. For real engines of root only, which have a private host to themselves.
 */
#include "tests/contract/town.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/network_xml.h"

#define COMMAND_MS 60000
#define PATIENCE_MS 10000
#define REACH_MS 700
#define PORT 7777
#define OUTSIDE "203.0.113.9" /* documentation addresses, RFC 5737 */
#define OUTSIDE_HOST "203.0.113.1"

#define CHILDREN 8

static struct town town;
static pid_t children[CHILDREN]; /* 0: none */

static bool is_real_and_root(void)
{
	return strcmp(bench.ops->engine, "libvirt") == 0 && !bench.test_driver && geteuid() == 0;
}

/* Words of a command, separated by single blanks. */
static void run(const char *command)
{
	cleanup_free char *copy = xstrdup(command);
	const char *argv[24] = { 0 };
	char *rest = NULL;
	size_t n = 0;

	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		argv[n++] = w;
	assert_true(n < ARRAY_SIZE(argv));
	must(proc_must(argv, clock_ms() + COMMAND_MS, err));
}

__attribute__((format(printf, 1, 2))) static void runf(const char *fmt, ...)
{
	cleanup_free char *command = NULL;
	va_list args;

	va_start(args, fmt);
	command = xvasprintf(fmt, args);
	va_end(args);
	run(command);
}

/* NULL: the host itself. Only for children. */
static void enter(const char *guest)
{
	cleanup_free char *path = guest ? xasprintf("/run/netns/%s", guest) : NULL;
	cleanup_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (path && (fd < 0 || setns(fd, CLONE_NEWNET) < 0))
		_exit(2);
}

static int try_connect(const char *ip)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int failure = 0;
	socklen_t len = sizeof(failure);

	inet_pton(AF_INET, ip, &to.sin_addr);
	if (connect(fd, (const void *)&to, sizeof(to)) == 0)
		return 0;
	if (errno != EINPROGRESS || poll(&p, 1, REACH_MS) <= 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0)
		return -1;
	return failure ? -1 : 0;
}

static bool reaches(const char *from, const char *ip)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		enter(from);
		_exit(try_connect(ip) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static _Noreturn void serve(const char *guest, int ready_fd)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter(guest);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (const void *)&any, sizeof(any)) < 0 || listen(fd, 64) < 0 ||
	    write(ready_fd, "x", 1) != 1)
		_exit(2);
	for (;;)
		pause();
}

/* Listens on every address there until it is ended; bound when this returns. */
static pid_t listen_in(const char *guest)
{
	size_t i = 0;
	int ready[2];
	char byte;

	while (children[i])
		assert_true(++i < CHILDREN);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	children[i] = fork();
	if (children[i] == 0)
		serve(guest, ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return children[i];
}

static void end(pid_t child)
{
	for (size_t i = 0; i < CHILDREN; i++)
		if (children[i] == child)
			children[i] = 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* "10.87.3" of "10.87.3.0/24"; valid until the next call. */
static const char *stem_of(enum street street)
{
	static char stem[IPV4_TEXT_BYTES];
	const struct observed_network *n = see_network(&bench.world, town.networks[street].name);

	assert_non_null(n);
	snprintf(stem, sizeof(stem), "%.*s", (int)(strrchr(n->subnet, '.') - n->subnet), n->subnet);
	return stem;
}

/* A guest on a network as its only one, with the last part of its address as said; its way out is the host, if any. */
static char *plug(const char *guest, enum street street, unsigned host)
{
	char bridge[NETWORK_BRIDGE_BYTES];
	const char *stem = stem_of(street);
	char *ip = xasprintf("%s.%u", stem, host);
	static unsigned count;

	/* The kernel takes its time to forget a device of a namespace that is gone. */
	count++;
	network_bridge(bench.world.env.project.id, town.networks[street].name, bridge);
	runf("ip netns add %s", guest);
	runf("ip link add v%u type veth peer name card netns %s", count, guest);
	runf("ip link set v%u master %s up", count, bridge);
	runf("ip -n %s addr add %s/24 dev card", guest, ip);
	runf("ip -n %s link set card up", guest);
	runf("ip -n %s route add default via %s.1", guest, stem);
	return ip;
}

static void unplug(const char *guest)
{
	runf("ip netns del %s", guest);
}

/* What a test that failed left behind. */
static void sweep(void)
{
	static const char *const guests[] = { "a", "b", "outside" };

	for (size_t i = 0; i < CHILDREN; i++)
		if (children[i])
			end(children[i]);
	for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
		cleanup_free char *path = xasprintf("/run/netns/%s", guests[i]);

		if (fs_exists(path))
			unplug(guests[i]);
	}
}

/* Somebody beyond this host, who knows the way to its networks. */
static void build_outside(void)
{
	static unsigned count;

	runf("ip netns add outside");
	runf("ip link add vo%u type veth peer name card netns outside", ++count);
	runf("ip addr add " OUTSIDE_HOST "/24 dev vo%u", count);
	runf("ip link set vo%u up", count);
	runf("ip -n outside addr add " OUTSIDE "/24 dev card");
	runf("ip -n outside link set card up");
	runf("ip -n outside route add default via " OUTSIDE_HOST);
}

static void begin(pid_t *host, pid_t *outside)
{
	sweep();
	town_init(&town, &bench.world);
	ensure(&bench.world);
	build_outside();
	*host = listen_in(NULL);
	*outside = listen_in("outside");
}

static void finish(pid_t host, pid_t outside)
{
	end(host);
	end(outside);
	unplug("outside");
}

static void check(bool expected, const char *from, const char *to)
{
	int64_t deadline_ms = clock_ms() + PATIENCE_MS;

	/* On a busy machine an answer may come late; where none may come, one look is enough. */
	do
		if (reaches(from, to) == expected)
			return;
	while (expected && deadline_left_ms(deadline_ms) > 0);
	fail_msg("%s %s %s", from ? from : "the host", expected ? "does not reach" : "reaches", to);
}

struct rules { /* the columns of the table of kinds */
	enum street street;
	bool host, out;
};

static void check_kind(const struct rules *r)
{
	cleanup_free char *a = plug("a", r->street, 10), *b = plug("b", r->street, 11);
	cleanup_free char *host = xasprintf("%s.1", stem_of(r->street));
	pid_t in_a = listen_in("a"), in_b = listen_in("b");

	print_message("# on network '%s'\n", town.networks[r->street].name);
	check(true, "a", b);
	check(true, "b", a);
	check(r->host, "a", host);
	check(r->host, "a", OUTSIDE_HOST);
	check(r->host, NULL, a);
	check(r->out, "a", OUTSIDE);
	check(false, "outside", a);
	end(in_a);
	end(in_b);
	unplug("a");
	unplug("b");
}

static void lets_through_what_the_kind_says(void **state)
{
	static const struct rules rules[] = {
		{ MANAGEMENT, true, true }, { LAN, true, true },     { HOST_ONLY, true, false },
		{ BACKEND, false, false },  { NAT_ONE, true, true },
	};
	pid_t host, outside;

	(void)state;
	begin(&host, &outside);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		check_kind(&rules[i]);
	finish(host, outside);
}

static void parts_networks_from_each_other(void **state)
{
	pid_t host, outside;

	(void)state;
	begin(&host, &outside);
	for (enum street from = MANAGEMENT; from < STREETS; from++) {
		cleanup_free char *a = plug("a", from, 10);

		for (enum street to = MANAGEMENT; to < STREETS; to++) {
			cleanup_free char *b = NULL;
			pid_t in_b;

			if (to == from)
				continue;
			b = plug("b", to, 10);
			in_b = listen_in("b");
			check(false, "a", b);
			end(in_b);
			unplug("b");
		}
		unplug("a");
	}
	finish(host, outside);
}

/* The kernel answers ARP for all of its addresses on every device, unless it is told not to. */
static void is_silent_on_internal_networks(void **state)
{
	cleanup_proc struct proc_result r = { 0 };
	pid_t host, outside;
	char bridge[NETWORK_BRIDGE_BYTES];
	cleanup_free char *a = NULL, *path = NULL;
	cleanup_text struct text value = { 0 };

	(void)state;
	begin(&host, &outside);
	a = plug("a", BACKEND, 10);
	runf("ip -n a route replace default dev card");
	check(false, "a", OUTSIDE_HOST);
	must(proc_run((const char *[]){ "ip", "-n", "a", "neigh", "show", OUTSIDE_HOST, NULL },
		      clock_ms() + COMMAND_MS, &r, err));
	assert_null(strstr(text_str(&r.output), "lladdr"));
	network_bridge(bench.world.env.project.id, "backend", bridge);
	path = xasprintf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", bridge);
	must(fs_read(path, 16, &value, err));
	assert_int_equal(text_str(&value)[0], '1');
	unplug("a");
	finish(host, outside);
}

/* Whoever runs stays plugged in. */
static void keeps_guests_on_a_network_made_anew(void **state)
{
	cleanup_free char *a = NULL;
	pid_t host, outside;

	(void)state;
	begin(&host, &outside);
	a = plug("a", LAN, 10);
	check(true, "a", OUTSIDE);
	town.networks[LAN].mtu = 1300;
	town_settle(&town);
	ensure(&bench.world);
	check(true, "a", OUTSIDE);
	unplug("a");
	finish(host, outside);
}

#define WHY "it needs root and networks of this host"

const struct contract_case traffic_cases[] = {
	CASE_IF(is_real_and_root, WHY, lets_through_what_the_kind_says),
	CASE_IF(is_real_and_root, WHY, parts_networks_from_each_other),
	CASE_IF(is_real_and_root, WHY, is_silent_on_internal_networks),
	CASE_IF(is_real_and_root, WHY, keeps_guests_on_a_network_made_anew),
};
const size_t traffic_case_count = ARRAY_SIZE(traffic_cases);
