#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hints name what would help, also where the usual would not.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# --- machines that up does not bring up ------------------------------------------------------

three_machines
bothy up -q && bothy halt -q
for words in 'ssh web' 'exec web -- true' 'upload app.conf /x web' 'sync web' 'console web' 'provision web'; do
	# shellcheck disable=SC2086 # words
	exits 1 "$words" bothy $words
	is "$err" $'error: machine \'web\' is not running\nhint: bothy up web' '  says how to start it'
done
# stopped HINT: of a stopped machine.
stopped() {
	for words in 'ssh web' 'upload app.conf /x web' 'console web'; do
		# shellcheck disable=SC2086 # words
		exits 1 "$words" bothy $words
		is "$(sed -n '/^warning/d; p' <<<"$err")" $'error: machine \'web\' is not running\nhint: '"$1" '  says what is to be done first'
	done
}
cp bothy.lua whole.lua
sed -i '/machine "web"/,/^}/d' bothy.lua
stopped "'bothy.lua' has it no more, so that 'bothy up' does not start it; 'bothy destroy web' removes it"
exits 64 'up, indeed' bothy up web
echo 'machine {' >bothy.lua
stopped "mend 'bothy.lua', then: bothy up web"
rm bothy.lua
stopped "bring 'bothy.lua' back, then: bothy up web"
mv whole.lua bothy.lua
exits 0 'after that' bothy up web

# --- provisioners that up does not run -------------------------------------------------------

one_machine_with 'provision = { shell "true" { name = "deploy", when = "never" }, shell "true" { name = "base" } }'
bothy up -q
export BOTHY_FAKE=fail-provision=deploy
exits 1 'one that runs only when it is asked for' bothy provision --with deploy
like "$err" "hint: mend it, then 'bothy provision --with deploy default' runs it again; the whole log: 'bothy logs default'$" 'is asked for again'
BOTHY_FAKE=fail-provision=base exits 1 'another one' bothy provision
like "$err" "hint: mend it, then 'bothy up' goes on from there; the whole log: 'bothy logs default'$" 'is not'
unset BOTHY_FAKE

# --- words -----------------------------------------------------------------------------------

exits 64 'ssh with a command as of ssh(1)' bothy ssh default uptime
like "$err" "hint: what is to run there is one word behind -c: bothy ssh default -c 'uptime'$" 'is told where it stands'
three_machines
bothy up -q
exits 1 'the log of what another machine has' bothy logs --provisioner tune web db
like "$err" "^error: none of the machines named has a log of a provisioner 'tune'" 'is not said to be nowhere'
exits 1 'one that nobody has' bothy logs --provisioner tone
like "$err" "^error: no machine has a log of a provisioner 'tone'" 'is'
exits 1 'a file for -C' bothy -C app.conf status
is "$err" "error: 'app.conf' is no directory" 'is no place to look from'
exits 1 'what is not there' bothy -C nowhere status
like "$err" "^error: cannot find 'nowhere': no such file" 'is told so'

# --- the environment -------------------------------------------------------------------------

BOTHY_BOX_SERVERS=boxes BOTHY_HTTP=often exits 65 'variables that are wrong' bothy box add nothing
is "$(grep -o '^BOTHY_[A-Z_]*' <<<"$err" | xargs)" 'BOTHY_BOX_SERVERS BOTHY_HTTP' 'are named'
like "$err" $'\nerror: what the environment says about boxes is wrong$' 'and no file is blamed that there is not'
mkdir -p "$XDG_CONFIG_HOME/bothy" && echo 'box_servers { 1 }' >"$XDG_CONFIG_HOME/bothy/config.lua"
BOTHY_HTTP=often exits 65 'with a file that is wrong as well' bothy box add nothing
like "$err" $'\nerror: the configuration in \'.*config.lua\' is wrong$' 'that is'
done_testing
