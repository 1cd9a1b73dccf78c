#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Guests that misbehave while somebody works in them: a clear error or a complete result, and the memory stays small.
. "${0%/*}/live.sh" debian-rootfs

# A connection of its own for each command: what is tried here is how they begin and end.
export BOTHY_KEEP=0
project 'machine "box" { provider = "container", box = "@debian-rootfs@" }'
exits 0 'a container comes up' bothy up
guest() { bothy ssh box -c "$1"; }

# --- another host key ------------------------------------------------------------------------

guest 'cd /etc/ssh && mkdir kept && cp ssh_host_ed25519_key* kept/ && rm ssh_host_ed25519_key* &&
	ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key && systemctl restart ssh'
exits 1 'a machine whose host key changed' bash -c "echo secret | '$BOTHY' exec box -- tee /root/got"
like "$err" "error: the machine at [0-9.]+:22 presents another host key than the one given to 'box'" 'is not talked to'
like "$err" 'hint: something else may answer .* bothy destroy box && bothy up box' 'and what can be done is said'
exits 1 'upload' bothy upload bothy.lua /root/got
exits 1 'download' bothy download /etc/hostname
exits 1 'and exec in many' bash -c "'$BOTHY' exec --all -- tee /root/got; [[ \$? == 255 ]] && exit 1"
like "$err" 'presents another host key' 'neither'
exits 255 "nor does the system's ssh" bothy ssh box -- true
pid=$(virsh -c lxc:/// -q list --name | head -1 | xargs -I{} cat /run/libvirt/lxc/{}.pid)
in_guest() { nsenter -t "$(pgrep -P "$pid" | head -1)" -m -p -n -- "$@"; }
in_guest sh -c 'cp /etc/ssh/kept/* /etc/ssh/ && systemctl restart ssh' 2>/dev/null
ok 'with its own key it is back' wait_until 20 bothy ssh box -c 'test ! -e /root/got'

# --- a guest that hangs ----------------------------------------------------------------------

# interrupted DESCRIPTION COMMAND…: it is in the middle of something, and Ctrl-C ends it soon.
interrupted() {
	in_background "$BOTHY" "${@:2}"
	ok "$1: it is at it" says "$TEST_TMP/log" begun
	[[ -z ${freeze:-} ]] || virsh -q -c lxc:/// suspend "$domain"
	began=$EPOCHREALTIME
	kill -INT "$job"
	ends 130 "$1: Ctrl-C ends it"
	took 5 "$1: that"
	[[ -z ${freeze:-} ]] || virsh -q -c lxc:/// resume "$domain"
}
domain=$(virsh -c lxc:/// -q list --name | head -1)
interrupted 'a command that does not end' ssh box -c 'echo begun; exec sleep 1234'
ok 'nor does it go on' wait_until 10 eval '! bothy ssh box -c "pgrep -f \"^sleep 1234\""'
interrupted 'exec' exec box -- sh -c 'echo begun; exec sleep 1235'
freeze=1
interrupted 'a guest that stands still' ssh box -c 'echo begun; sleep 1236'
interrupted 'in many' exec --all -- sh -c 'echo begun; sleep 1237'
freeze=
ok 'it goes on' wait_until 20 guest true

# --- a full disk -----------------------------------------------------------------------------

head -c 3000000 /dev/urandom >large
mkdir tree && cp large tree/a
guest 'mkdir -p /small && mount -t tmpfs -o size=1m none /small'
exits 1 'upload where there is no room' bothy upload large /small/x
like "$err" "error: cannot write '/small/x' in 'box': .*[Nn]o space left" 'says so'
is "$(guest 'ls -A /small')" '' 'and leaves nothing'
exits 1 'upload of a directory' bothy upload tree /small/tree
like "$err" 'error: .*[Nn]o space left' 'says so'
mkdir little && mount -t tmpfs -o size=1m none little
exits 1 'download where there is no room' bothy download /usr/bin/perl little/x
like "$err" "error: .*[Nn]o space left" 'says so'
is "$(ls -A little)" '' 'and leaves nothing'
exits 1 'of a directory' bothy download /usr/bin little/bin
like "$err" "error: .*[Nn]o space left" 'says so'
umount little
guest 'mount -t tmpfs -o size=64k none /tmp && head -c 1m /dev/zero >/tmp/full' 2>/dev/null
envfile 'machine "box" { provider = "container", box = "@debian-rootfs@", provision = { shell [[ true ]] } }'
exits 1 'a provisioner whose script has no room' bothy up
like "$err" 'error: .*[Nn]o space left' 'says so'
guest 'umount /tmp'
exits 0 'with room it goes on' bothy up

# --- a guest that goes away ------------------------------------------------------------------

envfile 'machine "box" { provider = "container", box = "@debian-rootfs@", provision = { shell [[ true ]],
	shell [[ test -e /root/rebooted || { touch /root/rebooted; reboot; sleep 1000; } ]] { name = "away" },
	shell [[ touch /root/after ]] } }'
exits 1 'a machine that reboots under a provisioner' bothy up
like "$err" "^error: provisioner 'away'" 'fails it'
like "$err" 'hint: .*reboot\(\) is a provisioner that waits for it' 'with a hint'
exits 0 'up goes on' bothy up
ok 'to the end' guest 'test -e /root/after'
exits 1 'a machine that reboots under exec' bothy exec box -- sh -c 'reboot; sleep 1000'
like "$err" "error: .*'box'.*" 'fails it'
ok 'and is back' wait_until 30 guest true
in_background "$BOTHY" exec --all -- sh -c 'echo begun; sleep 1000'
ok 'a command runs' says "$TEST_TMP/log" begun
virsh -q -c lxc:/// destroy "$domain"
ends 255 'its machine is switched off: it ends'
exits 0 'destroy' bothy destroy -f
done_testing
