/* SPDX-License-Identifier: Apache-2.0 */
/* Networks on and off. */
#include "providers/network_power.h"

#include <string.h>

#include "providers/host_device.h"

static int start(virNetworkPtr net, struct error *err)
{
	int active = virt.NetworkIsActive(net);

	if (active == 1 || (active == 0 && virt.NetworkCreate(net) == 0))
		return 0;
	/* Somebody else may have started it in between. */
	if (libvirt_error_code() == VIR_ERR_OPERATION_INVALID && virt.NetworkIsActive(net) == 1)
		return 0;
	libvirt_error(err, "cannot start the network");
	/* dnsmasq takes an inotify(7) instance for each network that leads out; there are 128 of them by default. */
	if (strstr(err->text, "inotify"))
		error_hint(err, "sudo sysctl fs.inotify.max_user_instances=1024");
	return -1;
}

int network_power_on(virNetworkPtr net, const struct network_view *view, struct error *err)
{
	if (start(net, err) < 0)
		return -1;
	if (view->kind == NETWORK_INTERNAL && view->bridge)
		host_device_silence(view->bridge);
	return 0;
}

int network_power_off(virNetworkPtr net, struct error *err)
{
	if (virt.NetworkIsActive(net) == 1 && virt.NetworkDestroy(net) < 0 &&
	    libvirt_error_code() != VIR_ERR_OPERATION_INVALID &&
	    libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot stop the network");
	return 0;
}

int network_power_remove(virNetworkPtr net, struct error *err)
{
	if (network_power_off(net, err) < 0)
		return -1;
	if (virt.NetworkUndefine(net) < 0 && libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot remove the network");
	return 0;
}
