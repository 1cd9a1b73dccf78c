#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks in detail: those that others made, given subnets and addresses, changes, names, cables and partitions.
. "${0%/*}/live.sh" tiny-vm debian-rootfs
. "${0%/*}/reach.sh"

# --- a network made by hand ------------------------------------------------------------------

cat >"$TEST_TMP/hand.xml" <<-END
	<network><name>hand</name><bridge name='hand0' stp='off' delay='0'/>
	<ip address='10.66.6.1' prefix='24'><dhcp><range start='10.66.6.100' end='10.66.6.200'/></dhcp></ip></network>
END
virsh -q net-define "$TEST_TMP/hand.xml" >/dev/null
project '
machine "web" { provider = "container", box = "@debian-rootfs@", memory = 64, networks = { { name = "hand", ip = "10.66.6.9/24" } } }
machine "vm" { box = "@tiny-vm@", memory = 128, networks = { { name = "hand", ip = "10.66.6.10/24" } } }'
before=$(host_state)
made=$(virsh net-dumpxml --inactive hand)
exits 0 'machines on a network that was made by hand' bothy up
yes 'a VM and a container reach each other there' vm 10.66.6.9
exits 0 'destroy' bothy destroy -f
is "$(virsh net-dumpxml --inactive hand)" "$made" 'leaves it as it was'
virsh -q net-destroy hand >/dev/null
is "$(host_state)" "$before" 'and nothing else'
project 'machine "web" { provider = "container", box = "@debian-rootfs@", networks = { "hnad" } }'
exits 1 'a network that nobody made' bothy up
like "$out$err" "hnad.*did you mean 'hand'" 'is named, with the nearest'

# --- what is given, and clashes --------------------------------------------------------------

ip link add busy0 type bridge && ip address add 10.77.7.1/24 dev busy0 && ip link set busy0 up
project 'network "lan" { kind = "nat_network", subnet = "10.77.0.0/16" }
	machine "web" { provider = "container", box = "@debian-rootfs@", networks = { "lan" } }'
before=$(host_state)
exits 1 'a subnet that this host has' bothy up
like "$out$err" "lan.*10\.77\.0\.0/16.*busy0" 'is refused, and both sides are named'
is "$(host_state | grep -v '/\.bothy/lock$')" "$before" 'before anything is made'
ip link delete busy0

project 'network "lan" { kind = "nat_network", subnet = "10.77.7.0/24", ipv6 = "fd00:77::/64", mtu = 1400,
		dhcp = { from = "10.77.7.100", to = "10.77.7.120" } }
	defaults { box = "@debian-rootfs@", provider = "container", memory = 64 }
	machine "web" { networks = { { name = "lan", ip = "10.77.7.7" } }, hosts = { aliases = { "www", "api.shop" } } }
	machine "db" { networks = { "lan" } }
	machine "vm" { provider = "kvm", box = "@tiny-vm@", memory = 128, networks = { "lan" } }'
before=$(host_state)
exits 0 'a network with everything' bothy up
is "$(on web lan)" 10.77.7.7 'the address is the given one'
like "$(on db lan)" '^10\.77\.7\.' 'others are chosen beside it'
for m in web vm; do
	exits 0 "$m: its card" bothy ssh "$m" -c 'cat /sys/class/net/eth1/mtu; ip -6 address show dev eth1'
	like "$out" '^1400' "$m: has the MTU"
	like "$out" 'fd00:77::' "$m: and an address of the prefix"
done
for name in db db.project.test www api.shop web.project.test; do
	exits 0 "the name $name" bothy ssh db -c "getent hosts $name || nslookup $name"
done
first=$PROJECT
project 'network "lan" { kind = "host_only", subnet = "10.77.7.0/25" }
	machine "x" { provider = "container", box = "@debian-rootfs@", networks = { "lan" } }'
exits 1 'the same subnet in another project' bothy up
like "$out$err" "10\.77\.7\.0/25.*lan.*project" 'is refused, with the project that has it'
PROJECT=$first
cd "$first" || exit 1

# --- cables and partitions -------------------------------------------------------------------

db=$(on db lan) vm=$(on vm lan)
yes 'before' web "$db"
exits 0 'a cable is pulled out' bothy net db --down lan
no 'then' web "$db"
like "$(bothy status db)" '  no cable: lan$' 'status tells it'
yes 'the other card goes on' host "$(on db management)"
exits 0 'and plugged in' bothy net db --up lan
ok 'then it is as before' wait_until 10 reaches web "$db"
exits 0 'a cable of a VM' bothy net vm --down lan
no 'then' web "$vm"
exits 0 'is plugged in' bothy net vm --up lan
ok 'then it is as before' wait_until 10 reaches web "$vm"
exits 0 'a partition' bothy net partition web db
no 'web → db' web "$db"
no 'db → web' db 10.77.7.7
no 'also over the management network' web "$(on db management)"
yes 'others do not notice' vm "$db"
like "$(bothy status web)" '  parted from db$' 'status tells it'
exits 0 'another' bothy net partition web vm
is "$(bothy net --json | jq -r 'map(select(.network == "lan") | "\(.machine): \(.parted_from | join(" "))") | sort | join(", ")')" \
	'db: web, vm: web, web: db vm' 'comes on top, and net tells all'
is "$(setpriv --reuid=65534 --clear-groups cat /run/bothy/parted/* | wc -l)" 8 'whoever is not root may know'
exits 0 'heal' bothy net heal
unlike "$(bothy net)" 'parted' 'then there is none'
yes 'web → db again' web "$db"

# --- changes ---------------------------------------------------------------------------------

sed -i 's/10\.77\.7/10.78.8/g' bothy.lua
exits 0 'plan' bothy plan
like "$out" "10\.77\.7\.0/24.*10\.78\.8\.0/24" 'says what changes'
like "$out" 'restart' 'and that it restarts machines'
exits 0 'up' bothy up
is "$(on web lan)" 10.78.8.7 'applies it'
yes 'and all are there again' vm 10.78.8.7
sed -i 's/"www", //' bothy.lua
exits 0 'a name that goes' bothy up
exits 2 'is not known any more' bothy ssh db -c 'getent hosts www'
bothy net partition web db vm -q
exits 0 'all of it goes, a partition too' bothy destroy -f
is "$(host_state | grep -v '/\.bothy/lock$')" "$before" 'and leaves nothing behind'
virsh -q net-undefine hand >/dev/null
done_testing
