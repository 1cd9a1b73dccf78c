/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-init's own word for how it went: its status and, since a status tells no reason, its log of errors. */
#include "guest/cloud_init.h"

#include <string.h>

#include "guest/become.h"
#include "guest/link.h"
#include "guest/run.h"

#define NONE 97
#define OFF 98
#define FAILED 99

/*
 * Older releases draw dots while they wait, end with status 0 after errors, and know no --long; result.json has the
 * errors of all of them. Status 2 of newer ones is "done, with complaints".
 */
static const char script[] =
	"command -v cloud-init >/dev/null 2>&1 || exit 97\n"
	"s=0; cloud-init status --wait >/dev/null 2>&1 || s=$?\n"
	"t=$(cloud-init status --long 2>/dev/null || :)\n"
	"[ -n \"$t\" ] || t=$(cloud-init status 2>/dev/null || :)\n"
	"printf '%s\\n' \"$t\"\n"
	"case $t in *'status: disabled'*|*'status: not run'*|*'status: not started'*) exit 98 ;; esac\n"
	"r=/run/cloud-init/result.json\n"
	"if [ -f $r ] && ! tr -d ' \\n' <$r | grep -q '\"errors\":\\[\\]'; then s=1; cat $r; fi\n"
	"case $t in *'status: error'*) s=1 ;; esac\n"
	"[ $s -eq 0 ] || [ $s -eq 2 ] || exit 99\n";

static int explain(struct guest *g, const struct script *s, int status, struct error *err)
{
	if (status == NONE)
		error_set(err, ERROR_GUEST, "%s: there is no cloud-init in '%s'", s->who,
			  g->machine);
	else
		error_set(err, ERROR_GUEST, "%s: cloud-init is switched off in '%s'", s->who,
			  g->machine);
	return error_hint(err, "use a box that has it, such as a distribution's cloud image");
}

int cloud_init_wait(struct guest *g, const struct script *s, struct error *err)
{
	struct script own = *s;

	own.content = script;
	own.len = strlen(script);
	own.args = NULL;
	own.env = NULL;
	own.user = NULL;
	own.cwd = NULL;
	if (script_run(g, &own, err) == 0)
		return 0;
	if (err->code == NONE || err->code == OFF)
		return explain(g, s, err->code, err);
	if (err->code != FAILED)
		return -1;
	error_set(err, ERROR_GUEST, "%s: cloud-init reports errors", s->what);
	return error_hint(err, "in the machine, /var/log/cloud-init-output.log tells more");
}
