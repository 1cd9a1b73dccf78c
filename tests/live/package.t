#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy package: a provisioned VM and a provisioned container become boxes, others are made from those, and boxes of
# these again. Nobody gets the identity of another one; whoever was packaged stays as it was.
. "${0%/*}/live.sh" vagrant-box debian-rootfs

store=$TEST_TMP/boxes
mkdir "$store"
guest() { bothy ssh "$1" -c "$2"; }
host_key() { guest "$1" 'cat /etc/ssh/ssh_host_ed25519_key.pub' | cut -d ' ' -f 2; }
machine_id() { guest "$1" 'cat /etc/machine-id'; }
keys() { guest "$1" "cut -d ' ' -f 2 ~/.ssh/authorized_keys"; }
own_key() { cut -d ' ' -f 2 ".bothy/machines/$1/id_ed25519.pub"; }

# two_machines VM CONTAINER LINE: a file with a machine of each of these boxes, which get that line when provisioned.
two_machines() {
	local provision="provision = { shell [[ echo $3 >>/etc/marker ]] }"
	echo "machine 'vm' { box = '$1', memory = 128, $provision }
		machine 'ct' { provider = 'container', box = '$2', $provision }"
}

# packaged NUMBER: makes boxes of both and adds them by other names.
packaged() {
	exits 0 'package makes a box of the VM' bothy package vm --output "$store/vm$1.box"
	exits 0 'and of the container' bothy package ct --output "$store/ct$1.tar.zst"
	like "$out" 'bothy box add' 'and says what to do with it'
	is "$(bothy status --json | jq -r '[.[].state] | unique | join(" ")')" stopped 'which stops both'
	exits 0 'box add takes the one' bothy box add --name "my/vm$1" "$store/vm$1.box"
	exits 0 'and the other' bothy box add --name "my/ct$1" "$store/ct$1.tar.zst"
}

# --- the first ones --------------------------------------------------------------------------

NAME=one project "$(two_machines @vagrant-box@ @debian-rootfs@ first)"
one=$PROJECT before=$(host_state)
exits 0 'a VM and a container' bothy up
vm_keys=$(host_key vm) ct_keys=$(host_key ct) ct_ids=$(machine_id ct)
packaged 1
exits 0 'box info' bothy box info my/vm1
like "$out" 'login +vagrant.*keys by +the well-known key' 'knows that such a box begins with the key that everybody has'
exits 1 'package once more' bothy package vm --output "$store/vm1.box"
like "$err" 'vm1.box. exists already.*hint: --force' 'does not replace the box unasked'
exits 0 'up' bothy up
unlike "$out$err" 'well-known|provision' 'starts both as they were'
is "$(host_key vm) $(host_key ct) $(machine_id ct)" "$vm_keys $ct_keys $ct_ids" 'with their identities'
is "$(guest vm 'cat /etc/marker'; guest ct 'cat /etc/marker')" $'first\nfirst' 'and all that was in them'
is "$(keys vm)" "$(own_key vm)" 'and the VM lets in us only'

# --- others, elsewhere -----------------------------------------------------------------------

NAME=two project "$(two_machines my/vm1 my/ct1 second)"
two=$PROJECT
exits 0 'up, in another project' bothy up
like "$out$err" "replaced the box's well-known key" 'replaces the key that everybody has'
is "$(guest vm 'cat /etc/marker'; guest ct 'cat /etc/marker')" $'first\nsecond\nfirst\nsecond' \
	'what they were packaged with is there'
is "$(guest vm 'id -un; hostname; sudo id -un')" $'vagrant\nvm\nroot' 'the VM works'
is "$(keys vm)" "$(own_key vm)" 'and lets in us only'
is "$(keys ct)" "$(own_key ct)" 'as does the container'
vm_keys+=" $(host_key vm)" ct_keys+=" $(host_key ct)" ct_ids+=" $(machine_id ct)"
packaged 2

# --- and of those again ----------------------------------------------------------------------

NAME=three project "$(two_machines my/vm2 my/ct2 third)"
exits 0 'up, of boxes of boxes' bothy up
like "$out$err" "replaced the box's well-known key" 'replaces the key again'
is "$(guest vm 'cat /etc/marker'; guest ct 'cat /etc/marker')" $'first\nsecond\nthird\nfirst\nsecond\nthird' \
	'with what each left'
is "$(keys vm)" "$(own_key vm)" 'the VM lets in us only'
is "$(keys ct)" "$(own_key ct)" 'as does the container'
vm_keys+=" $(host_key vm)" ct_keys+=" $(host_key ct)" ct_ids+=" $(machine_id ct)"
for what in vm_keys ct_keys ct_ids; do
	is "$(tr ' ' '\n' <<<"${!what}" | grep . | sort -u | wc -l)" 3 "no two have the same of their $what"
done
exits 0 'destroy' bothy destroy -f
exits 0 'there' bothy -C "$two" destroy -f

# --- in the middle of it ---------------------------------------------------------------------

PROJECT=$one
cd "$one" || exit 1
for moment in 'to take its identity out' 'writing the box'; do
	in_background "$BOTHY" package vm --output "$store/vm3.box"
	ok "at '$moment'" says "$TEST_TMP/log" "$moment" 120
	kill -KILL "$job"
	ends 137 'package is killed'
	is "$(find "$store" -name '*vm3*')" '' 'and there is no box'
	exits 0 'up' bothy up vm
	is "$(host_key vm)" "${vm_keys%% *}" 'brings back the machine itself'
	is "$(guest vm 'cat /etc/marker; hostname')" $'first\nvm' 'with what it had'
	is "$(keys vm)" "$(own_key vm)" 'that lets in us only'
	is "$(virsh -q vol-list bothy | grep -c one-vm-)" 1 'and nothing beside it'
done
exits 0 'destroy' bothy destroy -f
for name in vm ct; do for number in 1 2; do exits 0 "box remove my/$name$number" bothy box remove "my/$name$number"; done; done
is "$(host_state)" "$before" 'nothing stays'
done_testing
