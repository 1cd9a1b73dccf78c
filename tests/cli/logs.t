#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy logs: what provisioners said, of which machine, how much of it, and as it comes.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
exits 0 'before anything ran' bothy logs
is "$out" 'no logs: nothing was provisioned yet' 'there are none'
exits 0 'as JSON' bothy logs --json
is "$(json .)" '[]' 'that is an empty list'
ok 'up' bothy up
is "$(find .bothy/machines/*/logs -type f -printf '%f %m\n' | sort | paste -sd,)" \
	'app.conf.log 600,shell-1.log 600,shell-1.log 600,tune.log 600' 'each provisioner has a log of its own, for its owner only'
is "$(stat -c %a .bothy/machines/web/logs)" 700 'in a directory for its owner only'

printf 'one\ntwo\nthree\n' >.bothy/machines/web/logs/shell-1.log
touch -d '2001-01-01' .bothy/machines/web/logs/app.conf.log
printf 'sent' >.bothy/machines/web/logs/app.conf.log
printf 'db\n' >.bothy/machines/db/logs/shell-1.log
touch -d '2001-01-01' .bothy/machines/web/logs/app.conf.log
exits 0 'the logs of a machine' bothy logs web
is "$out" $'web   app.conf\nweb   | sent\nweb   shell-1\nweb   | one\nweb   | two\nweb   | three' \
	'come in the order of their last words'
exits 0 'the logs of all' bothy logs
like "$out" $'db    \\| db\nweb ' 'come machine by machine'
exits 0 'one log' bothy logs --provisioner shell-1 web
is "$out" $'one\ntwo\nthree' 'is its bytes'
exits 0 'its end' bothy logs --provisioner shell-1 --tail 2 web
is "$out" $'two\nthree' 'is so many lines'
exits 0 'an end without a newline' bothy logs --provisioner app.conf --tail 1
is "$out" sent 'is a line too'
exits 0 'no lines' bothy logs --tail 0 web
is "$out" '' 'are none'
exits 0 'one name in two machines' bothy logs --provisioner shell-1
like "$out" $'db    shell-1\ndb    \\| db\nweb   shell-1\nweb   \\| one' 'has the machines before it'
exits 0 'as JSON' bothy logs web --json --tail 1
is "$(json -S 'map(del(.path))')" \
	'[{"machine":"web","provisioner":"app.conf","size_bytes":4,"text":"sent"},{"machine":"web","provisioner":"shell-1","size_bytes":14,"text":"three\n"}]' \
	'it is a list with all that is known'
exits 0 'a provisioner without a word' bothy logs node
is "$out" 'node  tune wrote nothing' 'is not left out'
printf 'gr\374n\n' >.bothy/machines/db/logs/shell-1.log
exits 0 'what is no UTF-8' bothy logs db --json
is "$(json '.[].text')" $'gr\u00fcn' 'comes as Latin-1'

# --- mistakes --------------------------------------------------------------------------------

exits 1 'a provisioner without a log' bothy logs --provisioner none
like "$err" "no machine has a log of a provisioner 'none'" 'is an error'
exits 64 'a number of lines that is none' bothy logs --tail x
exits 64 'a negative one' bothy logs --tail=-1
exits 64 'following into one document' bothy logs -f --json
exits 64 'a machine that nobody has' bothy logs nobody
ln -sf /etc/passwd .bothy/machines/db/logs/evil.log
exits 1 'a link in the place of a log' bothy logs db
like "$err" "evil.log' is a symbolic link" 'is not followed'
unlike "$out" root 'by anything'
rm .bothy/machines/db/logs/evil.log

# --- the console -----------------------------------------------------------------------------

exits 0 'no console' bothy logs --console
is "$out" 'no console was watched yet' 'has no log'
mkdir -p .bothy/logs/web
printf '\033[2J\033[1;1Hbooting\r\nlogin: ' >.bothy/logs/web/console.log
exits 0 'a console' bothy logs --console web
is "$out" $'booting\nlogin: ' 'is shown without its escapes'
exits 64 'following a console' bothy logs --console -f
like "$err" "hint: .*bothy console" 'is for another command'

# --- as it comes -----------------------------------------------------------------------------

"$BOTHY" logs -f --tail 0 web >"$TEST_TMP/followed" 2>&1 &
follower=$!
ok 'following' wait_until 20 test -d /proc/$follower
follows() { wait_until 20 grep -qx "$1" "$TEST_TMP/followed"; }
until grep -q four "$TEST_TMP/followed" || ((SECONDS > 60)); do
	printf 'four\n' >>.bothy/machines/web/logs/shell-1.log
	sleep 0.1
done
ok 'shows a line when it comes' follows 'web   | four'
printf 'began\n' >.bothy/machines/web/logs/new.log
ok 'a log that is begun meanwhile' follows 'web   | began'
ok 'by its name' follows 'web   new'
unlike "$(cat "$TEST_TMP/followed")" 'three' 'but nothing from before'
kill -INT $follower
status=0
wait $follower || status=$?
is "$status" 130 'until it is interrupted'

# Who reads only the beginning must not have to wait for an end that never comes.
mkfifo "$TEST_TMP/pipe"
"$BOTHY" logs -f web >"$TEST_TMP/pipe" 2>"$TEST_TMP/err" </dev/null &
follower=$!
ok 'following into a pipe' head -n 1 "$TEST_TMP/pipe"
goes_on() { echo more >>.bothy/machines/web/logs/new.log && ! kill -0 "$follower"; }
ok 'ends once nobody reads' wait_until 10 goes_on
kill -KILL "$follower" 2>"$TEST_TMP/err"
status=0
wait "$follower" || status=$?
is "$status" 141 'with the status of that'

# --- the end ---------------------------------------------------------------------------------

ok 'destroy one' bothy destroy -f web
ok 'its logs are gone' test ! -e .bothy/machines/web
exits 0 'those of others' bothy logs db
like "$out" 'db    \| gr' 'are not'
mkdir -p .bothy/logs/once && echo x >.bothy/logs/once/all.log
exits 0 'logs of the project' bothy logs
like "$out" $'once  all\nonce  \\| x' 'come last'
ok 'destroy all' bothy destroy -f
is "$(find .bothy -type f)" .bothy/logs/web/console.log 'leaves what consoles showed'
done_testing
