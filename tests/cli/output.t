#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where output goes that nobody takes: closed descriptors, a full disk, a reader that left.
# shellcheck disable=SC2016 # $BOTHY is expanded by the inner shell
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# shell WORDS: a shell runs them; $BOTHY is the program there.
shell() { bash -c "$1"; }

three_machines
exits 0 'up without any descriptor' shell '"$BOTHY" up <&- >&- 2>&-'
is "$(states)" 'db=running node=running web=running' 'is up'
is "$(grep -rlE 'created|booting|provision(ing|ed) |steps in' .bothy "$BOTHY_HOME"/digests)" '' 'no file got what was printed'
is "$(find .bothy -name '*.pub' -exec grep -Lx 'ssh-ed25519 [A-Za-z0-9+/]* bothy-[a-z]*' {} +)" '' 'the keys are keys'
is "$(find .bothy -name '*.pub' -exec cat {} + | wc -l)" 6 'and nothing else'
for closed in '<&-' '>&-' '2>&-'; do
	exits 0 "destroy and up with $closed" shell "\"\$BOTHY\" destroy -f $closed && \"\$BOTHY\" up $closed"
done
exits 0 'then' bothy up
like "$out" '^nothing to do' 'all is well'

for words in status 'status --json' plan 'list --json' validate help 'up --help' version ssh-config 'box list'; do
	exits 1 "$words to a full disk" shell "\"\$BOTHY\" $words >/dev/full"
	like "$err" '^error: cannot write to standard output: no space left on device' 'is told'
	exits 0 "$words to a reader that left" shell "(\"\$BOTHY\" $words; echo \$? >$TEST_TMP/status) | true"
	is "$(<"$TEST_TMP/status")$err" 0 'is as good as read'
done
exits 64 'a command that fails' shell '"$BOTHY" ssh-config nobody --json >/dev/full'
like "$err" "^error: .*'nobody'" 'tells why, where that can be read'
bothy destroy -f -q
exits 1 'up, to a full disk' shell '"$BOTHY" up >/dev/full'
is "$(states)" 'db=running node=running web=running' 'is done all the same'

(timeout 60 "$BOTHY" logs --follow; echo $? >"$TEST_TMP/status") 2>/dev/null | true &
follower=$!
ok 'who follows logs for a reader that left' wait_until 30 shell "echo line >>.bothy/machines/db/logs/shell-1.log; test -s $TEST_TMP/ended || test -s $TEST_TMP/status"
wait "$follower"
is "$(<"$TEST_TMP/status")" 141 'ends with the next line, as by SIGPIPE'

# Paths are bytes; documents are UTF-8.
new_project_named $'caf\xe9'
make_box box.img
echo 'machine { box = "box.img", provision = { shell "true" } }' >bothy.lua
exits 0 'up in a directory whose name is not UTF-8' bothy up --json
for words in status list; do
	exits 0 "$words" bothy "$words" --json
	is "$(json '[.[].state] == ["running"] and (.[].directory | endswith("/caf?") or endswith("/café"))')" true 'has the machine'
done
exits 0 'logs' bothy logs --json
is "$(json length)" 1 'has its log'
rm -r .bothy && touch .bothy
exits 1 'an error' bothy status --json
like "$(json .error.message)" '/café/.bothy. is no directory' 'names the path'
done_testing
