#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy.lock held against the file: constraints, frozen, and what others wrote into it.
# shellcheck disable=SC2119 # fields of a project may be left out
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"
. "${0%/*}/lock.sh"

# --- constraints ------------------------------------------------------------------------------

project 'box_version = "< 1.1",'
up_brings 1.0 'a constraint'
sed -i 's/"< 1.1"/">= 1.0"/' bothy.lua
frozen 'one that the lock still fits' "box web/box >= 1.0 \(kvm, $arch\): not locked yet" \
	"box web/box < 1.1 \(kvm, $arch\): no longer used"
offer 1.0 1.1 2.0
up_brings 1.0 'up then'
is "$(box_line '[.wanted, .version]')" '[">= 1.0","1.0"]' '  which writes that'
thawed 'and'
offer 1.0 1.1
sed -i 's/">= 1.0"/">= 1.1"/' bothy.lua
frozen 'one that it does not fit any more' "box 'web/box' \(kvm, $arch\) of machine 'default'.*bothy.lock"
exits 0 'up' bothy up -q --recreate
is "$(engine '.machines[].box_digest')" "$(digest_of "$FILES/1.1.img")" 'brings what fits'
is "$(box_line .version)" '"1.1"' 'and locks that'
thawed 'and'
sed -i 's/">= 1.1"/"> 7"/' bothy.lua
exits 1 'one that nothing fits' bothy up --recreate
like "$err" "not offered for .*'> 7'.*1.1 \(kvm\)" 'tells what is offered'
is "$(box_line .version)" '"1.1"' 'and leaves the lock'
sed -i 's/"> 7"/"~~ 7"/' bothy.lua
exits 1 'one that is none' bothy plan
like "$err" "machine 'default'.box_version: .*'~~ 7'" 'names the field'
project "box_checksum = \"sha256:$(digest_of "$FILES/1.1.img")\","
up_brings 1.1 'a checksum in the file'
thawed 'and'
sed -i "s/sha256:[0-9a-f]*/sha256:$(digest_of "$FILES/1.0.img")/; s/box_checksum/box_version = \"1.0\", box_checksum/" bothy.lua
frozen 'another one' "box 'web/box'"
exits 0 'is obeyed' bothy up -q --recreate
is "$(box_line .sha256)" "\"$(digest_of "$FILES/1.0.img")\"" 'and locked'

