#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Vagrant box for libvirt: it lets everybody in by Vagrant's well-known keys until its first boot, and nobody after.
. "${0%/*}/live.sh" vagrant-box

project '
machine "old" {
	box = "@vagrant-box@", memory = 128,
	provision = {
		shell [[ echo extra:x:1500:vagrant >>/etc/group ]],
		shell [[ id -Gn | grep -w extra ]] { privileged = false, name = "groups" },
	},
}'
before=$(host_state)
guest() { bothy ssh old -c "$1"; }

# Asks the SSH server whether it would let that public key in, for which the private one is not needed.
accepts() {
	ssh -v -F none -i "$1" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
		-o UserKnownHostsFile=.bothy/machines/old/known_hosts "vagrant@$address" true 2>&1 |
		grep -q 'Server accepts key'
}

exits 0 'the box comes up' bothy up
like "$out$err" "replaced the box's well-known key" 'and bothy says what it did to it'
like "$out" 'provisioned groups' 'groups given to the user count for the next provisioner'
is "$(guest 'id -un')" vagrant 'the login is the one that Vagrant boxes have'
is "$(guest 'sudo id -un')" root 'which may become root'
is "$(guest hostname)" old 'it has its name'
address=$(bothy status --json | jq -r '.[0].addresses[0].ip')
ok 'our key is accepted' accepts .bothy/machines/old/id_ed25519.pub
grep -o 'ssh-[a-z0-9]* AAAA.* vagrant insecure public key' "$TESTS/boxes/tiny-vm" | while read -r key; do
	echo "$key" >"$TEST_TMP/${key%% *}.pub"
	chmod 600 "$TEST_TMP/${key%% *}.pub"
done
for kind in ssh-rsa ssh-ed25519; do
	ok "the well-known $kind key is refused" test -s "$TEST_TMP/$kind.pub"
	ok "by the server ($kind)" eval "! accepts '$TEST_TMP/$kind.pub'"
done
is "$(guest 'grep -c . ~/.ssh/authorized_keys')" 1 'the machine knows one key'
is "$(guest 'cut -d " " -f 2 ~/.ssh/authorized_keys')" "$(cut -d ' ' -f 2 .bothy/machines/old/id_ed25519.pub)" 'ours'
is "$(guest 'stat -c "%a %U" ~/.ssh/authorized_keys')" '600 vagrant' 'in a file with its mode and owner'
bothy ssh-config >"$TEST_TMP/config"
exits 0 'OpenSSH logs in, checking the host key that was pinned' ssh -F "$TEST_TMP/config" old true
exits 0 'a second up' bothy up
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'it halts' bothy halt
exits 0 'it comes up again' bothy up
unlike "$out$err" 'well-known' 'by our key'
is "$(guest 'id -un')" vagrant 'and can be logged in to'

# Somebody else answers at its address, whom a login from before knows nothing of.
export BOTHY_KEEP=0
# shellcheck disable=SC2016 # for the guest
guest 'sudo sh -c "cd /etc/ssh && mv ssh_host_ed25519_key kept && mv ssh_host_ed25519_key.pub kept.pub &&
	ssh-keygen -q -t ed25519 -N \"\" -f ssh_host_ed25519_key && kill -HUP \$(pidof sshd | tr \" \" \"\\n\" | tail -n 1)"'
refused() { bothy ssh old -c true 2>&1 | grep -q 'host key'; }
ok 'a changed host key is noticed' wait_until 20 refused
exits 1 'and refused' bothy ssh old -c true
like "$err" "error: .*host key" 'whose error says that it is the host key'
like "$err" 'hint: ' 'and what to do'
exits 255 'OpenSSH refuses it too' ssh -F "$TEST_TMP/config" old true
exits 0 'status does not mind' bothy status
exits 0 'destroy' bothy destroy -f
is "$(host_state)" "$before" 'leaves nothing behind'
done_testing
