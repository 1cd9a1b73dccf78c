# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Commands in a project with three running machines: two containers and a VM.

machines_file()
{
	cat <<-END
		machine "db" { provider = "container", box = "$(box debian-rootfs)", memory = 256 }
		machine "node" { provider = "container", box = "$(box debian-rootfs)", memory = 256 }
		machine "web" { provider = "kvm", box = "$(box tiny-vm)", memory = 256, depends_on = { "db" } }
	END
}

lists() # ID: the least that shows machines of both kinds
{
	stopwatch "$1" floor sh -c 'virsh list --all && exec virsh -c lxc:///system list --all'
}

machines_up() { stopwatch up-again bothy "$BOTHY" up; }
machines_status() { stopwatch status-three bothy "$BOTHY" status; }
machines_ssh() { stopwatch "ssh-$1" bothy "$BOTHY" ssh "$1" -c true; }
machines_plain_ssh() { stopwatch "ssh-$1" floor ssh -F ssh_config "$1" true; }

bench_machines()
{
	local machine
	progress 'machines: coming up'
	new_project machines && machines_file >bothy.lua || return
	logged "$BOTHY" up || { failure up-again 'bothy up'; return; }
	row up-again ms 'value 200' 'bothy up, three machines running' 'virsh list --all, both drivers'
	rounds $((BENCH_ROUNDS * 2)) up-again machines_up 'lists up-again'
	"$BOTHY" ssh-config >ssh_config
	row status-three ms '' 'bothy status, three machines running' 'virsh list --all, both drivers'
	rounds $((BENCH_ROUNDS * 4)) status-three machines_status 'lists status-three'
	for machine in db web; do
		row "ssh-$machine" ms '' "bothy ssh $machine -c true ($([ $machine = db ] && echo container || echo VM))" \
			"ssh -F config $machine true"
		rounds $((BENCH_ROUNDS * 4)) "ssh-$machine" "machines_ssh $machine" "machines_plain_ssh $machine"
	done
	remove_project
}
