#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A virtual machine with nothing but BusyBox and dropbear: reboots, and what is cut off in it or with it.
. "${0%/*}/live.sh" tiny-vm

guest() { bothy ssh -c "$1"; }

vm_with() {
	envfile "machine { box = \"@tiny-vm@\", memory = 128, provision = { $1 } }"
}

project ''
# shellcheck disable=SC2016 # the guest's
vm_with 'shell [[ cat /proc/sys/kernel/random/boot_id >/root/before ]] { name = "before" }, reboot() { name = "again" },
	shell [[ cat /proc/sys/kernel/random/boot_id >/root/after ]] { name = "after" }'
exits 0 'up' bothy up
like "$out" 'provisioned again in' 'with a reboot in the middle'
ok 'it is another boot' test "$(guest 'cat /root/before')" != "$(guest 'cat /root/after')"
vm_with 'shell [[ echo $$ >/root/slow; sleep 600 ]] { name = "slow", timeout = "2s", retries = 1 }'
exits 75 'a timeout' bothy up
like "$out" 'try 2 of 2' 'has another try'
# shellcheck disable=SC2016 # the guest's
is "$(guest 'kill -0 $(cat /root/slow) 2>/dev/null || echo ended; ls /tmp | grep -c bothy')" $'ended\n0' \
	'what took too long is ended, the server is not'

# --- files that were copied and are not on the disk yet ---------------------------------------

mkdir src && echo first >src/one
envfile 'machine { box = "@tiny-vm@", memory = 128, folders = { ["."] = false, ["./src"] = { "/srv/src", kind = "copy" } } }'
exits 0 'a folder' bothy up
exits 0 'is brought' bothy sync
echo second >src/two
exits 0 'twice' bothy sync
# What of the guest's file system is not contents goes to the disk with that of another file.
exits 0 'a while later' guest 'dd if=/dev/zero of=/root/other bs=1 count=1 conv=fsync'
exits 0 'the power is cut' bothy halt -f
exits 0 'up' bothy up
is "$(guest 'cat /srv/src/one /srv/src/two')" $'first\nsecond' 'brings again what was lost'
exits 0 'destroy' bothy destroy -f
done_testing
