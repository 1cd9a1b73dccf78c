#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fault at every operation of up: it is told, and the next up converges.
. "${0%/*}/../lib.sh"
. "${0%/*}/../cli/project.sh"
. "${0%/*}/converge.sh"

three_machines
bothy up -q
wanted=$(whole)
last=$(operations | wc -l)
is "$last" 12 'up takes twelve operations'

# after KIND N: what is wrong after that fault.
after() {
	forget_all
	BOTHY_FAKE=$1=$2 run bothy up
	case $1 in
	kill) ((status == 137)) || echo "exit status $status" ;;
	*) ((status == 1)) && [[ $err == 'error: '*"operation $2"* ]] || echo "exit status $status, error $err" ;;
	esac
	named
	# What this run made and could not bring up is taken back; what is half done is shown as such.
	[[ $1 == kill ]] || [[ $(engine '[.machines[]? | select(.state != "running" and .complete)]') == '[]' ]] ||
		echo "left over: $(whole)"
	converges "$wanted"
	leaves_nothing
}

for kind in fail half kill; do
	for ((n = 1; n <= last; n++)); do
		is "$(after "$kind" "$n")" '' "$kind at operation $n"
	done
done
forget_all
BOTHY_FAKE=fail=$((last + 1)) exits 0 'there are no more' bothy up
done_testing
