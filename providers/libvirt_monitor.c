/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/libvirt_monitor.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "core/text.h"

#define LIBRARY \
	"libvirt-qemu.so.0" /* beside the one that has all other calls, in one package with it */

typedef int monitor_fn(virDomainPtr dom, const char *command, char **result, unsigned flags);

static monitor_fn *find_call(struct error *err)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	monitor_fn *call = NULL;

	if (library)
		*(void **)&call = dlsym(library, "virDomainQemuMonitorCommand");
	if (!call)
		error_set(err, ERROR_ENGINE, "cannot load %s: %s", LIBRARY, dlerror());
	return call;
}

int libvirt_monitor(virDomainPtr dom, const char *command, struct error *err)
{
	monitor_fn *call = find_call(err);
	cleanup_free char *answer = NULL;

	if (!call)
		return -1;
	if (call(dom, command, &answer, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) < 0)
		return libvirt_error(err, "cannot command QEMU");
	if (!answer || strspn(answer, " \r\n") == strlen(answer) || strstr(answer, " removed"))
		return 0;
	answer[strcspn(answer, "\r\n")] = '\0';
	return error_set(err, ERROR_PROVIDER, "QEMU says: %s", answer);
}
