/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into sysfs, which needs no privileges, and plugs by ip(8). */
#include "providers/host_device.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"

#define DEVICES "/sys/class/net"
#define PLUG_MS 2000

static bool exists(const char *name, const char *below)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s%s", name, below);

	return *name && !strchr(name, '/') && name[0] != '.' && fs_exists(path);
}

const char *host_device_first(const struct strings *devices)
{
	for (size_t i = 0; i < devices->count; i++)
		if (exists(devices->at[i], ""))
			return devices->at[i];
	return NULL;
}

bool host_device_is_bridge(const char *name)
{
	return exists(name, "/bridge");
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted; those that begin with a dot are left out. */
static struct bridge_ports names_in(const char *path)
{
	struct bridge_ports names = { 0 };
	DIR *dir = opendir(path);

	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		names.at = xgrow(names.at, names.count, sizeof(*names.at));
		names.at[names.count++] = xstrdup(e->d_name);
	}
	if (dir)
		closedir(dir);
	if (names.count)
		qsort(names.at, names.count, sizeof(*names.at), compare);
	return names;
}

char *host_device_list(void)
{
	cleanup_bridge_ports struct bridge_ports names = names_in(DEVICES);
	struct text t = { 0 };

	for (size_t i = 0; i < names.count; i++)
		if (exists(names.at[i], "/address") && strcmp(names.at[i], "lo") != 0)
			text_addf(&t, "%s%s", t.len ? ", " : "", names.at[i]);
	return text_take(&t);
}

struct bridge_ports bridge_ports_read(const char *bridge)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/brif", bridge);

	return names_in(path);
}

void bridge_ports_plug(const struct bridge_ports *ports, const char *bridge)
{
	for (size_t i = 0; geteuid() == 0 && i < ports->count; i++) {
		cleanup_error struct error ignored = { 0 };

		if (exists(ports->at[i], ""))
			proc_must((const char *[]){ "ip", "link", "set", ports->at[i], "master",
						    bridge, NULL },
				  clock_ms() + PLUG_MS, &ignored);
	}
}

void bridge_ports_clear(struct bridge_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		free(ports->at[i]);
	free(ports->at);
	*ports = (struct bridge_ports){ 0 };
}

static void set(const char *bridge, const char *name, const char *value)
{
	cleanup_free char *path = xasprintf("/proc/sys/net/ipv4/conf/%s/%s", bridge, name);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		fs_write_all(fd, value, strlen(value));
}

/* ip-sysctl: arp_ignore 8 answers for no address, rp_filter 1 drops what comes from where no route leads. */
void host_device_silence(const char *bridge)
{
	set(bridge, "arp_ignore", "8");
	set(bridge, "rp_filter", "1");
}
