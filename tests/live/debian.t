#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole Debian with systemd in a VM: what bothy box build made, its first boot, a larger disk, the power button, and a
# second card, where systemd-networkd rules and asks for addresses on every one. guest_cards.t has the other managers.
. "${0%/*}/live.sh" debian-vm debian-rootfs
# shellcheck source=cards.sh
. "${0%/*}/cards.sh"

QUICK_MS=4000 # much of it may be emulated, beside others
card_for debian
NAME=debian project "machine 'debian' { box = 'built/vm', memory = '512M', cpus = 2, disk = '4G', hostname = 'bookworm',
	boot_timeout = '5m', $card }
machine 'ct' { provider = 'container', box = 'built/ct' }"
second_network
before=$(host_state)

exits 0 'box add takes the disk' bothy box add --name built/vm "$(box debian-vm)"
exits 0 'and the root filesystem' bothy box add --name built/ct --provider container "$(box debian-rootfs)"
began=$EPOCHREALTIME
exits 0 'it comes up' bothy up
took 120 'the first boot'
is "$(guest debian hostname)" bookworm 'it has its host name'
is "$(guest debian 'hostname --fqdn')" bookworm 'which it can look up'
is "$(guest debian 'cat /etc/hostname')" bookworm 'and keeps'
is "$(guest debian nproc)" 2 'its processors'
like "$(guest debian 'grep MemTotal /proc/meminfo')" ' 4[0-9]{5} kB' 'its memory'
like "$(guest debian 'lsblk -bno SIZE /dev/vda | head -n 1')" '^ *4294967296' 'its disk is as large as asked for'
ok 'and so is what is on it' test "$(guest debian 'df --output=size -k / | tail -n 1')" -gt 3500000
for name in debian ct; do
	is "$(guest "$name" 'id -un; grep -E "^(ID|VERSION_ID)=" /etc/os-release | sort')" $'root\nID=debian\nVERSION_ID="12"' \
		"$name is Debian 12"
	is "$(guest "$name" 'find /etc/dpkg/dpkg.cfg.d -name "*mmdebstrap*"')" '' 'where packages are installed in full'
	like "$(guest "$name" 'systemctl is-system-running --wait; systemctl --failed --no-legend --plain')" '^running$' \
		'with a content systemd'
done
is "$(guest ct hostname)" ct 'ct has its host name'
shared=$(guest debian 'cat /etc/machine-id; cut -d " " -f 2 /etc/ssh/ssh_host_*_key.pub')
is "$(guest ct 'cat /etc/machine-id; cut -d " " -f 2 /etc/ssh/ssh_host_*_key.pub' | grep -cxF "$shared")" 0 \
	'they share no identity'
is "$(guest debian 'stat -c %a /etc/ssh/ssh_host_ed25519_key')" 600 'its host key is the one we gave, for root alone'
exits 0 'a command as another user' bothy ssh debian -c 'useradd -m dev && su dev -c "id -un"'
is "$out" dev 'runs'

lives_with_card debian
ok 'debian: by a file of its own' guest debian 'test -e /etc/systemd/network/05-bothy-*.network'
asks_for_address debian

guest debian 'echo mine >/root/kept; rm -f /run/was-asked; systemd-run --quiet --unit asked \
	--property=ExecStop="touch /root/asked" sleep infinity' >/dev/null
began=$EPOCHREALTIME
exits 0 'it halts' bothy halt debian
took 20 'halting'
unlike "$out$err" 'force' 'by the power button'
began=$EPOCHREALTIME
exits 0 'it comes up again' bothy up
took 120 'the second boot'
comes_back debian
is "$(guest debian 'hostname; cat /root/kept')" $'bookworm\nmine' 'with its name and data'
ok 'and was shut down in order' guest debian 'test -e /root/asked'
exits 0 'there is nothing to do' bothy up
like "$out" '^nothing to do' 'then'
is_gone debian
is "$(guest debian 'ls /etc/systemd/network | grep bothy')" '' 'debian: and has no file'
exits 0 'destroy' bothy destroy -f
for name in built/vm built/ct; do exits 0 "box remove $name" bothy box remove "$name"; done
is "$(host_state)" "$before" 'leaves nothing behind'
done_testing
