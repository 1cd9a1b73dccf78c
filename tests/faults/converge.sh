# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What must hold after any fault. Source it after lib.sh and project.sh.

# whole: the engine's state without ids and times, as one line: equal lines, equal states.
whole() {
	engine '{
		machines: [.machines[]? | {name, state, complete, provisioned: (.provisioned | unique)}] | sort_by(.name),
		networks: [.networks[]? | {active, members: (.members | keys)}],
		bases: [.bases[]? | .complete] }'
}

# named: says what exists without being shown by status.
named() {
	local shown exists
	shown=$("$BOTHY" status --json | jq -rc 'map(select(.id) | .id) | sort')
	exists=$(engine '(.machines // {}) | keys | sort')
	[[ $shown == "$exists" ]] || echo "status shows $shown, there is $exists"
	if [[ $(engine '[.machines[]? | .complete] | all') == false ]]; then
		"$BOTHY" status | grep -q incomplete || echo 'status shows nothing incomplete'
	fi
}

# temporary_files: those that a write leaves behind when it is cut off.
temporary_files() { find . "$BOTHY_HOME" -name '*.??????.new' 2>/dev/null; }

# reaches WANTED: plain 'up' leads to that state; says what is wrong.
reaches() {
	local text
	text=$("$BOTHY" up 2>&1 </dev/null) || echo "up failed: $text"
	[[ $(whole) == "$1" ]] || echo "the state is $(whole)"
}

# converges WANTED: it does, and a second 'up' has nothing to do.
converges() {
	local text
	reaches "$1"
	text=$("$BOTHY" up 2>&1 </dev/null)
	[[ $text == 'nothing to do'* ]] || echo "the next up said: $text"
}

# leaves_nothing: 'destroy -f' ends well; says what it left behind.
leaves_nothing() {
	local text
	text=$("$BOTHY" destroy -f 2>&1 </dev/null) || echo "destroy failed: $text"
	[[ $(engine '[.machines, .networks | length]') == '[0,0]' ]] || echo "there is $(whole)"
	[[ ! -e .bothy ]] || echo "there is $(find .bothy | tr '\n' ' ')"
}

forget_all() { rm -rf .bothy "$BOTHY_HOME"; }
