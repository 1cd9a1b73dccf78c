# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Commands that find nothing to do: what they cost is start-up, in time and memory.

commands_project() # NAME PROVIDER: without any machine made
{
	new_project "$1" || return
	echo "machine \"box\" { provider = \"$2\", box = \"$(box tiny-vm)\" }" >bothy.lua
}

command_ours() { stopwatch "$1" bothy "$BOTHY" "${@:2}"; } # ID ARG...
command_floor() { stopwatch "$1" floor "${@:2}"; }         # ID COMMAND...

# command_bench ID MS_BOUND MB_BOUND COMMAND FLOOR [WHERE]: bounds may be empty.
command_bench()
{
	row "$1" ms "${2:+value $2}" "bothy $4${6:+, $6}" "$5"
	row "$1.memory" MB "${3:+value $3}" '  peak memory' 'the same'
	rounds $((BENCH_ROUNDS * 8)) "$1" "command_ours $1 $4" "command_floor $1 $5"
}

bench_commands()
{
	commands_project fake fake || { failure commands 'a new project'; return; }
	command_bench version 10 12 version 'virsh version'
	command_bench validate 10 12 validate 'virsh version'
	command_bench status 10 12 status 'virsh list --all' 'no machine, no engine needed'
	# Only libvirt knows whether there is a machine, so its library is loaded, as in virsh: no bound.
	commands_project kvm kvm || { failure commands 'a new project'; return; }
	command_bench status-kvm '' '' status 'virsh list --all' 'no machine, libvirt asked'
}
