#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Machines with nothing but addresses that no DHCP server gives: their first boot knows them from the disk for cloud-init,
# and every later one. Containers with nothing but a host-only network find each other by name.
. "${0%/*}/live.sh" tiny-vm debian-rootfs
. "${0%/*}/reach.sh"

project '
defaults { memory = 128, management = false }
network "quiet" { kind = "nat", dhcp = false, mtu = 1400 }
machine "lan" { box = "@tiny-vm@", networks = {
	bridged { dev = "lan0", ip = "198.51.100.21/24", gateway = "198.51.100.1", dns = { "198.51.100.1" } },
	internal "inner" { ip = "10.250.0.9/24" } } }
machine "quiet" { box = "@tiny-vm@", networks = { "quiet" } }
machine "inner" { box = "@tiny-vm@", networks = {
	internal "inner" { ip = "10.250.0.8/24" }, bridged { dev = "mac0", ip = "192.0.2.31/24" } } }
machine "db" { provider = "container", box = "@debian-rootfs@", memory = 64, networks = { host_only {} } }
machine "web" { provider = "container", box = "@debian-rootfs@", memory = 64, networks = { host_only {} }, hosts = { aliases = { "www" } } }'
outside
greet
exits 0 'machines without the management network come up' bothy up
like "$out$err" "machine 'inner' has no card that this host can reach" 'one of them out of sight'
like "$out$err" "inner +'\\.' is not at /project: this host has no way into it" 'whoever cannot have the project goes without'
exits 0 'lan has it' bothy ssh lan -c 'test -e /project/bothy.lua'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
is "$(on lan bridged-lan0)" 198.51.100.21 'on a bridge at the address that was said'
yes 'with its gateway' lan "$OUTSIDE" 7777
is "$(bothy ssh lan -c 'cat /etc/resolv.conf')" 'nameserver 198.51.100.1' 'and its name server'
yes 'a machine that nobody logs in to has its address too' lan 10.250.0.8
yes 'a chosen address has the way out of its network' quiet "$OUTSIDE" 7777
is "$(bothy ssh quiet -c 'cat /sys/class/net/eth0/mtu; nslookup quiet >/dev/null && echo found')" $'1400\nfound' 'its MTU and its names'

for name in db www web.project.test; do
	exits 0 "a container on a host-only network alone knows $name" bothy ssh db -c "getent hosts $name"
done

sed -i 's/100\.21/100.22/' bothy.lua
exits 0 'another address' bothy up
is "$(on lan bridged-lan0)" 198.51.100.22 'is used from the next boot on'
exits 0 'by a login there' bothy ssh lan -c true
exits 0 'destroy' bothy destroy -f
done_testing
