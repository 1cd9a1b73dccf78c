#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two processes at one box: one is killed, or removes what the other adds.
. "${0%/*}/../lib.sh"
. "${0%/*}/failio.sh"
. "${0%/*}/store.sh"
. "$TOP/tests/cli/web.sh"

# pair N: what is wrong when one of two that add the box is killed at its N-th change.
pair() {
	local one two
	env LD_PRELOAD="$FAILIO" FAILIO_N="$1" FAILIO_UNDER="$BOTHY_HOME" FAILIO_KILL=before "$BOTHY" box add "${add[@]}" \
		>"$TEST_TMP/one" 2>&1 &
	one=$!
	"$BOTHY" box add "${add[@]}" >"$TEST_TMP/two" 2>&1 </dev/null &
	two=$!
	wait "$one" 2>/dev/null
	wait "$two" || echo "the other one failed: $(<"$TEST_TMP/two")"
	is_right
	[[ $listed == "$wanted" ]] || echo 'it is not in the store'
	can_be_added
}

# pairs LAST: some twenty of them, killed at changes up to that.
pairs() {
	local n found=''
	for ((n = 1; n <= $1; n += $1 / 20)); do
		rm -rf "${FAST:?}/home"
		export BOTHY_HOME=$FAST/home
		found+=$(pair "$n" 2>&1 | sed "s/^/killed at $n: /")
	done
	is "$found" '' "$label: one is killed, the other one completes"
}

# has_open PID FILE: that process has it open, or is gone.
has_open() { [[ ! -d /proc/$1/fd ]] || find "/proc/$1/fd" -lname "$2" | grep -q .; }

# A removal that has looked who names the box, and waits for the engine while the box gets another name.
named_while_removed() {
	local held removal addition
	cp -a "$FAST/good" "$FAST/home"
	export BOTHY_HOME=$FAST/home
	exec {held}>"$BOTHY_HOME/fake.json.lock" && flock "$held"
	"$BOTHY" box remove "$box_name" {held}>&- >"$TEST_TMP/one" 2>&1 &
	removal=$!
	wait_until 20 has_open "$removal" "$BOTHY_HOME/fake.json.lock" || echo 'the removal does not come to the engine'
	"$BOTHY" box add --name other --checksum "sha256:$digest" "${add[@]}" {held}>&- >"$TEST_TMP/two" 2>&1 &
	addition=$!
	wait_until 20 has_open "$addition" "$BOTHY_HOME/names.lock" || echo 'the addition does not wait'
	exec {held}>&-
	wait "$removal" || echo "the removal failed: $(<"$TEST_TMP/one")"
	wait "$addition" || echo "the addition failed: $(<"$TEST_TMP/two")"
	[[ $("$BOTHY" box list --json | jq -c 'map(.name)') == '["other"]' ]] || "$BOTHY" box list
	is_whole
}

new_project
make_box raw.img && disk=$PWD/raw.img
a_box 'a disk image' --provider fake raw.img
pairs 42
rm -rf "${FAST:?}/home"
is "$(named_while_removed)" '' '  a name that it gets while it is removed has it'

serve
make_box "$FILES/web.img" && head -c 200000 /dev/urandom >>"$FILES/web.img" && disk=$FILES/web.img
a_box 'a box from the web' --provider fake "$WEB/web.img"
pairs 80

if ((EUID == 0)); then
	make_rootfs root.tar.gz && disk=''
	a_box 'a root filesystem' root.tar.gz
	pairs 190
else
	skip 'a root filesystem' 'needs root'
fi
done_testing
