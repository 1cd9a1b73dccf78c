#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole Debian with systemd in a VM: first boot, a larger disk, the power button, the console.
. "${0%/*}/live.sh" debian-vm

project 'machine "debian" { box = "@debian-vm@", memory = "512M", cpus = 2, disk = "4G", hostname = "bookworm",
	boot_timeout = "5m" }'
before=$(host_state)
guest() { bothy ssh debian -c "$1"; }

began=$EPOCHREALTIME
exits 0 'it comes up' bothy up
took 120 'the first boot'
is "$(guest hostname)" bookworm 'it has its host name'
is "$(guest 'hostname --fqdn')" bookworm 'which it can look up'
is "$(guest 'cat /etc/hostname')" bookworm 'and keeps'
is "$(guest nproc)" 2 'its processors'
like "$(guest 'grep MemTotal /proc/meminfo')" ' 4[0-9]{5} kB' 'its memory'
like "$(guest 'lsblk -bno SIZE /dev/vda | head -n 1')" '^ *4294967296' 'its disk is as large as asked for'
ok 'and so is what is on it' test "$(guest 'df --output=size -k / | tail -n 1')" -gt 3500000
is "$(guest 'cat /etc/os-release | grep ^ID=')" ID=debian 'it is Debian'
like "$(guest 'systemctl is-system-running --wait; systemctl --failed --no-legend --plain')" '^running$' \
	'systemd is content'
is "$(guest 'stat -c %a /etc/ssh/ssh_host_ed25519_key')" 600 'its host key is the one we gave, for root alone'
exits 0 'a command as another user' bothy ssh debian -c 'useradd -m dev && su dev -c "id -un"'
is "$out" dev 'runs'
guest 'echo mine >/root/kept; rm -f /run/was-asked; systemd-run --quiet --unit asked --property=ExecStop="touch /root/asked" \
	sleep infinity' >/dev/null
began=$EPOCHREALTIME
exits 0 'it halts' bothy halt
took 20 'halting'
unlike "$out$err" 'force' 'by the power button'
began=$EPOCHREALTIME
exits 0 'it comes up again' bothy up
took 120 'the second boot'
is "$(guest 'cat /root/kept')" mine 'with its data'
ok 'and was shut down in order' guest 'test -e /root/asked'
exits 0 'there is nothing to do' bothy up
like "$out" '^nothing to do' 'then'
exits 0 'destroy' bothy destroy -f
is "$(host_state)" "$before" 'leaves nothing behind'
done_testing
