#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Forwarded ports into a real container and a real VM: there from boot to halt, whatever is killed, and nothing leaks.
. "${0%/*}/live.sh" debian-rootfs tiny-vm
. "${0%/*}/../cli/port.sh"

project 'machine "box" { provider = "container", box = "@debian-rootfs@", memory = 256, ports = { [2201] = 22 } }
	machine "vm" { box = "@tiny-vm@", memory = 128, ports = { { host = 2201, guest = 22, shift_if_taken = true } } }'
before=$(host_state)
exits 0 'both come up' bothy up
like "$(ask 2201)" '^SSH-2\.0-' 'the port of the container leads to its sshd'
vm=$(bothy port vm --guest 22)
is "$vm" 2202 'the other one has the next'
like "$(ask 2202)" '^SSH-2\.0-' 'it leads into the VM'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'

worker() { pgrep -f "forwarder-daemon worker $PROJECT/.bothy "; }
fds() { find "/proc/$(worker)/fd" -mindepth 1 | wc -l; }
quiet() { (($(fds) <= $1)); }
wait_until 5 quiet 40
held=$(fds)
perl -MIO::Socket::INET -e 'for (1 .. 1000) { my $s = IO::Socket::INET->new("127.0.0.1:2201") or die "$_: $!"; close $s }'
is $? 0 'a thousand connections are opened and closed'
# Its sshd forks for each of them.
ok 'and leave no descriptor' wait_until 150 quiet "$held"
for pid in $(forwarders); do
	kill -9 "$pid"
	ok 'killed, it is back within two seconds' wait_until 2 ask 2201
done

exits 0 'one machine halts' bothy halt box
exits 1 'its port is closed' ask 2201
like "$(ask 2202)" '^SSH-2\.0-' 'the other one stays'
virsh -q destroy "$(virsh -q list --name | head -n 1)" >"$TEST_TMP/virsh"
ok 'a machine that is switched off behind our back ends it' wait_until 20 no_forwarder
exits 0 'up brings all back' bothy up
like "$(ask 2201)$(ask 2202)" 'SSH-.*SSH-' 'both ports'
exits 0 'destroy' bothy destroy -f
is "$(host_state)" "$before" 'nothing remains'
done_testing
