# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For tests of networks: an outside behind this host, and a look at who reaches whom, by traffic. Source it after live.sh.
#
#   outside                       makes the network namespace 'outside' and the LAN 'lan0', a bridge that it is on
#   greet host outside            lets them answer
#   yes 'guest → host' web host   'web' reaches this host; no does not

# Both are documentation networks (RFC 5737), which nothing else here uses.
OUTSIDE=203.0.113.2 OUTSIDE_GATEWAY=203.0.113.1
LAN_HOST=198.51.100.1 LAN_OUTSIDE=198.51.100.2
MACVTAP_OUTSIDE=192.0.2.2
GREETING_PORT=7777

outside() {
	ip netns add outside
	ip link add up0 type veth peer name out0 netns outside
	ip address add "$OUTSIDE_GATEWAY/24" dev up0
	ip link set up0 up
	ip link add lan0 type bridge
	ip link add lanport type veth peer name lan netns outside
	ip link set lanport master lan0 up
	ip address add "$LAN_HOST/24" dev lan0
	ip link set lan0 up
	ip link add mac0 type veth peer name mac netns outside
	ip link set mac0 up
	ip -n outside address add "$OUTSIDE/24" dev out0
	ip -n outside address add "$LAN_OUTSIDE/24" dev lan
	ip -n outside address add "$MACVTAP_OUTSIDE/24" dev mac
	for link in lo out0 lan mac; do ip -n outside link set "$link" up; done
	# Whoever is outside may try to come in: nothing but the host's rules keeps it out.
	ip -n outside route add default via "$OUTSIDE_GATEWAY"
	# Some kernels have a filter that turns away what crosses a bridge.
	[[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
}

outside_ends() {
	ip link delete lan0
	for link in lanport mac0 up0; do ip link delete "$link"; done
	ip netns delete outside
	umount /run/netns
}

# A machine answers on its SSH port; who has none gets a server that says as much.
# shellcheck disable=SC2016 # for perl
greeter='use IO::Socket::INET;
	my $s = IO::Socket::INET->new(LocalPort => shift, Listen => 20, ReuseAddr => 1) or die $@;
	while (my $c = $s->accept) { print $c "SSH-\n"; close $c }'

greet() {
	perl -e "$greeter" "$GREETING_PORT" 2>/dev/null &
	at_exit "kill $!"
	ip netns exec outside perl -e "$greeter" "$GREETING_PORT" 2>/dev/null &
	at_exit "kill $!"
	ok 'the host answers itself' wait_until 5 reaches_from_host 127.0.0.1 "$GREETING_PORT"
	ok 'the outside answers' wait_until 5 reaches_from_host "$OUTSIDE" "$GREETING_PORT"
}

# What a guest has to ask with: busybox's nc in the tiny one, bash in the others.
# shellcheck disable=SC2016 # for the guest's shell
ask='if [ -n "$(command -v bash)" ]; then
		timeout 3 bash -c "exec 3<>/dev/tcp/$1/$2 && head -c 4 <&3"
	else
		timeout 3 nc "$1" "$2" </dev/null | head -c 4
	fi 2>/dev/null'

reaches_from_host() { [[ $(sh -c "$ask" ask "$1" "$2") == SSH- ]]; }
reaches_from_outside() { [[ $(ip netns exec outside sh -c "$ask" ask "$1" "$2") == SSH- ]]; }
reaches_from() { # MACHINE ADDRESS PORT
	[[ $(bothy ssh "$1" -c "set -- $2 $3; $ask" </dev/null) == SSH- ]]
}

# reaches FROM ADDRESS [PORT]: FROM is 'host', 'outside' or a machine.
reaches() {
	case $1 in
	host) reaches_from_host "$2" "${3:-22}" ;;
	outside) reaches_from_outside "$2" "${3:-22}" ;;
	*) reaches_from "$1" "$2" "${3:-22}" ;;
	esac
}

# A guest that has no turn on a busy machine may answer late; one that must not answer is asked once.
yes() { ok "$1: yes" wait_until 2 reaches "${@:2}"; }
no() { ok "$1: no" not reaches "${@:2}"; }
not() { ! "$@"; }

# on MACHINE NETWORK: its address there.
on() { bothy status "$1" --json | jq -r --arg network "$2" '.[0].addresses[] | select(.network == $network).ip'; }
