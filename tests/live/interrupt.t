#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An 'up' that is interrupted or killed half-way: nothing stays that bothy cannot name, and up again converges.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

file='
defaults { memory = 128 }
machine "vm" { box = "@tiny-vm@", provision = { shell [[ echo vm >>/root/log ]] } }
machine "box" { provider = "container", box = "@debian-rootfs@", provision = {
  shell [[ echo one >>/root/log ]] { name = "one" },
  shell [[ [ ! -e /root/slow ] || sleep 100; echo two >>/root/log ]] { name = "two" },
} }'
project "$file"
before=$(host_state)
virsh -q pool-list --name >/dev/null

up_in_background() { in_background "$BOTHY" "$@" up; }

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
	exits 0 "$1: destroy" bothy destroy -f
	is "$(host_state)" "$before" "$1: leaves nothing behind"
}

# --- Ctrl-C ----------------------------------------------------------------------------------

# stage NAME, and what up writes when it is there
while IFS='|' read -r stage regex; do
	up_in_background
	ok "Ctrl-C while $stage" says "$TEST_TMP/log" "$regex"
	kill -INT "$job"
	ends 130 "Ctrl-C while $stage: up ends with 130"
	like "$out" 'error: .*interrupted' "Ctrl-C while $stage: and says why"
	named "Ctrl-C while $stage"
done <<'END_OF_STAGES'
bringing boxes|bringing
booting a container|^box +booting
booting a VM|^vm +booting
END_OF_STAGES
converges 'after Ctrl-C'
done_testing
