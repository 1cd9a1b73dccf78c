#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which file and which provider: parents, -C, BOTHY_FILE, BOTHY_PROVIDER, --provider.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

directory() { bothy "$@" status --json | jq -r '.[0].directory'; }

three_machines
mkdir -p deep/er
is "$(cd deep/er && directory)" "$PROJECT" 'the file is found in a parent'
exits 0 'up from there' bothy -C deep/er up -q
ok 'writes beside the file' test -d .bothy -a ! -e deep/er/.bothy
is "$(cd / && directory -C "$PROJECT/deep")" "$PROJECT" '-C goes there first'
is "$(cd / && directory --directory="$PROJECT")" "$PROJECT" 'so does --directory'
ln -s "$PROJECT" "$TEST_TMP/link"
is "$(cd / && directory -C "$TEST_TMP/link")" "$PROJECT" 'a symlink is the same project'
exits 1 '-C to nowhere' bothy -C /nonexistent up
like "$err" "cannot .*'/nonexistent': no such file or directory" 'is told so'
exits 64 '-C without a directory' bothy -C
like "$err" "option '-C' needs DIR" 'is told so'

mkdir other && make_box other/box.img
echo 'machine "solo" { box = "box.img" }' >other/env.lua
is "$(BOTHY_FILE=other/env.lua directory)" "$PROJECT/other" 'BOTHY_FILE names the file'
is "$(cd / && BOTHY_FILE=$PROJECT/other/env.lua directory)" "$PROJECT/other" 'from anywhere'
is "$(cd / && BOTHY_FILE=other/env.lua directory -C "$PROJECT")" "$PROJECT/other" 'relative to -C'
is "$(BOTHY_FILE='' directory)" "$PROJECT" 'an empty one does not count'
BOTHY_FILE=missing.lua exits 1 'one that is missing' bothy validate
like "$err" "missing.lua'.*no such file" 'is named'
BOTHY_FILE=other/env.lua exits 0 'validate' bothy validate
is "$out" "'other/env.lua' is valid: 1 machine" 'names it as the user would'

provider() { bothy "$@" status --json | jq -r '[.[].provider] | unique | join(" ")'; }
new_project
make_box box.img
echo 'machine "a" { box = "box.img" } machine "b" { box = "box.img", provider = "fake" }' >bothy.lua
is "$(provider)" fake 'BOTHY_PROVIDER is for machines that name none'
is "$(BOTHY_PROVIDER=kvm provider --provider fake)" fake '--provider wins over it'
exits 64 'a provider that does not exist' bothy --provider fakee status
like "$err" "option '--provider': there is no provider 'fakee'.hint: did you mean 'fake'\?" 'has a nearest one'
BOTHY_PROVIDER=bogus exits 64 'the same from the environment' bothy validate
like "$err" "BOTHY_PROVIDER: there is no provider 'bogus'" 'is told as such'
echo 'machine "a" { box = "box.img", provider = "fakee" }' >bothy.lua
exits 65 'one in the file' bothy validate
like "$err" "bothy.lua:1: .*'fakee'.*'fake'" 'is a mistake of the file'

three_machines
bothy up -q
is "$(find "$BOTHY_HOME" -maxdepth 1 -name fake.json | wc -l)" 1 'BOTHY_HOME is where things are kept'
unset BOTHY_HOME
if ((EUID == 0)); then
	skip 'XDG_DATA_HOME is where a user keeps them' 'root has /var/lib/bothy'
else
	bothy up -q && ok 'XDG_DATA_HOME is where a user keeps them' test -e "$XDG_DATA_HOME/bothy/fake.json"
fi
done_testing
