#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What provisioners can be told, in a container: where, as whom, how long and how often they run; reboots; Compose and
# Ansible in the guest; floods, failures and what is kept of them.
# shellcheck disable=SC2016 # what looks like a variable is the guest's
. "${0%/*}/live.sh" debian-rootfs

guest() { bothy ssh box -c "$1"; }
ran() { grep -oP '^box +provisioned \K[^ ]+' <<<"$out$err" | paste -sd ' '; }

# box PROVISIONERS: a project whose only machine has these.
box_with() {
	envfile "machine \"box\" { provider = \"container\", box = \"@debian-rootfs@\", provision = { $1 } }"
}

project ''
cat >fake-docker <<'END_OF_SCRIPT'
#!/bin/sh
[ "$2" = version ] || { echo "$* in $PWD"; cat "$5"; } >/root/compose
END_OF_SCRIPT
cat >fake-ansible <<'END_OF_SCRIPT'
#!/bin/sh
for w; do :; done
{ echo "$*"; cat "${w%/*}/roles/app/tasks/main.yml"; } >/root/ansible
END_OF_SCRIPT
chmod +x fake-docker fake-ansible
echo 'services: {}' >compose.yml
mkdir -p play/roles/app/tasks && echo '- hosts: all' >play/site.yml && echo '[] # main' >play/roles/app/tasks/main.yml
box_with '
  shell [[ useradd -m dev; mkdir /srv/app; cut -d " " -f 22 /proc/1/stat >/root/before ]] { name = "first" },
  shell [[ id -un >/root/login ]] { name = "login", privileged = false },
  shell [[ pwd >~/where; echo "$MODE" >>~/where ]] { name = "where", user = "dev", cwd = "/srv/app", env = { MODE = "x" } },
  shell [[ for i in 1 2 3; do echo o$i; echo e$i >&2; done ]] { name = "order" },
  shell [[ echo try >>/root/tries; test "$(wc -l </root/tries)" -eq 3 ]] { name = "third", retries = 2 },
  reboot() { name = "again" },
  shell [[ cut -d " " -f 22 /proc/1/stat >/root/after ]] { name = "last" },
  upload "fake-docker" "/usr/local/bin/docker", upload "fake-ansible" "/usr/bin/ansible-playbook",
  compose "compose.yml" { project = "shop", cwd = "/srv/app", args = { "--wait" } },
  ansible "play/site.yml" { on = "guest", groups = { front = { "box" } } },'
exits 0 'up' bothy up
is "$(ran)" 'first login where order third again last fake-docker fake-ansible compose.yml site.yml' 'all have run'
is "$(guest 'cat /root/login')" root 'privileged = false is who logs in'
is "$(guest 'cat ~dev/where')" $'/srv/app\nx' 'user, cwd and env are what was said'
is "$(grep -oP '^box +\| \K[oe]\d' <<<"$out" | paste -sd ' ')" 'o1 e1 o2 e2 o3 e3' 'both streams come in order'
like "$out" "failed with status 1; try 3 of 3" 'retries are told'
is "$(guest 'wc -l </root/tries')" 3 'and are as many as needed'
ok 'reboot() led into another boot' test "$(guest 'cat /root/before')" != "$(guest 'cat /root/after')"
is "$(guest 'cat /root/compose')" \
	$'compose -p shop -f /root/.bothy/compose/shop/compose.yml --project-directory /srv/app up -d --remove-orphans --wait in /srv/app\nservices: {}' \
	'compose is called as it should be'
like "$(guest 'cat /root/ansible')" '--inventory=.*inventory.json .*/play/site.yml'$'\n''\[\] # main' 'and ansible, with what it needs'
is "$(guest 'ls -A /tmp | grep -c bothy')" 0 'nothing of ours stays in /tmp'
exits 0 'again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'the log of one' bothy logs box --provisioner order
is "$out" $'o1\ne1\no2\ne2\no3\ne3' 'is what it said'
exits 0 'reboot by name' bothy provision --provision-with again
is "$(ran)" again 'works as well'
is "$(guest 'hostname')" box 'and it can be logged into'

# --- failures --------------------------------------------------------------------------------

box_with 'shell [[
    echo 1 to go wrong
    (exit 7) ]] { name = "bad one" }, shell [[ true ]] { name = "rest" }'
exits 1 'a failure' bothy up
like "$err" "^error: provisioner 'bad one' in 'box' failed with status 7" 'names it and its status'
like "$err" $'\n  command: echo 1 to go wrong\n  \\| 1 to go wrong\n' 'its command and last lines'
like "$err" "hint: .*'bothy up' goes on from there; the whole log: 'bothy logs box'" 'and what to do'
exits 1 'as JSON' bothy --json up
like "$(json -s '.[-1].error.message')" 'command: echo 1.*\| 1 to go wrong' 'the same'
box_with 'shell [[ true ]] { name = "nowhere", cwd = "/no/where" }'
exits 1 'a cwd that is not there' bothy up
like "$err" "cannot go into its cwd '/no/where'" 'is an error'
box_with 'shell [[ sleep 4242 & sleep 4242 ]] { name = "slow", timeout = "1s" }'
exits 75 'a timeout' bothy up
like "$err" "'slow' in 'box' did not end within its timeout of 1 s" 'is told'
is "$(guest 'pgrep -fc "sleep 424[2]"')" 0 'and ends what it started'
box_with 'shell [[ sleep 30 & reboot; wait ]] { name = "under us" }'
exits 1 'a machine that reboots under us' bothy up
like "$err" "^error: provisioner 'under us'" 'is an error that names who did it'
like "$err" 'hint: .*reboot\(\)' 'and what would have worked'
box_with 'shell [[ touch /root/in; until [ -e /root/go ]; do sleep 0.1; done ]] { name = "slow" }'
in_background "$BOTHY" up
ok 'a provisioner runs' wait_until 60 guest 'test -e /root/in'
kill -9 "$job"
wait "$job" 2>/dev/null
guest 'touch /root/go'
exits 0 'what was killed in the middle' bothy up
is "$(ran)" slow 'runs again'

# --- floods ----------------------------------------------------------------------------------

box_with 'shell [[ echo begin; yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 1000000000; echo; echo end ]] { name = "flood" }'
began=$EPOCHREALTIME
# Less than what comes: memory that grew with it would not do.
exits 0 '1 GB of output' bash -c 'ulimit -v 800000; "$BOTHY" up >"$1"' - "$TEST_TMP/flood"
took 100 'a flood'
ok 'is shown as a whole' test "$(stat -c %s "$TEST_TMP/flood")" -gt 1000000000
rm -f "$TEST_TMP/flood"
ok 'but not kept as one' test "$(du -sm .bothy | cut -f1)" -le 16
exits 0 'its log' bothy logs box --provisioner flood
like "$(head -1 <<<"$out")/$(tail -1 <<<"$out")" '^begin/end$' 'has its beginning and its end'
is "$(grep -c '^\[bothy: [0-9]* bytes are left out here\]' <<<"$out")" 1 'and says what it has not'
exits 0 'destroy' bothy destroy -f
is "$(find .bothy -name '*.log' ! -name console.log 2>/dev/null)" '' 'takes the logs away'
done_testing
