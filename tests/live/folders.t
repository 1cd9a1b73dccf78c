#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Directories of this host in a container and a VM: shared both ways, guarded, kept through reboots, and gone in the end.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

# with FOLDERS: bothy.lua, in which both machines have those.
with() {
	envfile "
		defaults { memory = 128, folders = { $1 } }
		machine \"box\" { provider = \"container\", box = \"@debian-rootfs@\" }
		machine \"vm\" { box = \"@tiny-vm@\" }"
}
guest() { bothy ssh "$machine" -c "$1"; }
views() { grep -c "$PROJECT" /proc/self/mountinfo; }

NAME=shared project ''
mkdir src data outside
echo 'of the host' >data/file
echo 'of the host' >src/file
before=$(host_state)
mounts=$(views)
with '["./src"] = "/srv/app dir", ["./data"] = { "/data", read_only = true }'

exits 0 'plan' bothy plan
like "$out" 'box +folders +./data at /data \(bind, read-only\), \. at /project \(bind\)' 'tells what the container gets'
like "$out" 'vm +folders +./data .*, \. at /project \(virtiofs\), ./src at /srv/app dir \(virtiofs\)' 'and the VM'
exits 0 'up' bothy up
for machine in box vm; do
	is "$(guest 'head -n 1 "/srv/app dir/file"')" 'of the host' "$machine: sees a file of this host"
	guest 'echo of the guest >"/srv/app dir/made"; echo more >>/project/src/file'
	is "$(cat src/made)" 'of the guest' "$machine: makes one"
	like "$(cat src/file)" more "$machine: and adds to one, in the project too"
	exits 1 "$machine: what is read-only" guest 'echo x >/data/file'
	exits 1 "$machine: cannot be made writable" guest 'mount -o remount,rw /data; mount -o remount,rw,bind /data; echo x >/data/file'
	is "$(cat data/file)" 'of the host' "$machine: and stays"
	is "$(guest 'ls -A /project/.bothy')" '' "$machine: the keys are not in sight"
	exits 1 "$machine: not by taking away what lies over them" guest \
		'umount /project/.bothy || umount -l /project/.bothy || mv /project/.bothy /project/x || rmdir /project/.bothy'
	guest 'mkdir -p /mnt/x; mount --bind /project /mnt/x; umount /mnt/x/.bothy' >"$TEST_TMP/log" 2>&1
	is "$(guest 'find / -xdev -name id_ed25519; find /mnt /project -name id_ed25519; true' 2>/dev/null)" '' \
		"$machine: nor in another place"
	guest 'umount -l /mnt/x' >"$TEST_TMP/log" 2>&1
	rm -f src/made
done
ok 'here they are' test -s .bothy/machines/vm/id_ed25519
exits 0 'up again' bothy up
like "$out" 'nothing to do' 'has nothing to do'

# --- other folders, reboots, crashes ---------------------------------------------------------

with '["./src"] = "/srv/app dir", ["."] = false'
exits 0 'plan with other folders' bothy plan
like "$out" 'box +change +folders ./data at /data \(bind, read-only\), \. at /project \(bind\) → none; restarts it' 'says why'
like "$out" 'vm +change +folders .* → none; restarts it' 'for both'
exits 0 'up' bothy up
for machine in box vm; do
	exits 1 "$machine: what is no more said" guest 'grep " /project \| /data " /proc/mounts'
	is "$(guest 'head -n 1 "/srv/app dir/file"')" 'of the host' "$machine: what is still said"
done
machine=vm
guest 'touch /run/old; reboot'
ok 'a VM that reboots' wait_until 100 bothy ssh vm -c 'test ! -e /run/old'
ok 'has its folders again' wait_until 60 bothy ssh vm -c 'test -e "/srv/app dir/file"'
domain=$(virsh -q list --name)
virsh -q destroy "$domain" >/dev/null && virsh -q -c lxc:/// destroy "$(virsh -q -c lxc:/// list --name)" >/dev/null
exits 0 'after a crash, up' bothy up
for machine in box vm; do
	exits 0 "$machine: brings them again" guest 'test -e "/srv/app dir/file"'
done
machine=vm
guest 'touch /blocked'
with '["./src"] = "/blocked/app", ["."] = false'
exits 1 'a place that cannot be: up' bothy up vm
like "$err" "cannot mount .*/blocked/app" 'says so'
exits 0 'plan' bothy plan vm
like "$out" 'vm +folders +were not mounted' 'does not forget it'
guest 'rm /blocked'
exits 0 'up' bothy up vm
is "$(guest 'head -n 1 /blocked/app/file')" 'of the host' 'mounts it then'
exits 0 'up again' bothy up vm
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'halt' bothy halt
is "$(views)" "$mounts" 'unmounts all'
exits 1 'by hand, without what is kept from it' virsh -q start "$domain"
like "$err" "/run/bothy/views/.* does not exist" 'the VM does not start'
rmdir outside
mv src gone
exits 65 'without the directory' bothy up
like "$err" "machine 'box'.*there is no directory '.*/src'.*hint: create = true" 'there is no up'
mv gone src && mkdir outside
exits 0 'destroy' bothy destroy -f
is "$(views)" "$mounts" 'leaves no mount'
is "$(host_state | grep -v /src/)" "$(grep -v /src/ <<<"$before")" 'nor anything else'
done_testing
