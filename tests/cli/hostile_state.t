#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A .bothy that came with the project: it leads nowhere, and nothing in it is believed.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/hostile.sh"

# refuses PATH: whatever bothy is asked to do, it refuses and names that path; nothing outside is touched.
refuses() {
	for words in up plan status 'ssh -c true' halt 'destroy -f' reload provision 'trust --show' port validate ssh-config; do
		# shellcheck disable=SC2086 # words
		traced $words
		is "$status" 1 "$words"
		like "$err" "'[^']*/$1' is .*hint: remove it" '  is told which'
		untouched '  so'
	done
}

hostile_project
ln -s "$OUTSIDE/.ssh" .bothy
refuses '\.bothy'
rm .bothy && mkdir .bothy && ln -s "$OUTSIDE" .bothy/machines
refuses '\.bothy/machines'
rm .bothy/machines && mkdir .bothy/machines && ln -s "$OUTSIDE/.ssh" .bothy/machines/default
refuses '\.bothy/machines/default'
rm .bothy/machines/default && mkdir .bothy/machines/default && ln -s "$OUTSIDE/.ssh/id_rsa" .bothy/machines/default/known_hosts
refuses '\.bothy/machines/default/known_hosts'
rm -r .bothy && mkdir -p .bothy/logs/default && ln -s "$OUTSIDE/new" .bothy/logs/default/console.log
traced up
is "$status" 1 'a link that leads to what is not there is refused as well'
untouched 'a dangling link'
rm -r .bothy && mkdir .bothy && ln -s "$OUTSIDE/.ssh/id_rsa" .bothy/lock
traced up
is "$status" 1 'the lock may be no link'
untouched 'a link for a lock'
rm -r .bothy && mkdir -p .bothy/machines/default && mkfifo .bothy/machines/default/provision.json
run timeout 20 "$BOTHY" plan
is "$status" 1 'a pipe does not keep bothy waiting'
like "$err" 'neither file nor directory' '  but is told'
rm -r .bothy && echo hello >.bothy
exits 1 'a file in its place' bothy up
like "$err" "bothy' is no directory" 'is told'
rm .bothy

# What is not a link is made anew, or does not count.
machine_with 'hooks = { before_up = host "touch ran" }, provision = { shell "true" },
	ports = { [22022] = 22 },'
mkdir -p .bothy/trust .bothy/machines/default .bothy/forward
for name in id_ed25519 id_ed25519.pub host_ed25519 host_ed25519.pub known_hosts host-key.pin ssh_config well-known-key booting; do
	echo planted >".bothy/machines/default/$name"
done
echo '{"machine":"default","ran":[{"name":"shell-1","ok":true,"digest":"x"}]}' >.bothy/machines/default/provision.json
echo '{"machines":[{"machine":"x","id":"1","provider":"fake","address":"127.0.0.1","serial":1,"until_ms":9000000000000,"ports":[{"protocol":"tcp","bind":"127.0.0.1","host":22023,"wanted":22023,"guest":22,"count":1,"shift":false,"listens":true}]}]}' >.bothy/forward/state.json
(BOTHY_HOME=$TEST_TMP/theirs bothy trust) >/dev/null
cp "$TEST_TMP"/theirs/trust/* .bothy/trust/ && cp -r "$TEST_TMP/theirs/trust" .
exits 1 'trust that came with the project does not count' bothy up --no-input
ok 'nothing has run' test ! -e ran
exits 0 'without hooks' bothy up --no-hooks
is "$(operations | grep -c machine_provision)" 1 'what is said to have run is run'
is "$(grep -rl planted .bothy/machines)" '' 'no key and no host that came with it is left'
is "$(grep -c '"x"' .bothy/forward/state.json 2>/dev/null)" "$(test -e .bothy/forward/state.json && echo 0)" \
	'nor an order to open a port'
exits 0 'and all of it goes' bothy destroy -f --no-hooks

rm -rf .bothy && mkdir -p .bothy/machines/$'x\033[2J'/logs .bothy/machines/x/logs
echo said | tee .bothy/machines/$'x\033[2J'/logs/a.log >.bothy/machines/x/logs/$'a\033[2J.log'
exits 0 'logs of whatever came with it' bothy logs
like "$out" 'x +a\?\[2J.*\| said' 'has those of machines'
unlike "$out" $'\033' 'and obeys no name'
done_testing
