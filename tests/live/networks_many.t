#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many machines on one network, and many projects at the same moment: nothing is given out twice.
. "${0%/*}/live.sh" debian-rootfs

# twice WORD…: those that come more than once.
twice() { tr ' ' '\n' <<<"$*" | sed '/^$/d' | sort | uniq -d; }

project '
network "lan" { kind = "nat_network" }
defaults { provider = "container", box = "@debian-rootfs@", memory = 64, networks = { "lan" } }
for n = 1, 30 do
	machine("node-%02d", n) { ports = { { host = 9000, guest = 22, shift_if_taken = true } } }
end'
start=$(host_state)
exits 0 'thirty machines on one network' bothy up
seen=$(bothy status --json)
is "$(jq 'map(select(.state == "running")) | length' <<<"$seen")" 30 'all run'
is "$(jq '[.[].addresses[].ip] | length' <<<"$seen")" 60 'each has an address on both networks'
# shellcheck disable=SC2046 # words
is "$(twice $(jq -r '.[].addresses[].ip' <<<"$seen"))" '' 'and none has another one'\''s'
# shellcheck disable=SC2046
is "$(twice $(bothy net --json | jq -r '.[].mac'))" '' 'nor its MAC'
# shellcheck disable=SC2046
is "$(twice $(bothy port --json | jq -r '.[].host'))" '' 'nor its port'
is "$(bothy port --json | jq length)" 30 'of which each has one'
exits 0 'the first knows the last by name' bothy ssh node-01 -c 'getent hosts node-30.project.test'
like "$out" "^$(jq -r '.[] | select(.name == "node-30").addresses[0].ip' <<<"$seen") " 'and its address'
for n in 01 17 30; do
	port=$(bothy port "node-$n" --json | jq '.[0].host')
	like "$(timeout 25 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; head -c 4 <&3")" SSH- "port $port leads to node-$n"
done
exits 0 'all of them go' bothy destroy -f
is "$(host_state)" "$start" 'and leave nothing behind'

# --- ten projects at the same moment ---------------------------------------------------------

projects=()
for n in 0 1 2 3 4 5 6 7 8 9; do
	project '
	machine "web" { provider = "container", box = "@debian-rootfs@", memory = 64,
		networks = { host_only {}, internal "inner" {} },
		ports = { { host = 9000, guest = 22, shift_if_taken = true } } }'
	projects+=("$PROJECT")
done
jobs=()
for dir in "${projects[@]}"; do
	bothy -C "$dir" up >"$dir.log" 2>&1 &
	jobs+=("$!")
done
failed=0
for job in "${jobs[@]}"; do wait "$job" || failed=$((failed + 1)); done
is "$failed" 0 'ten projects come up at the same moment'
((!failed)) || cat "$TEST_TMP"/*/*.log
all=$(for dir in "${projects[@]}"; do bothy -C "$dir" status --json; done | jq -s add)
is "$(jq 'map(select(.state == "running")) | length' <<<"$all")" 10 'all run'
# shellcheck disable=SC2046
is "$(twice $(jq -r '.[].addresses[].ip | sub("[0-9]+$"; "")' <<<"$all"))" '' 'no two networks have one subnet'
# shellcheck disable=SC2046
is "$(twice $(jq -r '.[].ports[].host' <<<"$all"))" '' 'no two machines one port'
is "$(ip -j route | jq -r '.[].dst' | sort | uniq -d)" '' 'the host has one way to each'
for dir in "${projects[@]}"; do
	bothy -C "$dir" ssh web -c true 2>/dev/null || fail "$dir answers"
done
pass 'and every one answers'
for dir in "${projects[@]}"; do bothy -C "$dir" destroy -f -q & done
wait
is "$(host_state | grep -v '^file ')" "$(grep -v '^file ' <<<"$start")" 'they go at the same moment, too'
done_testing
