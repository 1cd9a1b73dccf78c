#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Downloads over several runs and by several processes.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
export BOTHY_HTTP=wait=20,retries=3,stall=5
make_box_of "$FILES/box.img" good 4
make_box_of "$FILES/other.img" other 2
size=$(stat -c %s "$FILES/box.img")
digest=$(digest_of "$FILES/box.img")

new_project

# --- over several runs ------------------------------------------------------------------------

anew
url=$(catalog_of half "$WEB/stall/50/box.img")
BOTHY_HTTP=stall=100 "$BOTHY" box add "$url" >/dev/null 2>&1 &
adding=$!
ok 'half of the box comes' wait_until 20 has_come $((size / 2 - 512))
kill -9 $adding
wait $adding 2>/dev/null
is "$(bothy box list --json | jq -c .)" '[]' 'killed then, no box is there'
is "$(find "$BOTHY_HOME/fake-bases" -name '*.0' 2>/dev/null)" '' 'and no disk'
exits 0 'the next one' bothy box add "$url"
like "$(requests 'range=bytes=')" "range=bytes=$((size / 2))- if-range=\".*bytes=$((size - size / 2))/$((size - size / 2))" \
	'asks for the other half'
ok 'has the right box' holds "$FILES/box.img"
is "$(stored)" "$one_box" 'and nothing else is left'

anew
url=$(catalog_of whole "$WEB/box.img")
for trouble in half=1 kill=1; do
	BOTHY_FAKE=$trouble run bothy box add "$url"
	ok "an engine that fails ($trouble)" test "$status" -ne 0
	like "$(stored)" '^names=0 .* downloads=2$' 'leaves the download, and no name'
done
is "$(sent box.img)" $((size + 1)) 'a second try asks whether the file is still the same'
exits 0 'the next one' bothy box add "$url"
is "$(sent box.img)" $((size + 2)) 'takes what is there'
ok 'which is right' holds "$FILES/box.img"
is "$(stored)" "$one_box" 'and clears up'

anew
gzip -k "$FILES/box.img"
url=$(catalog_of packed "$WEB/box.img.gz" "$(digest_of "$FILES/box.img.gz")")
head -c 20M /dev/zero >>"$FILES/box.img" && gzip -c "$FILES/box.img" >"$FILES/box.img.gz"
url=$(catalog_of packed "$WEB/box.img.gz" "$(digest_of "$FILES/box.img.gz")")
run bash -c 'ulimit -f 10000; exec "$0" box add "$1"' "$BOTHY" "$url"
is "$status" 1 'a disk that is too small'
like "$err" "cannot use box 'packed': cannot write '.*': (file too large|no space)" 'is told'
like "$(stored)" 'names=0 boxes=0 fake-bases=0 downloads=2' 'what has come stays'
first=$(sent box.img.gz)
exits 0 'with more room' bothy box add "$url"
is "$(sent box.img.gz)" $((first + 1)) 'it is not sent again'
ok 'the box is right' cmp "$FILES/box.img" "$BOTHY_HOME/fake-bases/$(digest_of "$FILES/box.img.gz").0"
truncate -s "$size" "$FILES/box.img"

# --- several at once --------------------------------------------------------------------------

anew
url=$(catalog_of slow "$WEB/slow/4000000/box.img")
"$BOTHY" box add "$url" >"$TEST_TMP/p1" 2>&1 &
first=$!
ok 'one brings a box' wait_until 20 has_come 4096
"$BOTHY" box add "$url" >"$TEST_TMP/p2" 2>&1 &
second=$!
"$BOTHY" box add --name again "$url" >"$TEST_TMP/p3" 2>&1 &
third=$!
ok 'it comes' wait $first
ok 'to others who want it too' wait $second
ok 'also under another name' wait $third
is "$(grep -c '^begin /slow' "$WEB_LOG")" 1 'in one download'
like "$(cat "$TEST_TMP"/p[23])" "waiting for box 'slow'" 'they tell that they wait'
is "$(stored)" 'names=2 boxes=1 fake-bases=1 downloads=0' 'it is there once'
ok 'whole' holds "$FILES/box.img"

anew
adding=()
for i in 1 2 3 4 5 6; do
	make_box_of "$FILES/many/$i.img" "box $i" 1
	"$BOTHY" box add --name "box$i" "$WEB/many/$i.img" >"$TEST_TMP/p$i" 2>&1 &
	adding+=($!)
done
for i in "${adding[@]}"; do
	wait "$i" || fail "one of several boxes at once"
done
is "$(stored)" 'names=6 boxes=6 fake-bases=6 downloads=0' 'several boxes at once'
for i in 1 2 3 4 5 6; do
	holds "$FILES/many/$i.img" || fail "box $i"
done

# The first process is killed while others wait for it.
anew
url=$(catalog_of slow "$WEB/stall/50/box.img?n=1")
BOTHY_HTTP=stall=100 "$BOTHY" box add "$url" >/dev/null 2>&1 &
first=$!
wait_until 20 has_come $((size / 2 - 512))
"$BOTHY" box add "$url" >"$TEST_TMP/p2" 2>&1 &
second=$!
ok 'one waits for another' wait_until 10 grep -q waiting "$TEST_TMP/p2"
kill -9 $first
ok 'who dies; it goes on' wait $second
ok 'to the right box' holds "$FILES/box.img"
is "$(sent 'stall/50/box.img')" "$size" 'with what was there'
done_testing
