#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is marked sensitive: searched for everywhere, while it runs and afterwards.
# shellcheck disable=SC2016 # what looks like a variable is the guest's
. "${0%/*}/live.sh" debian-rootfs

guest() { bothy ssh box -c "$1"; }

# The secret is in no command line of this test either.
pattern=$TEST_TMP/pattern
printf 'hush-%s-%s\n' "$RANDOM$RANDOM" secret >"$pattern"
# has_secret: whether it is in standard input.
has_secret() { grep -qaFf "$pattern"; }
absent() { if has_secret; then fail "$1"; else pass "$1"; fi; }

project '
local secret = read "secret.txt"
machine "box" { provider = "container", box = "@debian-rootfs@", provision = {
  shell("echo " .. secret .. "; echo $TOKEN; touch /root/in; until [ -e /root/go ]; do sleep 0.1; done; echo $TOKEN >&2") {
    name = "shell", sensitive = true, env = { TOKEN = secret } },
  script "own.sh" { sensitive = true, env = { TOKEN = secret } },
  upload "secret.txt" "/root/secret.txt" { sensitive = true },
  shell [[ test -s /root/secret.txt && rm /root/secret.txt && echo all well ]] { name = "visible" },
  shell("echo " .. secret .. "; exit 3") { name = "failing", sensitive = true, retries = 1, env = { TOKEN = secret } },
} }'
tr -d '\n' <"$pattern" >secret.txt
ok 'the search finds it where it is' grep -qaFf "$pattern" secret.txt
{ sed 's/^/echo /' "$pattern" && echo 'echo "$TOKEN"'; } >own.sh

exits 0 'plan' bothy plan
absent 'the plan does not have it' < <(printf '%s' "$out$err")
like "$out" 'sensitive' 'but says that there is something'
exits 0 'plan as JSON' bothy plan --json
absent 'nor has its JSON' < <(printf '%s' "$out$err")

in_background "$BOTHY" --json up
ok 'it runs' wait_until 120 guest 'test -e /root/in'
absent 'no process of this host has it in its command line' < <(cat /proc/[0-9]*/cmdline 2>/dev/null)
absent 'none of the guest' < <(guest 'cat /proc/[0-9]*/cmdline')
absent 'no name of a file there' < <(guest 'ls -lR /tmp')
is "$(guest 'ls -ld /tmp/bothy.* | cut -c1-10')" drwx------ 'what it is lies where nobody else can read'
absent 'the domain does not have it' < <(virsh -c lxc:/// dumpxml "$(virsh -q -c lxc:/// list --name)")
guest 'touch /root/go'
ends 1 'the failing one ends it'
absent 'the stream of events does not have it' < <(printf '%s' "$out")
like "$out" 'all well' 'it has what is not sensitive'
like "$out" "'failing' in 'box' failed with status 3" 'and that it failed'
exits 1 'up, on a terminal' script -qec "$(printf '%q up' "$BOTHY")" /dev/null
absent 'it is not shown there' < <(printf '%s' "$out$err")
exits 1 'up -v' bothy -v up
absent 'nor by up -v' < <(printf '%s' "$out$err")
like "$out" 'sensitive: what it says is neither shown nor kept' 'which says why'
exits 0 'logs' bothy logs
absent 'no log has it' < <(printf '%s' "$out$err")
exits 0 'logs as JSON' bothy logs --json
absent 'nor their JSON' < <(printf '%s' "$out")

[[ ! -e bothy.lock ]] || absent 'bothy.lock does not have it' <bothy.lock
ok 'there is state' test -e .bothy/machines/box/provision.json
is "$(grep -rlaFf "$pattern" .bothy)" '' 'nothing in .bothy has it'
is "$(grep -rlaFf "$pattern" /etc/libvirt /run/libvirt /var/log/libvirt /var/lib/libvirt /var/cache/libvirt 2>/dev/null)" '' \
	'nothing of libvirt has it'
is "$(find /var/lib/bothy -xdev -type f -size -1M -newer "$pattern" -exec grep -laFf "$pattern" {} + 2>/dev/null)" '' \
	'nothing that bothy keeps of machines'
is "$(bothy ssh box -c 'hostname; cat >/run/p; grep -c secret /run/p; grep -rlaFf /run/p /root /tmp /var /etc /home' <"$pattern")" $'box\n1' \
	'nothing in the guest has it'
done_testing
