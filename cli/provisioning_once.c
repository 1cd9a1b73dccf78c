/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners of the project that run on this host. */
#include "cli/provisioning.h"

#include "cli/ansible.h"
#include "core/stop.h"

static int attempt_on_host(const struct inside *in, const struct guest_output *output,
			   struct error *err)
{
	const struct provisioner *p = in->step->provisioner;
	int64_t deadline_ms = p->timeout_s ? clock_ms() + p->timeout_s * INT64_C(1000) : 0;

	return ansible_on_host(in, output, deadline_ms, err);
}

int provision_once(const struct inside *in, struct error *err)
{
	const struct provisioner *p = in->step->provisioner;

	if (p->kind != PROVISION_ANSIBLE || p->ansible.on != ANSIBLE_ON_HOST)
		return error_set(err, ERROR_ENVFILE, "%s needs a machine to run in", in->step->id);
	return provision_tries(in, attempt_on_host, err);
}
