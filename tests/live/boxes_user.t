#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes of people who are not root: a member of the group libvirt, whose VMs are the host's, and anybody with a libvirt of
# their own.
. "${0%/*}/live.sh" tiny-vm

# Two users on this host alone: both files are hidden behind copies here, and only here.
for name in passwd group; do cp "/etc/$name" "$TEST_TMP/$name"; done
printf '%s\n' "member:x:12345:12345::$TEST_TMP/member:/bin/sh" "stranger:x:23456:23456::$TEST_TMP/stranger:/bin/sh" \
	>>"$TEST_TMP/passwd"
printf '%s\n' member:x:12345: stranger:x:23456: >>"$TEST_TMP/group"
sed -i 's/^\(libvirt:.*:\)\(.*\)$/\1member,\2/; s/,$//' "$TEST_TMP/group"
for name in passwd group; do mount --bind "$TEST_TMP/$name" "/etc/$name"; done
chmod 711 "$TEST_TMP"
install -m 755 "$BOTHY" "$TEST_TMP/program"
install -m 644 "$(box tiny-vm)" "$TEST_TMP/tiny.qcow2"
bytes=$(stat -c %s "$TEST_TMP/tiny.qcow2")

# as USER COMMAND…: with that user's home and rights, and no others.
as() {
	local home=$TEST_TMP/$1
	timeout --foreground -k 5 800 setpriv --reuid "$1" --regid "$1" --init-groups \
		env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home/run" LC_ALL=C.UTF-8 ${uri:+BOTHY_LIBVIRT_URI=$uri} "${@:2}"
}
for name in member stranger; do
	mkdir -p "$TEST_TMP/$name/run" "$TEST_TMP/$name/project" && chmod 700 "$TEST_TMP/$name/run"
	chown -R "$name:" "$TEST_TMP/$name"
done
pool() { virsh pool-dumpxml bothy | sed -n 's,.*<path>\(.*\)</path>,\1,p'; }
bases() { find "$1" -name 'base-*' -size "${bytes}c" | wc -l; }

# --- a member of the group -------------------------------------------------------------------

cd "$TEST_TMP/member/project" || exit 1
bothy=$TEST_TMP/program
exits 0 'a member brings a box' as member "$bothy" box add tiny ../../tiny.qcow2
is "$(stat -c %U "$TEST_TMP"/member/.local/share/bothy/names/* | sort -u)" member 'which is known in a store of theirs'
is "$(bases "$(pool)")" 1 'and lies in the host'\''s pool'
is "$(find "$TEST_TMP/member" -size +1M)" '' 'and nowhere else'
exits 0 'init' as member "$bothy" init tiny
exits 0 'up' as member "$bothy" up
exits 0 'ssh' as member "$bothy" ssh -c hostname
is "$out" default 'logs in'
exits 75 'box remove' as member "$bothy" box remove tiny
like "$err" "used by machine 'default'" 'refuses while the machine is there'
exits 0 'root brings the same box' env -u BOTHY_HOME "$BOTHY" box add tiny "$TEST_TMP/tiny.qcow2"
is "$(bases "$(pool)")" 1 'of which there still is one copy'
exits 0 'destroy' as member "$bothy" destroy -f
exits 0 'box remove' as member "$bothy" box remove tiny
exits 0 'of root, too' env -u BOTHY_HOME "$BOTHY" box remove tiny
is "$(ls -A "$(pool)")" '' 'leaves nothing in the pool'

# --- a libvirt of one's own ------------------------------------------------------------------

cd "$TEST_TMP/stranger/project" || exit 1
exits 1 'a stranger to the group may not bring a box for the host' as stranger "$bothy" box add tiny ../../tiny.qcow2
like "$err" 'hint: .*libvirt' 'and is told why'
is "$(find "$TEST_TMP/stranger" -size +1M)" '' 'and nothing is left of it'
uri=qemu:///session
exits 0 'but one for themselves' as stranger "$bothy" box add tiny ../../tiny.qcow2
own=$(as stranger virsh -c "$uri" pool-dumpxml bothy | sed -n 's,.*<path>\(.*\)</path>,\1,p')
like "$own" "^$TEST_TMP/stranger/" 'which lies in a pool of theirs'
is "$(bases "$own")" 1 'once'
is "$(stat -c %U "$own"/*  | sort -u)" stranger 'and is theirs'
exits 0 'box list' as stranger "$bothy" box list --json
is "$(json 'map([.name, .provider, .in_use])')" '[["tiny","kvm",false]]' 'shows it'
exits 0 'box info' as stranger "$bothy" box info tiny
exits 0 'box add of it again' as stranger "$bothy" box add tiny ../../tiny.qcow2 --json
is "$(json .new)" false 'has nothing to do'
exits 0 'box remove' as stranger "$bothy" box remove tiny
is "$(ls -A "$own")" '' 'leaves nothing'
is "$(as stranger "$bothy" box list --json)" '[]' 'and there is no box any more'
done_testing
