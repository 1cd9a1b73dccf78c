# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use what is set here; out and err are of lib.sh
# Projects that nobody vouches for, and proof of what they did not get. Source it after project.sh.

# hostile_project: beside it, in $OUTSIDE, lies what nobody may touch.
hostile_project() {
	one_machine
	OUTSIDE=${PROJECT%/*}/outside
	mkdir -p "$OUTSIDE/.ssh" && chmod 700 "$OUTSIDE/.ssh"
	echo 'return "canary"' >"$OUTSIDE/secret.lua"
	echo '{"a":"canary"}' >"$OUTSIDE/secret.json"
	echo canary >"$OUTSIDE/.ssh/id_rsa"
	chmod 600 "$OUTSIDE/.ssh/id_rsa"
	outside_before=$(snapshot "$OUTSIDE")
}

# says LUA: the whole file, with a machine in it.
says() { printf '%s\nmachine { box = "box.img" }\n' "$1" >bothy.lua; }
# machine_with FIELDS: the machine has these.
machine_with() { printf 'machine {\n\tbox = "box.img",\n\t%s\n}\n' "$1" >bothy.lua; }

# traced WORD…: runs bothy, sets $out, $err and $status, and $touched: what it opened in $OUTSIDE.
traced() {
	touched=
	if command -v strace >/dev/null; then
		run timeout 60 strace -f -qq -s 4096 -e trace=open,openat,openat2,creat -o "$TEST_TMP/trace" "$BOTHY" "$@"
		# An open that was refused touched nothing, and looking at a path by O_PATH reads nothing.
		touched=$(grep -v -e ' = -1 ' -e O_PATH -e resumed "$TEST_TMP/trace" | grep -F "$OUTSIDE")
	else
		run timeout 60 "$BOTHY" "$@"
	fi
}

# untouched DESCRIPTION: nothing in $OUTSIDE was opened by the last traced, or is different.
untouched() {
	is "$touched" '' "$1: nothing outside was opened"
	is "$(snapshot "$OUTSIDE")" "$outside_before" '  nor changed'
	unlike "$out$err" canary '  nor told'
}