# What is not here cannot be compared, but it is certain that it is something else.
project
bothy up -q
for change in 'web/box:web/other:box web/box → web/other' "web/box:$WEB/2.0.img:box web/box → $WEB/2.0.img" \
	'web/box":web/box", box_version = "> 1.1":box [0-9a-f]{12} → version > 1.1'; do
	from=${change%%:*} why=${change##*:box }
	to=${change#*:} && to=${to%:box *}
	cp bothy.lua kept.lua
	sed -i "s;box = \"$from;box = \"$to;" bothy.lua
	for locked in '' 'without a lock'; do
		forget_requests
		exits 0 "another box ($to) $locked" bothy plan
		like "$out" "default +remove +box $why; its data is lost" '  is told'
		like "$out" 'bring box' '  and brought'
		is "$(cat "$WEB_LOG")" '' '  without asking anybody'
		[[ ! -e bothy.lock ]] || mv bothy.lock kept.lock
	done
	mv kept.lua bothy.lua && mv kept.lock bothy.lock
done

# --- frozen -----------------------------------------------------------------------------------

project
frozen 'no lock at all' "box 'web/box' \(kvm, $arch\) of machine 'default' is not in bothy.lock" 'file app.sh: not locked yet'
bothy up -q
make_box local.img
cat >>bothy.lua <<-'EOF'
	machine "new" { box = "web/other" }
	machine "own" { box = "local.img", provision = { upload "etc" "/etc/app" } }
EOF
mkdir etc && echo a >etc/a
echo 'echo other' >app.sh
frozen 'new machines' "box 'web/other' \(kvm, $arch\) of machine 'new' is not in bothy.lock" \
	"box local.img \(kvm, $arch\): not locked yet" 'file app.sh: has changed' 'file etc: not locked yet'
sed -i '/web.other/d' bothy.lua
bothy up -q
thawed 'without the one that is nowhere'
echo b >etc/b
frozen 'a file more in what is uploaded' 'file etc: has changed'
rm etc/b
thawed 'the same again'
printf x >>local.img
frozen 'a box of the project that was replaced' "box local.img \(kvm, $arch\): sha256 [0-9a-f]{12} → [0-9a-f]{12}, size 65536 → 65537"
make_box local.img
sed -i 's/, provision = { upload "etc" "\/etc\/app" }//' bothy.lua
exits 0 'lock' bothy lock --json
is "$(json .changes)" '["file etc: no longer used"]' 'takes out what is used no more'
is "$(json .file)" "$PROJECT/bothy.lock" 'and says where'
thawed 'and'
exits 0 'lock again' bothy lock
like "$out" "'bothy.lock' is as it should be" 'has nothing to do'
exits 64 'names without --update' bothy lock web/box
exits 64 '--check with --update' bothy lock --check --update
exits 64 'a box of no machine' bothy lock --update web/bix
like "$err" "no machine of 'bothy.lua' has a box 'web/bix'.*did you mean 'web/box'" 'has a nearest one'
is "$(bothy lock --check --json | jq -c .changes)" '[]' 'check as JSON'

# --- other hosts, other machines --------------------------------------------------------------

project
bothy up -q
other="{\"box\":\"web/box\",\"provider\":\"kvm\",\"architecture\":\"sparc64\",\"version\":\"1.0\",\"size\":7,\"sha256\":\"$(digest_of "$FILES/1.0.img")\",\"urls\":[\"https://e.org/a\"]}"
container=${other/kvm/container}
printf '%s\n' "$other" "$container" >>bothy.lock
thawed 'lines of other hosts'
exits 0 'up' bothy up -q
exits 0 'lock' bothy lock
exits 0 'lock --update' bothy lock --update
is "$(grep -cF -e "$other" -e "$container" bothy.lock)" 2 'stay'
is "$(sort bothy.lock)" "$(cat bothy.lock)" 'in order'

offer 1.0 1.1 2.0
new_project
cat >bothy.lua <<-EOF
	defaults { box = "web/box", box_url = "$WEB/catalog" }
	machine "old" { box_version = "1.0" }
	machine "new" { box_version = "~> 1.1" }
	machine "newest" {}
EOF
exits 0 'machines with several versions of one box' bothy up -q
is "$(engine '.machines | map("\(.name) \(.box_digest)") | sort[]')" \
	"new $(digest_of "$FILES/1.1.img")"$'\n'"newest $(digest_of "$FILES/2.0.img")"$'\n'"old $(digest_of "$FILES/1.0.img")" 'have theirs'
is "$(box_line '[.wanted, .version]' | paste -sd,)" '[null,"2.0"],["1.0","1.0"],["~> 1.1","1.1"]' 'which are all locked'
thawed 'and'
exits 0 'up' bothy up
like "$out" '^nothing to do' 'has nothing to do'
before=$(cat bothy.lock)
lost
exits 0 'after a loss' bothy up -q
is "$(requests 'GET /catalog')" '' 'they come by the lock'
is "$(engine '.machines | map("\(.name) \(.box_digest)") | sort[]')" \
	"new $(digest_of "$FILES/1.1.img")"$'\n'"newest $(digest_of "$FILES/2.0.img")"$'\n'"old $(digest_of "$FILES/1.0.img")" 'each its own'
is "$(cat bothy.lock)" "$before" 'which stays as it is'
exits 0 'lock' bothy lock
is "$(cat bothy.lock)" "$before" 'agrees'
sed -i '/newest/d; s/~> 1.1/2.0/' bothy.lua
frozen 'one version less' "box web/box 2.0 \(kvm, $arch\): not locked yet" \
	"box web/box ~> 1.1 \(kvm, $arch\): no longer used" "box web/box \(kvm, $arch\): no longer used"
exits 0 'up then' bothy up -q --recreate
is "$(box_line .version | paste -sd,)" '"1.0","2.0"' 'leaves those in use'
done_testing
