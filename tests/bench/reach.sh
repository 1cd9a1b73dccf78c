# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A container that runs: a command in it, and 500 MB into and out of it, against the system's ssh and scp with the same key.

REACH_BYTES=500000000

reach_begin()
{
	new_project reach && container_file >bothy.lua && logged "$BOTHY" up || return
	"$BOTHY" ssh-config >ssh_config && head -c "$REACH_BYTES" /dev/urandom >blob
}

# The disk of a container is this host's: what is written once is in the way of what comes next.
reach_settle() { logged "$BOTHY" ssh -c 'rm -f blob' && rm -f back && sync; }

reach_true_ours() { stopwatch reach bothy "$BOTHY" ssh -c true; }
reach_true_ssh() { stopwatch reach floor ssh -F ssh_config box true; }

reach_timed() # ID SIDE COMMAND...
{
	reach_settle || return
	begin
	logged "${@:3}" || return
	elapsed "$2" "$1"
}
reach_up_ours() { reach_timed reach.upload bothy "$BOTHY" upload blob; }
reach_up_scp() { reach_timed reach.upload floor scp -q -F ssh_config blob box:blob; }
reach_down_ours() { logged scp -q -F ssh_config blob box:kept && reach_timed reach.download bothy "$BOTHY" download kept back; }
reach_down_scp() { reach_timed reach.download floor scp -q -F ssh_config box:kept back; }

bench_reach()
{
	progress 'reach: coming up'
	row reach ms 'ratio 0.6' 'bothy ssh -c true, in a container' 'ssh true, the same key'
	row reach.memory MB '' '  its memory' 'the same'
	# The bounds are 0.7 of the throughput of scp.
	row reach.upload ms 'ratio 1.43' 'bothy upload: 500 MB' 'scp'
	row reach.download ms 'ratio 1.43' 'bothy download: 500 MB' 'scp'
	if reach_begin; then
		rounds $((BENCH_ROUNDS * 4)) reach reach_true_ours reach_true_ssh
		rounds "$BENCH_ROUNDS" reach.upload reach_up_ours reach_up_scp
		rounds "$BENCH_ROUNDS" reach.download reach_down_ours reach_down_scp
	else
		failure reach 'bothy up'
	fi
	remove_project
}
