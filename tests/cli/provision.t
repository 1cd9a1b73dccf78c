#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which provisioners run: what failed goes on, what changed runs again, some by name, all from one on.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# five TEXT: a machine whose second of five provisioners has that text.
five() {
	cat >bothy.lua <<-EOF2
		machine "web" { box = "box.img", provision = {
		  shell "echo 1" { name = "one" }, shell "$1" { name = "two" }, script "three.sh",
		  shell "echo 4" { name = "four" }, shell "echo 5" { name = "five" },
		} }
	EOF2
}

# ran N: names of provisioners of which $out says that they ran, and how many the engine did after its N-th operation.
ran() {
	sed -n 's/.* provisioned \(.*\) in .*/\1/p' <<<"$out" | xargs echo \
		"$(operations | tail -n "+$(($1 + 1))" | grep -c machine_provision):"
}
count() { operations | wc -l; }
# due: what plan says of provisioners.
due() { "$BOTHY" plan --json "$@" | jq -r '.steps[] | select(.kind == "provision") | "\(.id | sub(".*/"; "")): \(.reason)"'; }

new_project
make_box box.img
echo 'echo 3' >three.sh
five 'echo 2'
BOTHY_FAKE=fail-provision=three.sh exits 1 'the third of five fails' bothy up
like "$err" 'bothy up' 'how to go on is told'
is "$(due)" $'three.sh: failed last time\nfour: has not run\nfive: has not run' 'plan goes on with the third'
before=$(count)
exits 0 'up' bothy up
is "$(ran "$before")" '3: three.sh four five' 'runs the third to the fifth'
five 'echo two'
is "$(due)" 'two: changed since it ran' 'plan tells of a second that changed'
before=$(count)
exits 0 'up' bothy up
is "$(ran "$before")" '1: two' 'runs it alone'
echo 'echo three' >three.sh
is "$(due)" 'three.sh: changed since it ran' 'so it does of a script that changed'
bothy up -q
is "$(due)" '' 'and then nothing is due'

before=$(count)
exits 0 'by name' bothy provision --with four,two
is "$(ran "$before")" '2: two four' 'they run in the order of the file'
before=$(count)
exits 0 'by the long name of the option' bothy provision --provision-with=script
is "$(ran "$before")" '1: three.sh' 'kinds are names as well'
before=$(count)
exits 0 'from one on' bothy provision --from three.sh
is "$(ran "$before")" '3: three.sh four five' 'it and those behind it run'
before=$(count)
exits 64 'one nobody has' bothy provision --from thre.sh
like "$err" "no machine has a provisioner 'thre.sh'.*did you mean 'three.sh'" 'is told with the nearest'
exits 64 'both' bothy provision --from one --with two
exits 64 'a name nobody has beside one that is there' bothy provision --with one,six
is "$(count)" "$before" 'and nothing ran before that was known'
before=$(count)
exits 0 'reload' bothy reload --provision-with five
is "$(ran "$before")" '1: five' 'takes names too'

cat >bothy.lua <<-'EOF2'
	defaults { box = "box.img", provision = { shell "true" { name = "base" } } }
	machine "web" { provision = { shell "echo hunter2" { name = "secret", sensitive = true } } }
	machine "db" {}
	once_all_up { shell "true" { name = "join", machine = "web" } }
EOF2
bothy destroy -f -q
exits 0 'a plan with what all machines share' bothy plan
like "$out" 'provision join  *has not run' 'it is in the plan'
like "$out" 'provision secret  *has not run, sensitive' 'one that is sensitive has its name there'
unlike "$out$err" 'hunter2' 'and no more'
is "$(due | tail -n 1)" 'join: has not run' 'it is the last'
is "$(bothy plan --json | jq -r '.steps[-1] | .id, .machine, (.needs | sort | join(" "))' | xargs)" \
	'once/join web db/provision/base web/provision/secret' 'and waits for all machines'
is "$(due web)" $'base: has not run\nsecret: has not run, sensitive' 'without the others it is left out'
exits 0 'up' bothy up
like "$out$err" 'provisioned join in' 'it ran'
unlike "$out$err$(cat bothy.lock)" 'hunter2' 'and nothing was told'
done_testing
