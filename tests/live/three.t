#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One file, three machines: a VM that depends on a container, and a container beside them, all their life long.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

NAME=shop project '
defaults { memory = 192 }
machine "db" {
  provider = "container", box = "@debian-rootfs@",
  provision = { shell [[ date +%s%N >/root/ready ]] },
}
machine "web" { box = "@tiny-vm@", depends_on = { "db" }, cpus = 2 }
machine "node" { provider = "container", box = "@debian-rootfs@", hostname = "leaf" }'
before=$(host_state)

position() { grep -n "$1" <<<"$up" | head -n 1 | cut -d : -f 1; }
guest() { bothy ssh "$1" -c "$2"; }

# --- up --------------------------------------------------------------------------------------

exits 0 'plan shows what up would do' bothy plan
is "$(host_state)" "$before" 'and has touched nothing'
exits 0 'one up brings all three' bothy up
up=$out$err
like "$out" '[0-9]+ steps in ' 'and ends with how many steps it took'
ok 'web waited for db to be provisioned' test "$(position '^web *booting')" -gt "$(position '^db *provisioned')"
ok 'node waited for nobody' test "$(position '^node *up')" -lt "$(position '^web *up')"
is "$(grep -c 'runs by emulation' <<<"$up")" "$(bothy status | grep -c '(tcg)')" 'up says so, and once, if the VM is emulated'
for name in db web node; do is "$(state_of "$name")" running "status has $name running"; done
like "$(guest db 'cat /root/ready')" '^[0-9]+$' 'what db was provisioned with is there'

# --- what the guests see ---------------------------------------------------------------------

exits 0 'web reaches db by its name' guest web 'ping -c 1 -W 5 db'
exits 0 'and by its full name' guest web 'ping -c 1 -W 5 db.shop.test'
exits 0 'and a machine whose host name is another than its name' guest web 'ping -c 1 -W 5 node'
exits 0 'db reaches web by its name' guest db 'ping -c 1 -W 5 web'
exits 0 'and by its full name' guest db 'ping -c 1 -W 5 web.shop.test'
is "$(guest web hostname)" web 'the VM knows its name'
is "$(guest node hostname)" leaf 'the container knows the name it was given'
is "$(guest node 'cat /etc/hostname')" leaf 'and will after a reboot'
like "$(guest db 'cat /etc/resolv.conf')" 'search shop.test' 'the project is where names are searched'
is "$(guest web nproc)" 2 'the VM has its processors'
like "$(guest web 'grep MemTotal /proc/meminfo')" ' 1[4-9][0-9]{4} kB' 'the VM has its memory'
like "$(guest db 'grep MemTotal /proc/meminfo')" ' 196608 kB' 'the container has its memory'
is "$(guest db 'ls /sys/class/net')" $'eth0\nlo' 'the container has its own network'

# --- ssh -------------------------------------------------------------------------------------

exits 7 "ssh -c ends with the command's status" bothy ssh web -c 'exit 7'
is "$(bothy ssh web -c 'echo to out; echo to err >&2' 2>/dev/null)" 'to out' 'its streams stay apart'
is "$(seq 20000 | bothy ssh db -c 'sha256sum' | cut -c 1-64)" "$(seq 20000 | sha256sum | cut -c 1-64)" \
	'its input arrives whole'
bothy ssh-config >"$TEST_TMP/config"
exits 0 'OpenSSH logs in with ssh-config in a file' ssh -F "$TEST_TMP/config" web true
exits 7 'and returns the status' ssh -F "$TEST_TMP/config" db 'exit 7'
like "$(cat "$TEST_TMP/config")" 'StrictHostKeyChecking yes' 'host keys are checked'
through_pipe() { bothy ssh-config "$1" | ssh -F /dev/stdin "$1" "$2"; }
exits 0 'and with ssh-config from a pipe' through_pipe web true
exits 0 'ssh -- hands words to OpenSSH' bothy ssh node -- -o LogLevel=ERROR hostname
is "$out" leaf 'which runs them there'
exits 5 'exec runs a program without a shell' bothy exec web -- sh -c 'exit 5'

# --- up again --------------------------------------------------------------------------------

began=$EPOCHREALTIME
exits 0 'the second up' bothy up
like "$out" '^nothing to do' 'says that there is nothing to do'
took 2 'a second up'
envfile "$(sed 's/cpus = 2/cpus = 2, memory = 256/' bothy.lua)"
exits 0 'more memory for web makes a plan' bothy plan --json
is "$(json '[.steps[].kind] | join(" ")')" 'update folders' 'of one step and its folder'
is "$(json '.steps[0] | [.kind, .machine, .effect]')" '["update","web","restart"]' 'with its effect'
is "$(json '.steps[0].reason')" 'memory 192 MiB → 256 MiB' 'and its cause'
exits 0 'plan tells it to people too' bothy plan
like "$out" 'web +change +memory 192 MiB → 256 MiB.* restarts it' 'in one line'
exits 0 'up applies it' bothy up
like "$(guest web 'grep MemTotal /proc/meminfo')" ' 2[0-5][0-9]{4} kB' 'and the VM has it'

# --- down ------------------------------------------------------------------------------------

exits 0 'halt' bothy halt
ok 'goes in reverse: web before db' test "$(grep -n '^web *stopped' <<<"$out$err" | cut -d : -f 1)" -lt \
	"$(grep -n '^db *stopping\|^db *shutting' <<<"$out$err" | cut -d : -f 1)"
is "$(bothy status --json | jq -r '[.[].state] | unique | join(" ")')" stopped 'and all are stopped'
exits 0 'halt again has nothing to do' bothy halt
exits 0 'up starts them again' bothy up
unlike "$out$err" 'provisioning' 'without provisioning them again'
exits 0 'and they answer' guest db 'cat /root/ready'
exits 0 'web still finds db' guest web 'ping -c 1 -W 5 db'
exits 0 'destroy -f' bothy destroy -f
is "$(host_state)" "$before" 'leaves nothing behind but boxes and logs'
exits 0 'destroy again has nothing to do' bothy destroy -f
is "$(bothy status --json | jq -r '[.[].state] | unique | join(" ")')" not_created 'and none exists'
done_testing
