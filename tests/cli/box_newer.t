#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is newer where boxes came from: outdated and update.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)

# --- newer ones -------------------------------------------------------------------------------

new_project
for name in one two three; do make_box_of "$FILES/boxes/$name.img" "$name"; done
catalog web/box >"$FILES/versions" <<<"1.0 libvirt - boxes/one.img $(digest_of "$FILES/boxes/one.img")"
bothy box add -q "$WEB/versions"
bothy box add -q --name plain "$WEB/boxes/two.img"
printf 'machine { box = "web/box" }\n' >bothy.lua
exits 0 'outdated' bothy box outdated
like "$out$err" "'web/box' \(kvm, $arch\): 1.0 is the newest" 'asks the catalog'
catalog web/box >"$FILES/versions" <<-EOF
	1.0 libvirt - boxes/one.img $(digest_of "$FILES/boxes/one.img")
	1.1 libvirt - boxes/three.img $(digest_of "$FILES/boxes/three.img")
EOF
exits 0 'a newer one' bothy box outdated
like "$out" "'web/box' \(kvm, $arch\): 1.0 is here, 1.1 can be had" 'is told'
exits 0 'as JSON' bothy box outdated --json
is "$(json -S .)" "[{\"architecture\":\"$arch\",\"error\":null,\"latest\":\"1.1\",\"name\":\"web/box\",\"outdated\":true,\"provider\":\"kvm\",\"version\":\"1.0\"}]" \
	'with all that belongs to it'
exits 0 'update' bothy box update
like "$out$err" "web/box.*1.0 → 1.1" 'brings it'
is "$(names)" "plain - kvm $arch"$'\n'"web/box 1.1 kvm $arch"$'\n'"web/box 1.0 kvm $arch" 'beside the older one'
ok 'whole' holds "$FILES/boxes/three.img"
exits 0 'again' bothy box update --box web/box
like "$out$err" '1.1 is the newest' 'there is nothing to do'
mv "$FILES/versions" "$FILES/away"
exits 0 'where nobody answers' bothy box outdated --json
is "$(json '.[0] | [.outdated, .error != null] | @csv')" 'false,true' 'the box has an error'
like "$err" "warning: 'web/box'" 'and there is a warning'
exits 1 'update of a box that is not there' bothy box update --box web/bax
like "$err" "there is no box 'web/bax' in the store.*did you mean 'web/box'" 'has a nearest one'
rm bothy.lua
exits 1 'outdated without a project' bothy box outdated
like "$err" "there is no 'bothy.lua'" 'is told'
done_testing
