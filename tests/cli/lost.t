#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that got lost: .bothy, keys, temporary ones, bothy.lua, and a bothy.lua that broke.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
bothy up -q
ids=$(engine '.machines | keys')
rm -r .bothy
is "$(states)" 'db=running node=running web=running' 'without .bothy status works'
exits 0 'plan too' bothy plan
like "$out" "db +change +its keys in .bothy are gone or damaged; restarts it" 'it says what is missing'
exits 0 'halt too' bothy halt
is "$(states)" 'db=stopped node=stopped web=stopped' 'all are off'
exits 0 'up' bothy up
is "$(states)" 'db=running node=running web=running' 'gives them new keys'
is "$(engine '.machines | keys')" "$ids" 'they are the same machines'
ok 'the keys are there' test -s .bothy/machines/web/id_ed25519
exits 0 'then' bothy up
like "$out" '^nothing to do' 'all is well'
echo damaged >.bothy/machines/web/id_ed25519 && : >.bothy/machines/web/host_ed25519
truncate -s 100 .bothy/machines/db/host_ed25519
exits 0 'keys that are damaged' bothy plan
is "$(grep -c 'change  its keys in .bothy are gone or damaged; restarts' <<<"$out")" 2 'are as good as none'
exits 0 'up' bothy up
exits 0 'makes others, and then' bothy up
like "$out" '^nothing to do' 'all is well'
rm -r .bothy
exits 0 'destroy works too' bothy destroy -f
is "$(engine '.machines | length')" 0 'all are gone'

TMPDIR=/nonexistent exits 1 'up without a place for temporary files' bothy up
like "$err" 'hint: .*TMPDIR' 'is told where it is looked for'
bothy up -q
rm bothy.lua
is "$(states)" 'db=running node=running web=running' 'without bothy.lua status works'
mkdir sub
is "$(cd sub && states)" 'db=running node=running web=running' 'also below'
exits 0 'halt of one' bothy halt node
exits 0 'halt of all' bothy halt
is "$(states)" 'db=stopped node=stopped web=stopped' 'works'
exits 1 'up' bothy up
like "$err" "there is no 'bothy.lua' in '$PROJECT' any more" 'needs the file'
exits 1 'reload and provision' bothy reload
exits 1 'as well' bothy provision
exits 1 'validate too' bothy validate
exits 64 'a name that is unknown' bothy halt wep
like "$err" "did you mean 'web'" 'has a nearest one'
exits 0 'destroy' bothy destroy -f
is "$(engine '.machines | length')" 0 'works'
ok 'only what is the user'"'"'s stays' test "$(find . -type f | sort | tr '\n' ' ')" = './app.conf ./bothy.lock ./box.img '
exits 1 'then' bothy status
like "$err" "there is no 'bothy.lua'" 'there is no project any more'

three_machines
bothy up -q
echo 'machine {' >bothy.lua
exits 65 'with a broken file' bothy reload
like "$err" 'bothy.lua:[12]: ' 'the mistake is told'
cd / || exit 1
id=$(engine '.machines | keys[0]')
exits 0 'by its id' bothy halt "$id"
exits 0 'a machine can be halted and destroyed' bothy destroy -f "$id"
is "$(engine '.machines | length')" 2 'it alone'
done_testing
