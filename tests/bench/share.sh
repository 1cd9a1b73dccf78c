# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One login shared by many commands, beside the system's ssh with the same key.

SHARE_BYTES=300M

share_file()
{
	cat <<-END
		machine "box" { provider = "container", box = "$(box debian-rootfs)", memory = 512 }
		machine "vm" { provider = "kvm", box = "$(box tiny-vm)", memory = 256 }
	END
}

# As long as one is there, the next command has no login to make.
share_end()
{
	local pid deadline=$((SECONDS + 10))
	for pid in $(pgrep -f 'bothy connection-keeper'); do
		kill "$pid"
	done
	while pgrep -f 'bothy connection-keeper' >>"$BENCH_OUT/log"; do
		[ "$SECONDS" -lt "$deadline" ] || return
	done
}

share_ssh() { stopwatch "share.$1" bothy "$BOTHY" ssh "$1" -c true; }
share_plain() { stopwatch "share.$1" floor ssh -F ssh_config "$1" true; }

share_ten()
{
	local i
	share_end || return
	begin
	for ((i = 0; i < 10; i++)); do
		logged "$BOTHY" exec box -- true </dev/null || return
	done
	elapsed bothy share.ten share.ten-ssh
}

share_ten_ssh()
{
	local i
	begin
	for ((i = 0; i < 10; i++)); do
		logged ssh -F ssh_config -o ControlMaster=auto -o ControlPath="$LAB/master" -o ControlPersist=60 box true || return
	done
	elapsed floor share.ten-ssh
	logged ssh -F ssh_config -O exit -o ControlPath="$LAB/master" box
}

share_one() { begin && BOTHY_KEEP=0 logged "$BOTHY" exec box -- true </dev/null && elapsed floor share.ten; }

share_floors() { share_one && share_ten_ssh; }

share_flow() # SIDE
{
	begin
	"$BOTHY" exec box -- head -c "$SHARE_BYTES" /dev/zero </dev/null 2>>"$BENCH_OUT/log" | cat >/dev/null
	[ "${PIPESTATUS[0]}" -eq 0 ] || return
	elapsed "$1" share.flow
}

share_flow_alone() { BOTHY_KEEP=0 share_flow floor; }

bench_share()
{
	local machine
	progress 'share: coming up'
	new_project share && share_file >bothy.lua || return
	logged "$BOTHY" up || { failure share.box 'bothy up'; remove_project; return; }
	"$BOTHY" ssh-config >ssh_config
	for machine in box vm; do
		row "share.$machine" ms 'ratio 0.6' \
			"bothy ssh $machine -c true, login shared ($([ $machine = box ] && echo container || echo VM))" \
			"ssh -F config $machine true"
		rounds $((BENCH_ROUNDS * 4)) "share.$machine" "share_ssh $machine" "share_plain $machine"
	done
	row share.ten ms 'ratio 3' 'bothy exec ten times, one login' 'bothy exec once, its own login'
	row share.ten-ssh ms 'ratio 1' '  the same' 'ssh ten times, ControlPersist'
	rounds $((BENCH_ROUNDS * 2)) share.ten share_ten share_floors
	row share.flow ms 'ratio 1.25' "bothy exec: $SHARE_BYTES of output, login shared" 'bothy exec, its own login'
	rounds $((BENCH_ROUNDS * 2)) share.flow 'share_flow bothy' share_flow_alone
	remove_project
}
