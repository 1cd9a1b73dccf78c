#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy reload and provision.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

count() { operations | grep -c "^$1"; }

three_machines
exits 0 'reload with nothing there' bothy reload
is "$out" 'nothing to do: no machine is made yet' 'has nothing to do'
exits 0 'provision as well' bothy provision
is "$out" 'nothing to do: no running machine has a provisioner' 'has nothing to do'
exits 1 'provision of one that is not there' bothy provision web
like "$err" "error: machine 'web' is not created.hint: bothy up web" 'says that it has to run'

bothy up -q
exits 0 'reload of one' bothy reload node
like "$out" 'node  restarting \(reload asked for\).*node  restarted in ' 'restarts it'
is "$(count machine_stop)" 1 'and it alone'
is "$(count machine_provision)" 4 'without provisioning'
is "$(states)" 'db=running node=running web=running' 'all run'
sed -i 's/box = "box.img"/& , cpus = 2/' bothy.lua
exits 0 'reload of all' bothy reload
like "$out" 'web +changing \(cpus 1 → 2\)' 'takes the settings of the file'
exits 0 'then' bothy up
like "$out" '^nothing to do' 'nothing is left to do'
exits 0 'with provisioners' bothy reload --provision
is "$(count machine_provision)" 8 'they run again'
exits 0 'with one' bothy reload --provision-with tune
is "$(count machine_provision)" 9 'it alone runs'
exits 0 'as JSON' bothy reload --json
is "$(json 'keys[]')" steps 'is one document'
bothy halt -q node
exits 1 'provision of one that is off' bothy provision node
like "$err" "error: machine 'node' is not running.hint: bothy up node" 'says so'
exits 0 'one that is off' bothy reload node
is "$(states)" 'db=running node=running web=running' 'is started'


# With the power cut there is no guest to wait for: what waits is the step behind that.
is_off() { [[ $(states) == *node=stopped* ]]; }
BOTHY_FAKE=delay=60000 "$BOTHY" reload -f node >"$TEST_TMP/said" 2>&1 &
ok 'by force a machine is off at once' wait_until 10 is_off
kill $!
wait $!
like "$(cat "$TEST_TMP/said")" "cannot change machine 'node': interrupted" 'and then changed'
exits 0 'again' bothy reload --force node
is "$(states)" 'db=running node=running web=running' 'all run'

exits 0 'provision' bothy provision
is "$(count machine_provision)" 13 'runs all again'
exits 0 'of one machine' bothy provision web
is "$(count machine_provision)" 15 'runs its own'
exits 0 'one provisioner' bothy provision --provision-with tune
is "$(count machine_provision)" 16 'runs it'
exits 64 'one that nobody has' bothy provision --provision-with tyne
like "$err" "no machine has a provisioner 'tyne'" 'is named'
exits 0 'as JSON' bothy provision --json node
is "$(json -c '[.steps[].id]')" '["node/provision/tune"]' 'is one document'
BOTHY_FAKE=unreachable=node exits 1 'a machine that does not answer' bothy provision node
like "$err" "^error: provisioner 'tune': cannot reach machine 'node': no route to host" 'is named with the cause'
bothy halt -q
exits 0 'where none runs' bothy provision
like "$out" '^nothing to do' 'nothing is done'
done_testing
