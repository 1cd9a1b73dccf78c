#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy.lock renewed, owned, and left alone by plan.
# shellcheck disable=SC2119 # fields of a project may be left out
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"
. "${0%/*}/lock.sh"

# --- renewing ---------------------------------------------------------------------------------

project
make_box_of "$FILES/side.img" side
catalog web/side >"$FILES/side" <<<"1.0 libvirt - side.img $(digest_of "$FILES/side.img")"
printf 'machine "side" { box = "web/side", box_url = "%s" }\n' "$WEB/side" >>bothy.lua
exits 0 'lock without machines' bothy lock
is "$(jq -rc 'select(.box) | "\(.box) \(.version)"' bothy.lock)" 'web/box 1.1'$'\n''web/side 1.0' 'writes all boxes'
is "$(engine '.machines // {} | length')" 0 'and makes no machine'
thawed 'and'
bothy destroy -q -f
offer 1.0 1.1 2.0
make_box_of "$FILES/side2.img" side2
catalog web/side >"$FILES/side" <<<"1.1 libvirt - side2.img $(digest_of "$FILES/side2.img")"
exits 0 'lock' bothy lock
like "$out" 'as it should be' 'looks for nothing new'
exits 0 'lock --update NAME' bothy lock --update web/side
like "$out" "box web/side \(kvm, $arch\): version 1.0 → 1.1, sha256 [0-9a-f]{12} → [0-9a-f]{12}" 'tells what changed'
is "$(jq -rc 'select(.box) | "\(.box) \(.version)"' bothy.lock)" 'web/box 1.1'$'\n''web/side 1.1' 'renews that one'
exits 0 'lock --update' bothy lock --update
is "$(jq -rc 'select(.box) | "\(.box) \(.version)"' bothy.lock)" 'web/box 2.0'$'\n''web/side 1.1' 'renews all'
is "$(jq -rc 'select(.box == "web/box") | .urls | length' bothy.lock)" 1 'another box has no old addresses'
exits 0 'up' bothy up -q
is "$(engine '.machines[].box_digest' | sort)" "$({ digest_of "$FILES/2.0.img" && digest_of "$FILES/side2.img"; } | sort)" \
	'uses them'
make_box_of "$FILES/2.1.img" 'version 2.1'
offer 2.0 2.1
bothy lock -q --update web/box >/dev/null
exits 1 'up asks before it makes machines anew' bothy up --no-input
like "$err" "make machine 'default' anew and lose its data \(box [0-9a-f]{12} → [0-9a-f]{12}\)" 'and says why'
mv "$FILES/catalog" "$FILES/away"
before=$(cat bothy.lock)
exits 1 'where nobody answers' bothy lock --update
is "$(cat bothy.lock)" "$before" 'the lock is as it was'
mv "$FILES/away" "$FILES/catalog"

# --- whose it is ------------------------------------------------------------------------------

if ((EUID == 0)); then
	project
	chown -R 12345:23456 .
	bothy up -q
	is "$(stat -c '%u:%g %a' bothy.lock)" '12345:23456 644' 'under sudo it belongs to the owner of the project'
	bothy lock --update -q
	is "$(stat -c '%u:%g %a' bothy.lock)" '12345:23456 644' 'also when it is renewed'
else
	skip 'under sudo it belongs to the owner of the project' 'needs root'
fi

# --- which boxes there are --------------------------------------------------------------------

# plan asks nobody, whatever the box is.
new_project
make_box local.img
for box in web/box debian/12 "$WEB/1.0.img" local.img "file://$PROJECT/local.img"; do
	forget_requests
	printf 'machine { box = "%s", box_url = "%s" }\n' "$box" "$WEB/catalog" >bothy.lua
	BOTHY_BOX_SERVERS=$WEB exits 0 "plan with box $box" bothy plan
	like "$out" 'bring box' '  brings it'
	is "$(cat "$WEB_LOG")" '' '  asks nobody'
done
done_testing
