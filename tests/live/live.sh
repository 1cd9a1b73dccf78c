# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# For tests with real machines: source it with the names of the boxes that the test needs. It builds those, runs the
# test a second time inside tests/host, and only there goes on; where that cannot be, the test skips itself.
#
#   . "${0%/*}/live.sh" tiny-vm debian-rootfs
#   project 'machine "web" { box = "@tiny-vm@", memory = 128 }'
#   exits 0 'it comes up' bothy up
#   done_testing

# --- outside of the private host -------------------------------------------------------------

live_skip() { echo "1..0 # SKIP $1" && exit 0; }

live_boxes() {
	local box path
	for box; do
		path=$("$TESTS/boxes/build" "$box") || exit 1
		export "BOTHY_TEST_BOX_${box//-/_}=$path"
	done
}

# What the host has to say before the test begins is the reason why there is none.
live_enter() {
	local said status
	export BOTHY_TEST_LIVE=1
	{ said=$("$TESTS/host" "$(realpath "$0")" 2>&1 >&3); } 3>&1 4>&2
	status=$?
	((status != 69)) || live_skip "${said#tests/host: }"
	printf '%s' "$said" >&2
	exit "$status"
}

TESTS=$(realpath "${BASH_SOURCE[0]%/*}/..")
if [[ -z ${BOTHY_TEST_LIVE:-} ]]; then
	(($(id -u) == 0)) || live_skip 'needs root'
	for tool in mmdebstrap zstd jq ssh virsh; do
		command -v "$tool" >/dev/null || live_skip "$tool is not installed: try 'sudo make deps'"
	done
	live_boxes "$@"
	live_enter
fi
exec 2>&4 3>&- 4>&-

# --- inside ----------------------------------------------------------------------------------

# shellcheck source=../lib.sh
. "$TESTS/lib.sh"
export LIBVIRT_DEFAULT_URI=qemu:///system

# A program that hangs is a failure of this test, not of the whole run.
bothy() { timeout --foreground -k 5 "${LIMIT_S:-800}" "$BOTHY" "$@"; }

# box NAME: its path.
box() {
	local name=BOTHY_TEST_BOX_${1//-/_}
	echo "${!name}"
}

# envfile TEXT: writes bothy.lua; @NAME@ stands for the path of that box.
envfile() {
	local text=$1 name value
	while IFS='=' read -r name value; do
		name=${name#BOTHY_TEST_BOX_}
		text=${text//@${name//_/-}@/$value}
	done < <(env | grep '^BOTHY_TEST_BOX_')
	printf '%s\n' "$text" >bothy.lua
}

# project TEXT: enters a new project with that file. Root's boxes are where root has them.
project() {
	new_project_named "${NAME:-project}"
	unset BOTHY_HOME
	envfile "$1"
}

# serve DIRECTORY: starts a web server for it (see tests/web/server); sets $web, its address, and $TEST_TMP/requests.
serve() {
	local port
	coproc WEB { exec "$TESTS/web/server" "$1" "$TEST_TMP/requests" 2>&1; }
	read -r port <&"${WEB[0]}" || exit 1
	web=http://127.0.0.1:$port
}

# Everything that machines leave traces in, one a line; what may stay are boxes.
host_state() {
	local uri name
	for uri in qemu:///system lxc:///; do
		virsh -q -c "$uri" list --all --name | sed '/./!d; s/^/domain /'
	done
	virsh -q net-list --all --name | sed '/./!d; s/^/network /'
	virsh -q pool-list --all --name | while read -r pool; do
		[[ -z $pool ]] || virsh -q vol-list "$pool" | awk '{ print "volume " $1 }'
	done | grep -Ev ' ([0-9a-f]{64}\.|base-)' || true
	# Of what is mounted elsewhere this host has copies, as of boxes that are just being built.
	awk '$5 ~ "^(/var/lib/|/run/|/tmp/bothy)" { print "mount " $5 }' /proc/self/mountinfo
	# One at a time: pgrep takes a pattern of more than 15 characters for a name that cannot be.
	for name in dnsmasq qemu libvirt_lxc bothy; do
		pgrep -l "^$name" | sed 's/^[0-9]*/process/'
	done
	ip -o link | awk -F ': ' '{ print "device " $2 }'
	ip neigh show nud permanent | sed 's/^/neighbour /'
	nft list tables 2>/dev/null | sed '/ ip6\? \(filter\|nat\|mangle\)$/d; s/^/rules /'
	iptables-save 2>/dev/null | grep -o -- '-[io] by[0-9a-f]*' | sort | uniq -c | sed 's/^ */rules /'
	find /var/lib/bothy/machines -mindepth 1 -maxdepth 2 2>/dev/null | sed 's/^/file /'
	find "$PROJECT" -mindepth 1 ! -name bothy.lock ! -path '*/.bothy' ! -path '*/.bothy/logs*' | sed 's/^/file /'
}

# state_of MACHINE: as 'bothy status' has it.
state_of() { bothy status --json | jq -r --arg name "$1" '.[] | select(.name == $name).state'; }

# says FILE REGEX SECONDS: waits until a program that is running has written that.
says() { wait_until "${3:-60}" grep -qE "$2" "$1"; }

# in_background COMMAND…: starts it with its output in $TEST_TMP/log; sets $job, its process. What the one before said is
# gone from there before this one starts.
in_background() {
	: >"$TEST_TMP/log"
	"$@" >"$TEST_TMP/log" 2>&1 </dev/null &
	job=$!
}

# ends STATUS DESCRIPTION: the background program does, by itself, with that status.
ends() {
	status=0
	wait "$job" || status=$?
	out=$(tr -d '\0' <"$TEST_TMP/log") err=
	is "$status" "$1" "$2"
}

began=$EPOCHREALTIME

# took SECONDS DESCRIPTION: the time since $EPOCHREALTIME was stored in $began, as a comment, held to a generous bound
# (see $tap_patience).
took() {
	local ms=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	echo "# $2: $ms ms"
	ok "$2 within $1 s" test "$ms" -le $(($1 * 1000 * tap_patience))
}
