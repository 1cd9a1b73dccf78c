#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cards of virtual machines: one where systemd-networkd rules and asks for addresses on every card, and one where nobody
# does but what ran at boot. guest_cards.t has the other managers.
. "${0%/*}/live.sh" tiny-vm debian-vm
# shellcheck source=cards.sh
. "${0%/*}/cards.sh"

QUICK_MS=20000 # much of it may be emulated, beside others
project 'machine "tiny" { box = "@tiny-vm@" }
	machine "debian" { box = "@debian-vm@", memory = "512M", boot_timeout = "5m" }'
second_network
exits 0 'virtual machines come up' bothy up
exits 0 'and halt' bothy halt
plug tiny qemu:///system "<model type='virtio'/>"
plug debian qemu:///system "<model type='virtio'/>"
exits 0 'with another card each they come up' bothy up
host_name=$(guest debian hostname)

lives_with_card debian
ok 'debian: by a file of its own' guest debian 'test -e /etc/systemd/network/05-bothy-*.network'
asks_for_address debian
lives_with_card tiny
exits 0 'tiny: what nobody configures is forgotten' configure tiny
exits 1 'a card that is not there' configure tiny 'mac=52:54:00:99:00:77,ip=10.99.0.5/24'
like "$err" "there is no card with the address 52:54:00:99:00:77" 'is named'

guest debian 'touch /run/before; systemctl reboot' 2>/dev/null
rebooted() { guest debian 'test ! -e /run/before'; }
ok 'debian boots by itself' wait_until 120 rebooted
comes_back debian
is "$(guest debian hostname)" "$host_name" 'debian: with its name'
is_gone debian
is "$(guest debian 'ls /etc/systemd/network | grep bothy')" '' 'debian: and has no file'
exits 0 'destroy' bothy destroy -f
done_testing
