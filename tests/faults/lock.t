#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy.lock when up is killed or fails at any change below the project: the old one or the new one.
. "${0%/*}/../lib.sh"
. "${0%/*}/failio.sh"
. "$TOP/tests/cli/project.sh"

# prepare: the lane's project is up with one box; $lane/new.lua wants a second one, for which $lane/new.lock is right.
prepare() {
	mkdir -p "$PROJECT" && cd "$PROJECT" || exit
	make_box a.img && { cat a.img && echo b; } >another.img
	echo 'machine "a" { box = "a.img" }' >bothy.lua
	"$BOTHY" up -q || exit
	cp -a "$PROJECT" "$lane/old" && cp -a "$BOTHY_HOME" "$lane/old.home"
	{ cat bothy.lua && echo 'machine "b" { box = "another.img" }'; } >"$lane/new.lua"
	cp "$lane/new.lua" bothy.lua
	"$BOTHY" up -q && cp bothy.lock "$lane/new.lock"
}

lock_is_whole() {
	cmp -s bothy.lock "$lane/$1" || cmp -s bothy.lock "$lane/new.lock" || echo "bothy.lock is $(<bothy.lock)"
}

# after_fault N HOW: what is wrong after that fault of an up that makes the second machine.
after_fault() {
	export PROJECT=$lane/project BOTHY_HOME=$lane/home
	[[ -e $lane/new.lock ]] || prepare
	cd / && rm -rf "$PROJECT" "$BOTHY_HOME"
	cp -a "$lane/old" "$PROJECT" && cp -a "$lane/old.home" "$BOTHY_HOME" && cd "$PROJECT" || return
	cp "$lane/new.lua" bothy.lua
	under=$PROJECT
	faulty "$1" "$2" "$BOTHY" up
	[[ -n $hit ]] || return
	lock_is_whole old/bothy.lock
	plainly "$BOTHY" up
	((status == 0)) || echo "the next up failed: $said"
	cmp bothy.lock "$lane/new.lock" 2>&1
	ls bothy.lock.* 2>/dev/null
}

export BOTHY_PROVIDER=fake
for how in killed torn failing; do
	every_change 'up' "$how" after_fault 1
done
done_testing
