# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Bytes into a container: through bothy's forwarded port, straight to its address, and through ssh -L.

FORWARD_BYTES=2G
FORWARD_JOBS=()

# In the container's network, which is what counts: its box has no iperf3.
forward_server()
{
	local controller init
	controller=$(pgrep -f '^/usr/lib.*libvirt_lxc.* bothy-') || controller=$(pgrep -o libvirt_lxc) || return
	init=$(pgrep -o -P "${controller%%$'\n'*}") || return
	nsenter --net="/proc/$init/ns/net" iperf3 -s -p 5201 >>"$BENCH_OUT/log" 2>&1 &
	FORWARD_JOBS+=($!)
}

forward_begin()
{
	# What TCP remembers of the slow way over loopback would slow down the next one over the quick way.
	logged sysctl -w net.ipv4.tcp_no_metrics_save=1
	new_project forward && container_file >bothy.lua && logged "$BOTHY" up || return
	"$BOTHY" ssh-config >ssh_config
	FORWARD_ADDRESS=$("$BOTHY" status --json | jq -r '.[0].addresses[0].ip')
	forward_server || return
	"$BOTHY" forward box 5301:5201 >>"$BENCH_OUT/log" 2>&1 &
	FORWARD_JOBS+=($!)
	ssh -F ssh_config -N -L 127.0.0.1:5302:127.0.0.1:5201 box >>"$BENCH_OUT/log" 2>&1 &
	FORWARD_JOBS+=($!)
	logged "$BENCH_OUT/knock" "$FORWARD_ADDRESS" 5201 20 && logged "$BENCH_OUT/knock" 127.0.0.1 5301 20 &&
		logged "$BENCH_OUT/knock" 127.0.0.1 5302 20
}

# forward_move ID SIDE ADDRESS PORT: how long the bytes take.
forward_move()
{
	local deadline=$((SECONDS + 20))
	# Its server takes one test at a time, and a knock was one.
	until iperf3 -J -n "$FORWARD_BYTES" -c "$3" -p "$4" >"$LAB/forward.json" 2>>"$BENCH_OUT/log" &&
		jq -e '.end.sum_received.seconds > 0' "$LAB/forward.json" >>"$BENCH_OUT/log"; do
		[ "$SECONDS" -lt "$deadline" ] || return
	done
	sample "$1" "$2" "$(jq '.end.sum_received.seconds * 1000' "$LAB/forward.json")"
}

forward_ours() { forward_move "$1" bothy 127.0.0.1 5301; }
forward_direct() { forward_move forward floor "$FORWARD_ADDRESS" 5201; }
forward_ssh() { forward_move forward.ssh floor 127.0.0.1 5302; }

bench_forward()
{
	progress 'forward: coming up'
	# The bounds are 0.7 of the direct throughput and 4 times that of ssh.
	row forward ms 'ratio 1.43' "bothy forward: $FORWARD_BYTES into a container" 'iperf3 straight to it'
	row forward.ssh ms 'ratio 0.25' '  the same' 'iperf3 through ssh -L'
	if forward_begin; then
		rounds "$BENCH_ROUNDS" forward 'forward_ours forward' forward_direct
		rounds "$BENCH_ROUNDS" forward.ssh 'forward_ours forward.ssh' forward_ssh
	else
		failure forward 'bothy up and forward'
	fi
	[ ${#FORWARD_JOBS[@]} -eq 0 ] || logged kill "${FORWARD_JOBS[@]}"
	FORWARD_JOBS=()
	remove_project
}
