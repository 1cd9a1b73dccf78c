/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners of the project that run on this host. */
#include "cli/provisioning.h"

#include "cli/ansible.h"
#include "core/provisioners.h"

static int attempt_on_host(const struct inside *in, const struct guest_output *output,
			   struct error *err)
{
	return ansible_on_host(in, output, provisioner_deadline(in->step->provisioner), err);
}

int provision_once(const struct inside *in, struct error *err)
{
	if (!provisioner_is_on_host(in->step->provisioner))
		return error_set(err, ERROR_ENVFILE, "%s needs a machine to run in", in->step->id);
	return provision_tries(in, attempt_on_host, err);
}
