# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# Projects for the tests of the program: a box, files for bothy.lua, and looks at the fake engine.
# Source it after lib.sh.

# No engine of this host is asked for anything.
export BOTHY_PROVIDER=fake BOTHY_LIBVIRT_URI=test:///default

# make_box FILE: a disk image of 64 KiB that is nothing but a boot sector's signature.
make_box() {
	{
		head -c 510 /dev/zero
		printf '\125\252'
		head -c 65024 /dev/zero
	} >"$1"
}

# one_machine: a project with the machine 'default'. one_machine_with FIELDS: it has these.
one_machine() { one_machine_with ''; }

one_machine_with() {
	new_project
	make_box box.img
	printf 'machine {\n\tbox = "box.img",\n\t%s\n}\n' "$1" >bothy.lua
}

# three_machines: 'web' depends on 'db', 'node' on nobody; all have provisioners.
# three_machines_with FIELDS: all have these.
three_machines() { three_machines_with ''; }

three_machines_with() {
	new_project
	make_box box.img
	echo 'server { }' >app.conf
	cat >bothy.lua <<-EOF
		defaults { box = "box.img", $1 }
		machine "db" { provision = { shell [[ echo db ]] } }
		machine "web" {
		  depends_on = { "db" },
		  provision = { shell [[ echo web ]], upload "app.conf" "/etc/app.conf" },
		}
		machine "node" { provision = { shell [[ true ]] { name = "tune" } } }
	EOF
}

# states: "name=state" of the machines of this project, sorted, in one line.
states() {
	"$BOTHY" status --json | jq -r 'map("\(.name)=\(.state)") | sort | join(" ")'
}

# engine FILTER: what jq finds in the fake engine's file; null if there is none.
engine() {
	if [[ -e $BOTHY_HOME/fake.json ]]; then
		jq -rc "$1" "$BOTHY_HOME/fake.json"
	else
		jq -rc "$1" <<<null
	fi
}

# operations: what the fake engine was asked to do, in order: "machine_create web" and so on.
operations() { engine '.log[]?'; }

# was_done OPERATION N: it is among the operations after the N-th.
was_done() { operations | tail -n "+$(($2 + 1))" | grep -q "$1"; }

# snapshot DIR…: everything that is in them, with content, mode and owner.
snapshot() {
	find "$@" -printf '%p %M %U %s\n' 2>/dev/null | sort
	find "$@" -type f -exec sha256sum {} + 2>/dev/null | sort
}

# too_wide: the lines of standard input that have more than 80 characters.
too_wide() { grep -E '.{81,}'; }

# answering ANSWERS COMMAND…: the command on a terminal where somebody types ANSWERS.
answering() {
	printf '%b' "$1" | script -qec "$(printf '%q ' "${@:2}")" /dev/null
}
