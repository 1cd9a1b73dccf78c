#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes from servers that misbehave: in the end there is the right box or a clear error, never a broken one.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
export BOTHY_HTTP=wait=20,retries=3,stall=1
make_box_of "$FILES/box.img" good 2
make_box_of "$FILES/other.img" other 2
size=$(stat -c %s "$FILES/box.img")
digest=$(digest_of "$FILES/box.img")

new_project

# --- lines that break -------------------------------------------------------------------------

# The first request only looks what it is, hence twice.
for percent in 1 50 99; do
	arrives "cut/$percent/box.img?times=2" "a line that breaks at $percent %"
	like "$(requests 'range=bytes=[1-9]' | tail -n 1)" "status=206 .*range=bytes=$((size * percent / 100))- if-range=\"" \
		'  it went on where it had ended'
done
arrives 'cut/50/box.img?times=4' 'one that breaks again and again'
arrives 'cut/0/box.img?times=2' 'one that breaks behind the head'
arrives 'cut/50/box.img?times=2&reset=1' 'one that is reset'
arrives 'dead/box.img?times=2' 'a server that hangs up'
arrives 'status/503/box.img?times=3' 'one that has no time now'
arrives 'stall/50/box.img?times=2' 'one that falls silent'
like "$(requests 'range=bytes=[1-9]')" 'status=206' '  it went on'
arrives 'norange/cut/50/box.img?times=2' 'one without ranges'
is "$(requests 'range=bytes=[1-9]' | grep -c status=200)" 1 '  which sends it all again'
arrives 'nodate/noetag/cut/50/box.img?times=2' 'one that does not tell which file it is'
is "$(requests 'range=bytes=[1-9]')" '' '  is not asked for parts'
arrives 'weak/cut/50/box.img?times=2' 'one that does not tell it well'
arrives 'wrongrange/7/cut/50/box.img?times=2' 'one that gives another part than it was asked for'
arrives 'partial/300000/cut/50/box.img?times=2' 'one that gives small parts'
arrives 'chunked/cut/50/box.img?times=2' 'one that does not tell how much it is'
arrives 'longer/100/box.img' 'one that sends more than it told'
arrives 'hop/5/box.img' 'one that sends elsewhere, often'
fails 'cut/50/box.img?times=100' "$WEB/cut/50/box.img.*(closed|end|outstanding)" 'a line that always breaks'
BOTHY_HTTP=wait=20,retries=1,stall=1
fails 'stall/50/box.img?times=100' "$WEB/stall/50/box.img.*(slow|timed out|Timeout)" 'a server that is always silent'
BOTHY_HTTP=wait=20,retries=3,stall=1
fails 'shorter/100/box.img' "$WEB/shorter/100/box.img.*" 'one that sends less than it told'
fails 'unframed/box.img' 'does not tell how long the file is' 'one whose end cannot be told from a broken line'
fails 'loop' 'redirects in a circle' 'one that redirects to itself'
fails 'loop/2' 'redirects in a circle' 'in a larger circle'
fails 'hop/50/box.img' 'redirects more than' 'and on and on'
fails 'none.img' 'there is no such file' 'one without the file'
fails 'status/404/box.img?times=100' 'there is no such file' 'one that denies it'
fails 'status/500/box.img?times=100' 'cannot answer now' 'one that is broken'
fails 'auth/bearer/SECRET/box.img' 'it wants a login.*config.lua' 'one that wants a login'

# --- files that change ------------------------------------------------------------------------

# The file becomes another one while half of it has come.
anew
cp "$FILES/box.img" "$FILES/changing.img"
"$BOTHY" box add --name it "$WEB/stall/50/changing.img?times=2" >"$TEST_TMP/changing" 2>&1 &
adding=$!
half_is_here() { find "$BOTHY_HOME/downloads" -type f -size +1023k | grep -q .; }
ok 'half of a file comes' wait_until 10 half_is_here
cp "$FILES/other.img" "$FILES/changed.img" && touch -d '1 hour' "$FILES/changed.img"
mv "$FILES/changed.img" "$FILES/changing.img"
ok 'then it is another one' wait $adding
ok 'which is the box' holds "$FILES/other.img"
is "$(stored)" "$one_box" 'and the only one'
like "$(cat "$TEST_TMP/changing")" 'the file changed on the server; beginning anew' 'this is told'
anew
exits 1 'one that changes into what is no box' bothy box add "$WEB/changing/cut/50/box.img?times=2"
like "$err" 'not a box that is understood' 'is none'
is "$(stored)" "$nothing" 'and not kept'

# --- what the catalog says --------------------------------------------------------------------

anew
catalog web/box >"$FILES/wrong" <<<"1.0 libvirt - box.img $(digest_of "$FILES/other.img")"
exits 1 'a wrong checksum' bothy box add "$WEB/wrong"
like "$err" "cannot use box 'web/box': .*$digest.*$(digest_of "$FILES/other.img")|cannot use box 'web/box': .*$(digest_of "$FILES/other.img").*$digest" \
	'is told, with what was wanted and what came'
is "$(stored)" "$nothing" 'and nothing is kept'
catalog web/box >"$FILES/good" <<<"1.0 libvirt - cut/50/box.img?times=3 $digest"
exits 0 'a right one' bothy box add "$WEB/good"
ok 'lets it in' holds "$FILES/box.img"
for change in 'SHA256SUMS sha256' 'SHA512SUMS sha512' 'it.img.sha256 sha256'; do
	read -r list kind <<<"$change"
	anew
	cp "$FILES/box.img" "$FILES/it.img"
	echo "$("${kind}sum" <"$FILES/it.img" | cut -d' ' -f1) *it.img" >"$FILES/$list"
	exits 0 "a file $list beside it" bothy box add "$WEB/it.img"
	cp "$FILES/other.img" "$FILES/it.img"
	anew
	exits 1 'is obeyed' bothy box add "$WEB/it.img"
	like "$err" "$kind" 'and named'
	is "$(stored)" "$nothing" 'nothing is kept'
	exits 0 'but what the user says counts more' bothy box add --checksum "sha256:$(digest_of "$FILES/other.img")" "$WEB/it.img"
	rm "$FILES/$list"
done
done_testing
