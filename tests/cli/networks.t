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
done_testing
