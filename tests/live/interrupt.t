#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An 'up' that is interrupted or killed half-way: nothing stays that bothy cannot name, and up again converges.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

file='
defaults { memory = 128 }
machine "vm" { box = "@tiny-vm@", provision = { shell [[ echo vm >>/root/log ]] } }
machine "box" { provider = "container", box = "@debian-rootfs@", provision = {
  shell [[ echo one >>/root/log ]] { name = "one" },
  shell [[ echo two >>/root/log ]] { name = "two" },
} }'
slow=${file/echo two/echo waiting; sleep 1000; echo two}
up_in_background() { in_background "$BOTHY" up; }

# Everything the engine knows must be something that bothy knows.
named() { # DESCRIPTION
	local known
	exits 0 "$1: status answers" bothy status
	known=$(bothy list --json | jq -r '.[].name')
	for name in $(virsh -q list --all --name) $(virsh -q -c lxc:/// list --all --name); do
		like " ${known//$'\n'/ } " " $(cut -d - -f 2 <<<"$name") " "$1: list names $name"
	done
}

converges() { # DESCRIPTION
	exits 0 "$1: up again converges" bothy up
	is "$(bothy ssh vm -c 'cat /root/log')" vm "$1: to a VM provisioned once"
	like "$(bothy ssh box -c 'paste -sd " " /root/log')" '^one (one )?two$' "$1: and a container"
	is "$(find /var/lib/bothy/tmp -mindepth 1)" '' "$1: and no half-unpacked box"
	is "$(find /var/lib/libvirt/images/bothy -type f | wc -l)" 4 "$1: the pool has a base, its mark, the disk of the VM and what it is told at first boot"
	exits 0 "$1: destroy" bothy destroy -f
	is "$(host_state)" "$before" "$1: leaves nothing behind"
}

# --- kill -9 ---------------------------------------------------------------------------------

# A file that matches the pattern appears as soon as that stage is reached. No process is started to look for it:
# some stages take milliseconds.
appears() {
	local deadline=$((SECONDS + 60))
	until compgen -G "$1" >/dev/null || [[ -n $2 && $(<"$TEST_TMP/log") =~ $2 ]]; do
		((SECONDS < deadline)) || return 1
	done
}

killed_while() { # STAGE PATTERN REGEX
	up_in_background
	ok "killed while $1" appears "$2" "$3"
	kill -KILL "$job"
	{ wait "$job"; } 2>/dev/null
	named "killed while $1"
}

interrupted_while() { # STAGE, what up writes when it is there
	up_in_background
	ok "Ctrl-C while $1" says "$TEST_TMP/log" "$2"
	kill -INT "$job"
	ends 130 "Ctrl-C while $1: up ends with 130"
	like "$out" 'error: .*interrupted' "Ctrl-C while $1: and says why"
	unlike "$out" 'its console' "Ctrl-C while $1: and not what consoles showed"
	named "Ctrl-C while $1"
}

# stage | a file that is there then | or what up writes then
stages='unpacking a root filesystem|/var/lib/bothy/tmp/*|
copying a disk image|/var/lib/libvirt/images/bothy/*|
making the network|/etc/libvirt/qemu/networks/*.xml|
making the disk of a VM|/var/lib/libvirt/images/bothy/project-vm*|
defining a VM|/etc/libvirt/qemu/project-vm*.xml|
defining a container|/etc/libvirt/lxc/project-box*.xml|
mounting the root of a container|/var/lib/bothy/machines/*/root/usr|
starting a container|/run/libvirt/lxc/project-box*.pid|
starting a VM|/run/libvirt/qemu/project-vm*.pid|
booting a VM|/none|vm +booting
provisioning a container|/none|\| waiting'
project "$slow"
before=$(host_state)
interrupted_while 'bringing boxes' bringing
while IFS='|' read -r stage pattern regex; do
	killed_while "$stage" "$pattern" "$regex"
	exits 0 "killed while $stage: destroy" bothy destroy -f
	is "$(host_state)" "$before" "killed while $stage: leaves nothing behind"
done <<<"$stages"
# And one after the other, on what the one before has left. The boxes are there by now, and a VM starts once.
while IFS='|' read -r stage pattern regex; do killed_while "again, $stage" "$pattern" "$regex"; done < <(
	sed '1,2d; /^booting/d' <<<"$stages")
envfile "$file"
converges 'after all these'

# --- Ctrl-C ----------------------------------------------------------------------------------

interrupted_while 'booting a container' '^box +booting'
interrupted_while 'booting a VM' '^vm +booting'
converges 'after Ctrl-C'

envfile "$slow"
up_in_background
ok 'Ctrl-C while a provisioner runs' says "$TEST_TMP/log" '\| waiting'
kill -INT "$job"
ends 130 'Ctrl-C while a provisioner runs: up ends with 130'
is "$(state_of box)" running 'Ctrl-C while a provisioner runs: the machine stays'
envfile "$file"
converges 'after Ctrl-C while a provisioner ran'
done_testing
