#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Guests that say too much, or too late: results are complete, the memory stays small, the terminal is given back.
. "${0%/*}/live.sh" debian-rootfs

project 'machine "box" { provider = "container", box = "@debian-rootfs@" }
machine "two" { provider = "container", box = "@debian-rootfs@" }'
exits 0 'containers come up' bothy up
guest() { bothy ssh box -c "$1"; }

# --- floods ----------------------------------------------------------------------------------

# peak_of PID: waits for its end; sets $peak, the most memory it had, in MiB.
peak_of() {
	local kb
	peak=0
	while kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$1/status" 2>/dev/null) && [[ -n $kb ]]; do
		((kb / 1024 <= peak)) || peak=$((kb / 1024))
		sleep 0.02
	done
}

# flood DESCRIPTION BYTES COMMAND…: so many bytes come through, and the memory stays small.
flood() {
	"$BOTHY" "${@:3}" </dev/null 2>"$TEST_TMP/err" > >(eval "${filter:-cat}" | wc -c >"$TEST_TMP/count") &
	job=$!
	peak_of "$job"
	status=0
	wait "$job" || status=$?
	is "$status" 0 "$1: it ends well"
	ok "$1: all bytes come" wait_until 20 grep -qx "$2" "$TEST_TMP/count"
	echo "# $1: $peak MiB"
	ok "$1: in less than 64 MiB" test "$peak" -gt 0 -a "$peak" -lt 64
}
gigabyte=1000000000
flood '1 GB through ssh -c' $gigabyte ssh box -c "head -c $gigabyte /dev/zero"
flood '1 GB through exec' $gigabyte exec box -- head -c $gigabyte /dev/zero
# Lines of 49 bytes get the name before them: 7 bytes each.
flood 'lines of two machines' 112000000 exec --all -- sh -c "yes $(printf '%048d' 1) | head -1000000"
filter="tr -dc '\\0'" flood 'no line at all' 50000000 exec /^two/ -- head -c 50000000 /dev/zero
run bothy exec --json box two -- head -c 20000000 /dev/zero
is "$(json 'map("\(.status) \(.truncated) \(.stdout | length)") | join(",")')" '0 true 1048576,0 true 1048576' \
	'a document holds the beginning, and says so'
exits 0 'a reader that takes its time' bash -c "'$BOTHY' ssh box -c 'head -c 30000000 /dev/zero' | { sleep 1; wc -c; }"
is "$out" 30000000 'gets all'
exits 0 'one that goes away' bash -c "'$BOTHY' ssh box -c 'yes flood' | head -1"
ok 'ends the command as well' wait_until 10 eval '! bothy ssh box -c "pgrep -x yes"'
envfile 'machine "box" { provider = "container", box = "@debian-rootfs@", provision = { shell [[ yes | head -c 100000000 ]] } }'
"$BOTHY" up </dev/null > >(wc -l >"$TEST_TMP/count") 2>/dev/null &
job=$!
peak_of "$job"
ok 'a provisioner that floods' wait "$job"
echo "# a provisioner that floods: $peak MiB"
ok 'needs little memory' test "$peak" -lt 64

# --- an SSH server that takes its time -------------------------------------------------------

export BOTHY_KEEP=0
# shellcheck disable=SC2016 # the variables are perl's
slow='use IO::Socket::INET; use IO::Select; $SIG{CHLD} = "IGNORE";
my $s = IO::Socket::INET->new(LocalPort => 22, Listen => 20, ReuseAddr => 1) or die;
while (my $c = $s->accept) { next if fork; sleep 3; my $t = IO::Socket::INET->new("127.0.0.1:2222") or exit;
my $both = IO::Select->new($c, $t); while (my @r = $both->can_read) { for (@r) { sysread($_, my $b, 65536) or exit;
syswrite($_ == $c ? $t : $c, $b) } } }'
printf '%s\n' "$slow" >slow.pl
bothy upload slow.pl /root/slow.pl
guest 'systemd-run -q sh -c "systemctl stop ssh.socket ssh; mkdir -p /run/sshd; /usr/sbin/sshd -p 2222; exec perl /root/slow.pl"'
slow_answers() { bothy ssh box -c 'pgrep -f slow.pl'; }
ok 'a banner that comes after 3 s' wait_until 30 slow_answers
began=$EPOCHREALTIME
exits 7 'ssh waits for it' bothy ssh box -c 'exit 7'
took 8 'ssh by a slow server'
exits 0 'so does upload' bothy upload slow.pl
exits 0 'and provision' bothy provision
exits 0 'reload mends it' bothy reload

# --- terminals -------------------------------------------------------------------------------

# on_terminal COMMAND: on a terminal; afterwards it says whether that is as it was. Sets $out.
on_terminal() {
	out=$(script -qec "$(printf 'bash -c %q' "before=\$(stty -g); $1; echo ended \$?; [ \"\$(stty -g)\" = \"\$before\" ] && echo restored")" \
		/dev/null </dev/null | tr -d '\r')
}
on_terminal "'$BOTHY' ssh box -t -c 'kill -9 \$PPID; sleep 5'"
like "$out" $'error: .*box.*\nended 1\nrestored' 'a connection that dies leaves the terminal as it was'
on_terminal "'$BOTHY' ssh box -t -c 'echo in; sleep 100' & sleep 2; kill \$!; wait \$!"
like "$out" $'ended 130\nrestored' 'so does a session that is killed'
exits 0 'destroy' bothy destroy -f
done_testing
