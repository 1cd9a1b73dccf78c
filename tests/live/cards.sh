# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use card; out, status and tap_patience are lib.sh's
# For tests that configure second cards: a network of the test's own, and what must hold for a card on it.

declare -A mac ip
card_count=0

guest() { bothy ssh "$1" -c "$2"; }

# second_network: one without a way out, on which DHCP gives addresses and names a gateway all the same.
second_network() {
	virsh -q net-create /dev/stdin <<-XML
		<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
			<name>second</name><bridge name='second0' stp='off' delay='0'/>
			<ip address='10.99.0.1' netmask='255.255.255.0'>
				<dhcp><range start='10.99.0.100' end='10.99.0.200'/></dhcp>
			</ip>
			<dnsmasq:options><dnsmasq:option value='dhcp-option=option:router,10.99.0.1'/></dnsmasq:options>
		</network>
	XML
	at_exit 'virsh -q net-destroy second'
}

# card_for MACHINE: sets $card, the fields that give a machine a card on that network which it is left to us to use, and
# ${mac[MACHINE]} and ${ip[MACHINE]}, the address that it will have.
card_for() {
	card_count=$((card_count + 1))
	mac[$1]=$(printf '52:54:00:99:00:%02x' "$card_count")
	ip[$1]=10.99.0.$((10 + card_count))
	card="management = true, networks = { { name = 'second', mac = '${mac[$1]}', configure = false } }"
}

# configure MACHINE CARD…: prints the milliseconds it took.
configure() {
	local block address user key hosts
	block=$(bothy ssh-config "$1") || return
	address=$(awk '$1 == "HostName" { print $2 }' <<<"$block")
	user=$(awk '$1 == "User" { print $2 }' <<<"$block")
	key=$(sed -n 's/^ *IdentityFile "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' <<<"$block")
	hosts=$(sed -n 's/^ *UserKnownHostsFile "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' <<<"$block")
	timeout -k 5 600 "$TESTS/../build/configure-cards" "$address" "$user" "$key" "$(grep -m 1 . "$hosts")" "${@:2}"
}

# configures MACHINE CARD DESCRIPTION
configures() {
	exits 0 "$1: $3" configure "$1" "$2"
	echo "# $1: $3: $out ms"
}

# knock ADDRESS: the host reaches sshd there.
knock() { timeout 2 bash -c "read -r line </dev/tcp/$1/22 && [[ \$line == SSH* ]]"; }

# answers MACHINE DESCRIPTION: over its second card, and that is all it got there.
answers() {
	ok "$1: $2" wait_until 10 knock "${ip[$1]}"
	ok "$1: and sees the host" guest "$1" "ping -q -c 1 -W 5 10.99.0.1"
	is "$(addresses "$1")" "${ip[$1]}/24" "$1: by that address alone"
	unlike "$(default_routes "$1")" '10\.99\.0' "$1: which is no way out"
}

# busybox shows all of them, whatever it is asked for.
default_routes() { guest "$1" 'ip route show | grep ^default'; }
device() { guest "$1" "grep -il ${mac[$1]} /sys/class/net/*/address" | cut -d / -f 5; }
addresses() { guest "$1" "ip -4 -o address show dev $(device "$1")" | grep -oP 'inet \K[^ ]+' | paste -sd ' '; }

# What would change if anything were restarted.
state_of_card() { guest "$1" "ip -o address show; ip link show; ip route show" | sed 's/valid_lft.*//; s/ tentative//'; }

# lives_with_card MACHINE: it gets an address, nothing is done twice, and a change is made.
lives_with_card() {
	local before
	configures "$1" "mac=${mac[$1]},ip=10.99.0.99/24,ipv6=fd00:99::5/64,mtu=1400" 'a card is configured'
	like "$(addresses "$1")" '^10\.99\.0\.99/24$' "$1: with its address"
	like "$(guest "$1" "ip -6 -o address show dev $(device "$1")")" 'inet6 fd00:99::5/64' "$1: and that of IPv6"
	is "$(guest "$1" "cat /sys/class/net/$(device "$1")/mtu")" 1400 "$1: and its MTU"
	configures "$1" "mac=${mac[$1]},ip=${ip[$1]}/24" 'another address takes its place'
	answers "$1" 'it answers there'
	before=$(state_of_card "$1")
	configures "$1" "mac=${mac[$1]},ip=${ip[$1]}/24" 'the same once more'
	is "$(state_of_card "$1")" "$before" "$1: changes nothing"
	ok "$1: and takes less than ${QUICK_MS:-1000} ms" test "$out" -lt $((${QUICK_MS:-1000} * tap_patience))
}

# asks_for_address MACHINE: by DHCP, and back to its own.
asks_for_address() {
	configures "$1" "mac=${mac[$1]},dhcp" 'a card asks for its address'
	like "$(addresses "$1")" '^10\.99\.0\.1[0-9][0-9]/24$' "$1: gets one"
	unlike "$(default_routes "$1")" '10\.99\.0' "$1: but no way out"
	configures "$1" "mac=${mac[$1]},ip=${ip[$1]}/24" 'and has its own again'
	answers "$1" 'where it answers'
}

# comes_back MACHINE: after a boot, without our doing.
comes_back() {
	ok "$1: after a boot it answers by itself" wait_until 60 knock "${ip[$1]}"
	exits 0 "$1: nothing is to be done" configure "$1" "mac=${mac[$1]},ip=${ip[$1]}/24"
}

# is_gone MACHINE: a card that is no more said.
is_gone() {
	exits 0 "$1: a card goes" configure "$1"
	ok "$1: it has no address of ours any more" eval '! addresses '"$1"' | grep -qw '"${ip[$1]}"
	exits 0 "$1: the machine is there" bothy ssh "$1" -c true
}
