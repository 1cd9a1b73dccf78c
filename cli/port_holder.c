/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a port: asked from other forwarders, then from the kernel. */
#include "cli/port_holder.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/forwarder.h"

#define TABLE_LIMIT ((size_t)64 << 20)
#define STATE_LISTEN 0x0a /* TCP_LISTEN, as proc(5) has it */
#define COMM_LIMIT ((size_t)256)

static bool is_wildcard(const char *bind)
{
	return strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
}

static bool overlaps(const char *a, const char *b)
{
	return strcmp(a, b) == 0 ||
	       (!strchr(a, ':') == !strchr(b, ':') && (is_wildcard(a) || is_wildcard(b)));
}

static char *machine_in(const char *state_dir, enum port_protocol protocol, const char *bind,
			unsigned port)
{
	cleanup_forwarded struct forwarded_list l = { 0 };
	cleanup_error struct error ignored = { 0 };

	if (forwarder_list(state_dir, &l, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < l.count; i++) {
		const struct forwarded *f = &l.at[i];

		if (f->protocol == protocol && port >= f->host && port < f->host + f->count &&
		    overlaps(f->bind, bind))
			return xasprintf("machine '%s' of the project in '%.*s'", f->machine,
					 (int)(strrchr(state_dir, '/') - state_dir), state_dir);
	}
	return NULL;
}

static char *find_machine(const char *home, enum port_protocol protocol, const char *bind,
			  unsigned port)
{
	cleanup_free char *all = fs_join(home, "forward");
	DIR *dir = opendir(all);
	struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		char state_dir[PATH_MAX];
		ssize_t len =
			readlinkat(dirfd(dir), entry->d_name, state_dir, sizeof(state_dir) - 1);

		if (len <= 0 || state_dir[0] != '/')
			continue;
		state_dir[len] = '\0';
		found = machine_in(state_dir, protocol, bind, port);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The inode of a socket that listens there, from a line of /proc/net/tcp and its kin; see proc_net(5). */
static unsigned long inode_of(const char *line, enum port_protocol protocol, unsigned port)
{
	unsigned local, state;
	unsigned long inode;

	if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %lu",
		   &local, &state, &inode) != 3 ||
	    local != port || (protocol == PORT_TCP && state != STATE_LISTEN))
		return 0;
	return inode;
}

static unsigned long find_inode(enum port_protocol protocol, bool v6, unsigned port)
{
	cleanup_free char *path =
		xasprintf("/proc/net/%s%s", port_protocol_name(protocol), v6 ? "6" : "");
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text table = { 0 };
	unsigned long inode = 0;

	if (fs_read(path, TABLE_LIMIT, &table, &ignored) < 0)
		return 0;
	for (const char *line = text_str(&table); *line && !inode;) {
		inode = inode_of(line, protocol, port);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return inode;
}

static bool holds(const char *pid, const char *socket_name)
{
	cleanup_free char *path = xasprintf("/proc/%s/fd", pid);
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char target[64];
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, socket_name) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The program's name, NULL if there is no such process. Caller frees. */
static char *name_of(const char *pid)
{
	cleanup_free char *path = xasprintf("/proc/%s/comm", pid);
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text name = { 0 };

	if (fs_read(path, COMM_LIMIT, &name, &ignored) < 0)
		return NULL;
	return xstrndup(text_str(&name), strcspn(text_str(&name), "\n"));
}

/* Its id; NULL: not known. Caller frees. */
static char *find_process(unsigned long inode)
{
	cleanup_free char *name = xasprintf("socket:[%lu]", inode);
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]) && holds(entry->d_name, name))
			found = xstrdup(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static unsigned long find_socket(enum port_protocol protocol, const char *bind, unsigned port)
{
	unsigned long inode = find_inode(protocol, strchr(bind, ':'), port);

	/* Whoever listens to both has it in the other table. */
	return inode ? inode : find_inode(protocol, !strchr(bind, ':'), port);
}

char *port_holder(const char *home, enum port_protocol protocol, const char *bind, unsigned port)
{
	char *found = find_machine(home, protocol, bind, port);
	unsigned long inode = found ? 0 : find_socket(protocol, bind, port);
	cleanup_free char *pid = inode ? find_process(inode) : NULL;
	cleanup_free char *name = pid ? name_of(pid) : NULL;

	return name ? xasprintf("process %s (%s)", pid, name) : found;
}

bool port_is_passing(const char *home, enum port_protocol protocol, const char *bind, unsigned port)
{
	cleanup_free char *machine = find_machine(home, protocol, bind, port);
	unsigned long inode = machine ? 0 : find_socket(protocol, bind, port);
	cleanup_free char *pid = inode ? find_process(inode) : NULL;
	cleanup_free char *name = pid ? name_of(pid) : NULL;

	if (machine)
		return false;
	/* Other people's processes cannot be seen; those that end while they are looked for cannot either. */
	if (!name)
		return !inode || find_socket(protocol, bind, port) != inode;
	return strcmp(name, FORWARDER_COMM) == 0;
}
