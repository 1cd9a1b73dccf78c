/* SPDX-License-Identifier: Apache-2.0 */
/* The login of a machine's lane. */
#include "cli/inside.h"

#include "cli/boot.h"

struct observed_machine inside_machine(const struct inside *in)
{
	return (struct observed_machine){ .provider = in->provider->ops->name,
					  .id = in->id,
					  .name = in->step->machine,
					  .login_user = in->user };
}

static struct boot boot_of(const struct inside *in)
{
	return (struct boot){ .session = in->session,
			      .watch = in->watch,
			      .provider = in->provider,
			      .machine = in->step->want,
			      .id = in->id,
			      .user = in->user,
			      .step = in->step->id };
}

bool inside_has_way_in(const struct inside *in)
{
	const struct boot b = boot_of(in);

	return *in->guest || boot_has_way_in(&b);
}

int inside_log_in(const struct inside *in, struct error *err)
{
	const struct boot b = boot_of(in);

	if (*in->guest)
		return 0;
	if (in->step->want->no_guest)
		return error_set(err, ERROR_GUEST,
				 "nobody logs in, since it says guest = \"none\"");
	if (boot_machine(&b, in->guest, err) < 0)
		return -1;
	return *in->guest ? 0 : error_set(err, ERROR_GUEST, "this host has no way into it");
}
