#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy.lock: written by the first up, obeyed afterwards, with mirrors, and refused where it is wrong.
# shellcheck disable=SC2119 # fields of a project may be left out
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"
. "${0%/*}/lock.sh"

# --- written by the first up ------------------------------------------------------------------

project
exits 0 'plan' bothy plan
is "$(cat "$WEB_LOG")" '' 'asks nobody'
ok 'and writes no lock' test ! -e bothy.lock
up_brings 1.1 'the first up'
is "$(cat bothy.lock)" "{\"box\":\"web/box\",\"provider\":\"kvm\",\"architecture\":\"$arch\",\"version\":\"1.1\",\"size\":65536,\"sha256\":\"$(digest_of "$FILES/1.1.img")\",\"urls\":[\"$WEB/1.1.img\"]}
{\"file\":\"app.sh\",\"sha256\":\"$(digest_of app.sh)\"}" 'writes what it used, a line an item'
before=$(stat -c %Y.%i bothy.lock)
thawed 'then'
exits 0 'up again' bothy up
is "$(stat -c %Y.%i bothy.lock)" "$before" 'does not write it again'
offer 1.0 1.1 2.0
forget_requests
exits 0 'a newer version' bothy plan
is "$(cat "$WEB_LOG")" '' 'is not even looked for'
like "$out" '^nothing to do' 'there is nothing to do'
bothy destroy -q -f
up_brings 1.1 'up after destroy'
lost
up_brings 1.1 'up where the store was lost'
is "$(requests 'GET /catalog')" '' 'the catalog is not asked'
like "$(requests 'GET /1.1.img')" 'status=200' 'the address of the lock is'
lost
thawed 'from nothing'
lost
rm bothy.lock
up_brings 2.0 'without the lock'

# --- mirrors ----------------------------------------------------------------------------------

project
bothy up -q
mkdir "$FILES/mirror" && cp "$FILES/1.1.img" "$FILES/mirror"
sed -i "s,\"urls\":\[\([^]]*\)\],\"urls\":[\1\,\"$WEB/mirror/1.1.img\"]," bothy.lock
cp bothy.lock kept.lock
thawed 'a mirror added by hand'
mv "$FILES/1.1.img" "$FILES/gone.img"
lost
cp "$FILES/gone.img" "$FILES/1.1.img" && touch "$TEST_TMP/empty" && rm "$FILES/1.1.img"
exits 0 'is used where the first one has nothing' bothy up -q
cp "$FILES/gone.img" "$FILES/1.1.img"
is "$(engine '.machines[].box_digest')" "$(digest_of "$FILES/1.1.img")" 'with the same box'
is "$(box_line '.urls | sort' | tr -d '\n')" "[\"$WEB/1.1.img\",\"$WEB/mirror/1.1.img\"]" 'both are kept'
thawed 'and'
exits 0 'lock --update' bothy lock --update
is "$(box_line '.urls | sort')" "[\"$WEB/1.1.img\",\"$WEB/mirror/1.1.img\"]" 'keeps them, too, while it is the same box'

# --- what is wrong with it --------------------------------------------------------------------

project
bothy up -q
cp bothy.lock good.lock
make_box_of "$FILES/evil.img" evil
lost
cp "$FILES/1.1.img" "$FILES/real.img" && cp "$FILES/evil.img" "$FILES/1.1.img"
exits 1 'another file at its address' bothy up
like "$err" "the box that bothy.lock has: cannot use box 'web/box': .*$(digest_of "$FILES/real.img").*"$'\n'"hint: .*bothy lock --update" 'names bothy.lock'
is "$(find "$BOTHY_HOME"/{names,boxes,fake-bases} -type f 2>/dev/null)" '' 'nothing is stored'
is "$(cat bothy.lock)" "$(cat good.lock)" 'the lock is as it was'
is "$(engine '.machines // {} | length')" 0 'there is no machine'
cp "$FILES/real.img" "$FILES/1.1.img"
lost
mv "$FILES/1.1.img" "$FILES/away.img"
exits 1 'no file at its address' bothy up
like "$err" "the box that bothy.lock has: cannot use box 'web/box': .*status 404.*"$'\n'"hint: .*bothy lock --update" 'names bothy.lock, too'
mv "$FILES/away.img" "$FILES/1.1.img"
{
	echo '<<<<<<< HEAD'
	cat good.lock
	echo '======='
	echo '>>>>>>> other'
} >bothy.lock
for command in up plan 'lock --check' lock; do
	# shellcheck disable=SC2086 # they are words
	exits 1 "a conflict left in it: $command" bothy $command
	like "$err" "bothy.lock:1: a conflict of a merge is left here" '  is told, with its line'
done
exits 0 'destroy' bothy destroy -f
{ cat good.lock good.lock; } >bothy.lock
exits 1 'the same item twice' bothy up
like "$err" 'bothy.lock:3: the same box is in line 1 already' 'has a line'
echo '{"box":"x"}' >bothy.lock
exits 1 'half of an item' bothy up
like "$err" "bothy.lock:1: \"provider\" is missing" 'as well'
mkdir lock.d && rm bothy.lock && mv lock.d bothy.lock
exits 1 'a directory' bothy up
like "$err" "'.*bothy.lock'" 'is told'
rmdir bothy.lock
done_testing
