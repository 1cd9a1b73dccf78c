#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cards of running machines are configured by each manager of networks that may rule them: now, after their next boot,
# and gone again. In the VM nobody rules but what ran at boot. debian.t does the same where systemd-networkd asks for
# addresses on every card.
. "${0%/*}/live.sh" debian-rootfs tools-rootfs tiny-vm
# shellcheck source=cards.sh
. "${0%/*}/cards.sh"

managers='networkd networkmanager netplan ifupdown alpine'
lua=
for m in tiny plain $managers; do
	card_for "$m"
	case $m in
	tiny) lua+="machine 'tiny' { box = '@tiny-vm@', memory = 128, $card }" ;;
	plain) lua+="machine 'plain' { provider = 'container', box = '@debian-rootfs@', $card }" ;;
	*) lua+="machine '$m' { provider = 'container', box = '@tools-rootfs@', $card }" ;;
	esac
	lua+=$'\n'
done
project "$lua"
second_network
exits 0 'machines with another card each come up' bothy up
is "$(addresses plain)" '' 'which nobody has used'

guest networkd 'systemctl enable --now systemd-networkd' 2>/dev/null
guest networkmanager 'systemctl enable --now NetworkManager' 2>/dev/null
guest netplan 'printf "network: {version: 2, ethernets: {all-eth: {match: {name: \"eth[1-9]\"}, dhcp4: true}}}\n" \
	>/etc/netplan/90-default.yaml; chmod 600 /etc/netplan/90-default.yaml; systemctl enable --now systemd-networkd' 2>/dev/null
guest ifupdown 'systemctl enable networking' 2>/dev/null
# As in Alpine Linux: busybox, and all in one file.
# shellcheck disable=SC2016 # the variables are the guest's
guest alpine 'for part in sbin lib usr etc/network; do cp -a "/opt/ng/$part/." "/$part/"; done
	for file in /bin/ip /sbin/ip; do ln -sf /bin/busybox $file; done
	printf "auto lo\niface lo inet loopback\n" >/etc/network/interfaces; systemctl enable networking' 2>/dev/null

file_of() {
	case $1 in
	networkd) echo "/etc/systemd/network/05-bothy-$(tr -d : <<<"${mac[$1]}").network" ;;
	networkmanager) echo "/etc/NetworkManager/system-connections/bothy-$(tr -d : <<<"${mac[$1]}").nmconnection" ;;
	netplan) echo /etc/netplan/60-bothy.yaml ;;
	ifupdown) echo /etc/network/interfaces.d/bothy ;;
	alpine) echo /etc/network/interfaces ;;
	esac
}

# What others wrote into the file stays.
has_a_server_for_a_while() {
	local before
	before=$(guest "$1" 'cat /etc/resolv.conf')
	configures "$1" "mac=${mac[$1]},ip=${ip[$1]}/24,dns=10.99.0.53" 'a name server is said'
	like "$(guest "$1" 'cat /etc/resolv.conf')" 'nameserver 10\.99\.0\.53' "$1: and is asked"
	configures "$1" "mac=${mac[$1]},ip=${ip[$1]}/24" 'and is no more'
	is "$(guest "$1" 'cat /etc/resolv.conf')" "$before" "$1: and is gone"
}

for m in $managers; do
	lives_with_card "$m"
	case $m in ifupdown | alpine)
		is "$(guest "$m" "cat /sys/class/net/$(device "$m")/mtu")" 1500 "$m: an MTU that is no more said is gone"
		has_a_server_for_a_while "$m"
		;;
	esac
	ok "$m: by its own files" guest "$m" "grep -q bothy $(file_of "$m")"
	asks_for_address "$m"
done
m=plain
configures $m "mac=${mac[$m]},ip=${ip[$m]}/24" 'nobody rules: it is set all the same'
answers $m 'and answers'
has_a_server_for_a_while $m

QUICK_MS=4000 # it may be emulated, beside others
lives_with_card tiny
exits 0 'tiny: what nobody configures is forgotten' configure tiny
exits 1 'a card that is not there' configure tiny 'mac=52:54:00:99:00:77,ip=10.99.0.5/24'
like "$err" "there is no card with the address 52:54:00:99:00:77" 'is named'
exits 0 'destroy' bothy destroy -f tiny

exits 0 'halt' bothy halt
# shellcheck disable=SC2086 # words
exits 0 'and up' bothy up plain $managers
for m in $managers; do
	comes_back "$m"
	is_gone "$m"
	unlike "$(guest "$m" "cat $(file_of "$m") 2>/dev/null")" bothy "$m: and nothing of it in files"
done
exits 0 'destroy' bothy destroy -f
done_testing
