#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks, cards, ports and names in validate and plan.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

new_project
make_box box.img
cat >bothy.lua <<-'EOF2'
	network "lan" { kind = "nat", subnet = "10.20.0.0/24" }
	defaults { box = "box.img" }
	machine "web" {
	  ip = "192.168.56.10",
	  networks = { "lan", internal "backend" {} },
	  ports = { [8080] = 80, { host = 53, guest = 53, protocol = "udp", bind = "0.0.0.0" } },
	  hosts = { aliases = "www", on_host = true },
	}
	machine "db" { management = false, networks = { "lan" } }
EOF2
exits 0 'a file with networks' bothy validate
exits 0 'its plan' bothy plan
like "$out" 'make network +not created' 'makes the networks in one step'
like "$out" 'web +publish +127.0.0.1:8080 → 80, 0.0.0.0:53 → 53/udp, names in /etc/hosts' 'tells what this host gets'
unlike "$out" 'db +publish' 'of who has something'
exits 0 'as JSON' bothy plan --json
is "$(json '.steps[] | select(.kind == "publish") | [.id, .machine, .effect] | join(" ")')" 'web/publish web none' \
	'publishing is a step'
is "$(json '.steps[] | select(.id == "web/start") | .needs[]')" web/publish 'before the machine boots'

cat >bothy.lua <<-'EOF2'
	network "lan" { kind = "nat", subnt = "10.20.0.0/24" }
	defaults { box = "box.img" }
	machine "web" {
	  ip = "192.168.56.300",
	  networks = { internal "lan" {}, host_only { ipp = "x" }, nat },
	  ports = { [8080] = 80, [70000] = 80 },
	  hosts = { aliases = { "db" } },
	}
	machine "db" {
	  ports = { [8080] = 8080 },
	  networks = { host_only { ip = "192.168.57.1" } },
	}
	machine "in" { management = false, networks = { internal "x" {} }, provision = { shell "true" } }
EOF2
exits 65 'a file with mistakes' bothy validate
like "$err" "bothy.lua:1: network 'lan'.subnt: unknown field; did you mean 'subnet'" 'a field of a network'
like "$err" "bothy.lua:4: machine 'web'.ip: expected an address" 'an address'
like "$err" "bothy.lua:5: .*of kind internal here, and of kind nat_network in line 1" 'two kinds of one network'
like "$err" "bothy.lua:5: machine 'web'.networks\[2\].ipp: unknown field; did you mean 'ip'" 'a field of a card'
like "$err" "bothy.lua:5: .*got a function; write braces behind the word" 'a word alone'
like "$err" "bothy.lua:6: machine 'web'.ports\[70000\]: the key is not a port" 'a port'
like "$err" "bothy.lua:7: .*'db' means machine 'db' already" 'a name'
like "$err" "bothy.lua:10: .*port 8080 of this host leads into machine 'web' already \(line 6\)" 'a port that is taken'
like "$err" "bothy.lua:11: .*'192.168.57.1' is this host's own address" "this host's address"
like "$err" "bothy.lua:13: machine 'in'.provision: .*internal networks only.*hint: leave management = true" \
	'a machine nobody reaches'
exits 65 'plan' bothy plan
like "$err" "error: 'bothy.lua' has 10 mistakes" 'tells them all as well'

echo 'machine "a" { box = "box.img", networks = {} } network "x"' >bothy.lua
exits 65 'a network without a table' bothy validate
like "$err" "bothy.lua:1: network 'x': expected fields after it: network \"x\" \{ … \}" 'is told'

# --- more machines than addresses ------------------------------------------------------------

# machines N FIELDS: a file with that many; what is on standard input stands before them.
machines() { { cat; echo "for i = 1, $1 do machine('m-%d', i) { box = 'box.img', $2 } end"; } >bothy.lua; }
machines 5 'networks = { "lan", "in" }' <<-'EOF2'
	network "lan" { kind = "nat",
	  subnet = "10.20.0.0/29" }
	network "in" { kind = "internal", subnet = "10.21.0.0/29" }
EOF2
exits 0 'as many as a subnet has addresses' bothy validate
bothy up -q
is "$(states | tr ' ' '\n' | grep -c running)" 5 'find room'
bothy destroy -f -q
sed -i 's/1, 5/1, 6/; s/"in" }/i < 6 and "in" or nil }/' bothy.lua
exits 65 'one more' bothy validate
is "$err" "bothy.lua:2: network 'lan': 10.20.0.0/29 has addresses for 5 machines, and 6 are on it
  hint: 10.20.0.0/28 would be wide enough
error: 'bothy.lua' has a mistake" 'is too many, which is said where the subnet is'
exits 65 'plan' bothy plan
sed -i 's/i < 6 and "in" or nil }/{ name = "in", ip = "10.21.0." .. i } }/; s,20.0.0/29,20.0.0/28,' bothy.lua
exits 0 'on an internal network this host has no address' bothy validate
machines 254 'networks = { host_only { ip = i == 1 and "192.168.56.10" or nil } }' </dev/null
sed -i 's/i == 1 and "192.168.56.10" or nil/"192.168.56." .. i + 1/' bothy.lua
exits 65 'where the first address says the subnet' bothy validate
like "$err" "bothy.lua:1: network 'host-only-192.168.56.0': 192.168.56.0/24 has addresses for 253 machines, and 254 are on it" 'that is told'
machines 254 '' </dev/null
exits 1 'of a network whose subnet is chosen' bothy plan
like "$err" "^error: network 'management' has addresses for 253 machines, and 254 are on it"$'\n''hint: .*management = false' 'plan tells it, and what to do'
exits 1 'up' bothy up m-1
is "$(engine '.networks, .machines | length' | sort -u)" 0 'makes nothing'
machines 253 '' </dev/null
exits 0 'those it has room for' bothy plan
sed -i 's/box =/networks = { nat_network "n" {} }, management = i > 2, &/; s/253/254/' bothy.lua
exits 1 'of another one' bothy plan
like "$err" "network 'n' has addresses for 253 machines, and 254.*hint: give it a wider subnet" 'the hint is simpler'
done_testing
