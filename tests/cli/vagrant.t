#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What those type who come from Vagrant: it works, or the error says what it is called here.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# told COMMAND HINT: bothy does not know the command and says so.
told() {
	# shellcheck disable=SC2086 # words
	exits 64 "bothy $1" bothy $1
	like "$err" "hint: $2" "  is told: $2"
}

# says WHERE FIELDS TEXT: with these fields the machine has a mistake, which the text explains.
says() {
	printf 'machine { box = "box.img", %s }\n' "$2" >bothy.lua
	exits 65 "$2" bothy validate
	is "$(head -n 1 <<<"$err")" "bothy.lua:1: $1; $3" '  is explained'
}

new_project
: >Vagrantfile
exits 1 'a directory with a Vagrantfile' bothy up
like "$err" "hint: 'bothy init' makes one; .* see VAGRANT in 'man bothy'" 'is told where to look'
printf '# -*- mode: ruby -*-\nVagrant.configure("2") do |config|\nend\n' >bothy.lua
exits 65 'a Vagrantfile under another name' bothy validate
like "$err" 'hint: this is Lua and no Vagrantfile' 'is seen to be one'
echo 'include "bothy.lua"' >outer.lua
BOTHY_FILE=outer.lua exits 65 'one that is included' bothy validate
like "$err" '^bothy.lua:2: .* hint: this is Lua' 'as well, at its own line'
echo 'config.vm.box = "debian/12"' >bothy.lua
exits 65 'Ruby that could be Lua' bothy validate
like "$err" "unknown name 'config'; this is Lua and no Vagrantfile" 'too'

one_machine
told global-status "here it is 'bothy list'"
told 'global-status --prune' "here it is 'bothy list'"
told rsync "here it is 'bothy sync'"
told rsync-auto "here it is 'bothy sync --watch'"
told 'box repackage a kvm 1' "here it is 'bothy box pack'"
for word in suspend resume 'snapshot save x'; do
	told "$word" "there is none yet: 'bothy halt' keeps the disks"
done
told 'plugin install x' 'there are none'
told login "'bothy ssh' logs in"
told 'up --no-destroy-on-error' "here it is '--keep'"
told 'up --no-parallel' 'leave it out: machines wait for those in their depends_on'
told 'status --machine-readable' "here it is '--json'"
told '--no-color status' "here it is 'bothy --color=never'"
told 'validate --ignore-provider' 'leave it out: no engine is asked'
told 'box list --box-info' "here it is 'bothy box info NAME'"
told 'up --provider=libvirt' "here it is 'kvm'"
told '--provider=lxc up' "here it is 'container'"
told 'box add x --provider docker' "system containers are those of 'container'"
told 'up --provider=fakt' "did you mean 'fake'"

exits 0 'up --provider' bothy up --provider fake
is "$(states)" default=running 'is understood behind the command'
exits 0 'as by plan' bothy plan --provider=fake
exits 0 'as by status' bothy status --provider fake

says "machine 'default'.synced_folder: unknown field" 'synced_folder = 1' \
	'here it is folders = { ["./src"] = "/srv/app" }'
says "machine 'default'.vm: unknown field" 'vm = {}' \
	'leave it out: box, ip, ports, … are fields of the machine'
says "machine 'default'.provider: there is no provider 'libvirt'" 'provider = "libvirt"' "here it is 'kvm'"
says "machine 'default'.ssh.username: unknown field" 'ssh = { username = "me" }' 'here it is user'
says "machine 'default'.ports[1].auto_correct: unknown field" \
	'ports = { { host = 80, guest = 80, auto_correct = true } }' 'here it is shift_if_taken = true'
says "machine 'default'.folders['.'].type: unknown field" 'folders = { ["."] = { "/v", type = "nfs" } }' \
	'here it is kind'
says "machine 'default'.networks[1].netmask: unknown field" 'networks = { host_only { netmask = "x" } }' \
	'here it is ip = "10.9.0.5/24"'
says "machine 'default'.provision[1].run: unknown field" 'provision = { shell "x" { run = "always" } }' \
	'here it is when = "always"'
says "unknown name 'file'" 'provision = { file "a" "b" }' 'here it is upload "from" "to"'
says "unknown name 'private_network'" 'networks = { private_network { } }' \
	'here it is ip = "192.168.56.10", or networks = { host_only { } }'
says "upload: expected a path, got a table" 'provision = { upload { source = "a" } }' 'write upload "from" "to"'
says "machine 'default'.hostname: expected a name without dots, got \"a.test\"" 'hostname = "a.test"' \
	'that one can be among its names: hosts = { aliases = { "a.test" } }'
says "machine 'default'.memroy: unknown field" 'memroy = 1' "did you mean 'memory'?"
done_testing
