#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The five kinds of networks: who reaches whom on each, proven by traffic in both directions, for VMs and containers.
. "${0%/*}/live.sh" tiny-vm debian-rootfs
. "${0%/*}/reach.sh"

# Two VMs and two containers of each kind. The first three kinds let the host in, so their machines have nothing else;
# the others are reached over the management network, and only their addresses on the card are used. Who is only
# reached, the second VM, is one and the same for all kinds but the one where it is not.
project '
local kinds = {
	shared = function() return nat_network "shared" {} end,
	only = function() return host_only {} end,
	own = function() return nat {} end,
	inner = function(n) return internal "inner" { ip = "10.250.0." .. 10 + n .. "/24" } end,
	lan = function(n) return bridged { dev = "lan0", ip = "198.51.100." .. 10 + n .. "/24" } end,
	tap = function(n) return bridged { dev = "mac0", ip = "192.0.2." .. 10 + n .. "/24" } end,
}
for kind, card in pairs(kinds) do
	for n = 1, 4 do
		local is_vm = n <= 2
		if n ~= 2 or kind == "own" then
			machine("%s-%s%d", kind, is_vm and "v" or "c", is_vm and n or n - 2) {
				provider = is_vm and "kvm" or "container",
				box = is_vm and "@tiny-vm@" or "@debian-rootfs@",
				memory = 128, boot_timeout = "10m",
				management = kind == "inner" or kind == "lan" or kind == "tap",
				networks = { card(n) },
			}
		end
	end
end
machine "v2" {
	box = "@tiny-vm@", memory = 128, boot_timeout = "10m", management = true,
	networks = { kinds.shared(2), kinds.only(2), kinds.inner(2), kinds.lan(2), kinds.tap(2) },
}'
before=$(host_state)
outside
greet
exits 0 'twenty machines on nine networks come up' bothy up
like "$out" "do not reach each other by 'mac0'" 'and it is said what a card of this host cannot do'
is "$(bothy status --json | jq 'map(select(.state == "running")) | length')" 20 'all of them run'

# pairs KIND NETWORK WORD: VM to VM, container to container, and both across.
pairs() {
	local from to target
	while read -r from to; do
		target=$1-$to
		[[ $to != v2 ]] || target=v2
		"$3" "$2: $from → $to" "$1-$from" "$(on "$target" "$2")"
	done <<-END
		v1 v2
		c1 c2
		v1 c1
		c2 v2
	END
}

# --- a NAT that machines share ---------------------------------------------------------------

for m in v1 c1; do
	address=$(on "shared-$m" shared)
	yes "nat_network: $m → host" "shared-$m" "${address%.*}.1" 7777
	yes "nat_network: host → $m" host "$address"
	yes "nat_network: $m → outside" "shared-$m" "$OUTSIDE" 7777
	no "nat_network: outside → $m" outside "$address"
done
pairs shared shared yes

# --- host-only -------------------------------------------------------------------------------

for m in v1 c1; do
	address=$(on "only-$m" host-only)
	yes "host_only: $m → host" "only-$m" "${address%.*}.1" 7777
	yes "host_only: host → $m" host "$address"
	no "host_only: $m → outside" "only-$m" "$OUTSIDE" 7777
	no "host_only: outside → $m" outside "$address"
	# Even if it has a route.
	bothy ssh "only-$m" -c "ip route add default via ${address%.*}.1" 2>/dev/null
	no "host_only: $m → outside by the host" "only-$m" "$OUTSIDE" 7777
done
pairs only host-only yes

# --- a machine's own NAT ---------------------------------------------------------------------

for m in v1 c1; do
	address=$(on "own-$m" "nat-own-$m")
	yes "nat: $m → host" "own-$m" "${address%.*}.1" 7777
	yes "nat: host → $m" host "$address"
	yes "nat: $m → outside" "own-$m" "$OUTSIDE" 7777
	no "nat: outside → $m" outside "$address"
done
no 'nat: v1 → v2' own-v1 "$(on own-v2 nat-own-v2)"
no 'nat: c1 → c2' own-c1 "$(on own-c2 nat-own-c2)"
no 'nat: v1 → c1' own-v1 "$(on own-c1 nat-own-c1)"
no 'nat: c1 → v1' own-c1 "$(on own-v1 nat-own-v1)"
no 'nat: to the shared one' own-c1 "$(on shared-c1 shared)"
no 'host-only to another network' only-c1 "$(on shared-c1 shared)"

# --- internal --------------------------------------------------------------------------------

for m in v1 c1; do
	address=$(on "inner-$m" inner)
	no "internal: host → $m" host "$address"
	no "internal: outside → $m" outside "$address"
	bothy ssh "inner-$m" -c "ip route add $OUTSIDE dev eth1; ip route add $OUTSIDE_GATEWAY dev eth1" 2>/dev/null
	no "internal: $m → host" "inner-$m" "$OUTSIDE_GATEWAY" 7777
	no "internal: $m → outside" "inner-$m" "$OUTSIDE" 7777
done
pairs inner inner yes

# --- bridged ---------------------------------------------------------------------------------

for m in v1 c1; do
	address=$(on "lan-$m" bridged-lan0)
	yes "bridged: $m → host" "lan-$m" "$LAN_HOST" 7777
	yes "bridged: host → $m" host "$address"
	yes "bridged: $m → outside" "lan-$m" "$LAN_OUTSIDE" 7777
	yes "bridged: outside → $m" outside "$address"
	address=$(on "tap-$m" bridged-mac0)
	no "macvtap: host → $m" host "$address"
	yes "macvtap: $m → outside" "tap-$m" "$MACVTAP_OUTSIDE" 7777
	yes "macvtap: outside → $m" outside "$address"
done
ip address add 192.0.2.1/24 dev mac0
no 'macvtap: v1 → host' tap-v1 192.0.2.1 7777
no 'macvtap: c1 → host' tap-c1 192.0.2.1 7777
ip address delete 192.0.2.1/24 dev mac0
pairs lan bridged-lan0 yes
pairs tap bridged-mac0 yes

# --- again, and the end ----------------------------------------------------------------------

exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'after a reload' bothy reload inner-v1 inner-c1
yes 'the cards are configured again' inner-v1 "$(on inner-c1 inner)"
yes 'on both sides' inner-c1 "$(on inner-v1 inner)"
exits 0 'all of it goes' bothy destroy -f
outside_ends
is "$(host_state)" "$before" 'and leaves nothing behind'
done_testing
