#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary user with a libvirt of their own: a VM, its SSH and its ports, with no root anywhere.
. "${0%/*}/live.sh" tiny-vm
. "${0%/*}/../cli/port.sh"

# One user on this host alone: both files are hidden behind copies here, and only here.
for name in passwd group; do cp "/etc/$name" "$TEST_TMP/$name"; done
echo "stranger:x:23456:23456::$TEST_TMP/stranger:/bin/sh" >>"$TEST_TMP/passwd"
echo stranger:x:23456: >>"$TEST_TMP/group"
for name in passwd group; do mount --bind "$TEST_TMP/$name" "/etc/$name"; done
chmod 711 "$TEST_TMP"
home=$TEST_TMP/stranger
install -m 755 "$BOTHY" "$TEST_TMP/program"
install -m 644 "$(box tiny-vm)" "$TEST_TMP/tiny.qcow2"
mkdir -p "$home/run" "$home/project" && chmod 700 "$home/run" && chown -R stranger: "$home"
as() {
	timeout --foreground -k 5 800 setpriv --reuid stranger --regid stranger --init-groups --no-new-privs \
		env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home/run" LC_ALL=C.UTF-8 \
		BOTHY_LIBVIRT_URI=qemu:///session "$@"
}
bothy() { as "$TEST_TMP/program" "$@"; }
running() { pgrep -u stranger -a | awk '{ print "process " $2 }' | grep -Ev '/?(libvirtd|virtlogd)$'; }
mine() { running; as virsh -q -c qemu:///session list --all --name | sed '/./!d'; }

cd "$home/project" || exit 1
port=$(free_port)
envfile "machine { box = '../../tiny.qcow2', memory = 128, ports = { [$port] = 22 } }"
exits 0 'up' bothy up
exits 0 'ssh' bothy ssh -c 'hostname'
is "$out" default 'logs in'
exits 0 'ssh-config' bothy ssh-config
like "$out" 'HostName 127\.0\.0\.1' 'names this host'
like "$(ask "$port")" '^SSH-2\.0-' 'the port leads into the machine'
is "$(bothy port --guest 22)" "$port" 'and is shown'
is "$(bothy status --json | jq -c '.[0].ports')" \
	"[{\"host_ip\":\"127.0.0.1\",\"host\":$port,\"guest\":22,\"protocol\":\"tcp\"}]" 'also by status'
is "$(bothy status --json | jq -c '.[0].addresses')" '[{"network":"management","ip":"10.0.2.15"}]' \
	'with the address that the machine has'
is "$(id -u stranger)" "$(stat -c %u "$(pgrep -u stranger qemu | sed 's,^,/proc/,')")" 'the VM is the user'\''s own process'
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'

other=$(free_port)
exits 1 'forward' bothy forward default "$other:22"
like "$err" 'user-mode networking' 'says why it cannot'
like "$err" "hint: ports = \{ \[$other\] = 22 \} there, then 'bothy up default'" 'and what can'
envfile "machine { box = '../../tiny.qcow2', memory = 128, ports = { [$other] = 22, { host = $port, guest = 23, shift_if_taken = true } } }"
exits 0 'plan' bothy plan
like "$out" "publish +port 127\.0\.0\.1:[0-9]+ → 2[23] is not forwarded" 'says what changes'
exits 0 'up' bothy up
unlike "$out" 'booting' 'changes ports while it runs'
like "$(ask "$other")" '^SSH-2\.0-' 'the new one leads into the machine'
unlike "$(ask "$port")" '^SSH' 'the old one does not'
exits 0 'ssh' bothy ssh -c true

exits 0 'halt' bothy halt
unlike "$(ask "$other")" '^SSH' 'ends the ports'
# shellcheck disable=SC2016 # for perl
perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 1) or die;
	sleep 100' "$other" &
taker=$!
ok 'somebody takes the port' wait_until 5 eval "! perl -MIO::Socket::INET -e 'IO::Socket::INET->new(LocalAddr => q(127.0.0.1), LocalPort => $other, Listen => 1) or exit 1'"
exits 75 'then up' bothy up
like "$err" "port 127\.0\.0\.1:$other" 'fails and says which'
kill "$taker"
exits 0 'when it is free again' bothy up
like "$(ask "$other")" '^SSH-2\.0-' 'all is as before'

own=$(bothy ssh-config | sed -n 's/^ *Port //p')
exits 0 'halt' bothy halt
perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 1, ReuseAddr => 1) or die;
	sleep 100' "$own" &
taker=$!
# shellcheck disable=SC2016 # for perl
ok 'somebody takes the port of its SSH' wait_until 5 perl -MIO::Socket::INET -e "IO::Socket::INET->new(PeerAddr => q(127.0.0.1:$own)) or exit 1"
# What is used after it was freed has no meaning then.
exits 0 'up' as MALLOC_PERTURB_=165 "$TEST_TMP/program" up
kill "$taker"
unlike "$(bothy ssh-config)" "Port $own\$" 'it has another one'
exits 0 'and ssh finds it' bothy ssh -c true

cp bothy.lua good.lua
echo 'network "lan" { kind = "nat_network" } machine "x" { box = "../../tiny.qcow2", networks = { "lan", host_only {} } }' >>bothy.lua
exits 1 'networks that need rights' bothy up
like "$out$err" "network 'lan': a nat_network network needs rights that qemu:///session does not have" 'are refused with the reason'
like "$out$err" "network 'host-only': a host_only network" 'each of them'
mv good.lua bothy.lua
exits 0 'destroy' bothy destroy -f
is "$(mine)" '' 'leaves no process and no machine'
done_testing
