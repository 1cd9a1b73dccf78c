#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong words on the command line: exit 64, and what was probably meant.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# wrong MESSAGE HINT WORD…: exits 64 with that error and hint.
wrong() {
	exits 64 "bothy ${*:3}" bothy "${@:3}"
	like "$err" "^error: $1" "  says what is wrong"
	like "$err" $'\n'"hint: $2" "  and what to type"
	is "$out" '' '  and nothing else'
}

one_machine
wrong "there is no command 'statsu'" "did you mean 'bothy status'" statsu
wrong "there is no command 'frobnicate'" "'bothy help' lists the commands" frobnicate
wrong "there is no command 'down'" "did you mean 'bothy halt' or 'bothy destroy'" down
wrong "there is no command 'shell'" "did you mean 'bothy ssh'" shell
wrong "there is no command 'box rm'" "did you mean 'bothy box remove'" box rm
wrong "there is no option '--provison'" "did you mean '--provision'" up --provison
wrong "there is no option '--frobnicate'" "'bothy up --help' lists the options" up --frobnicate
wrong "there is no option '-x'" "'bothy halt --help' lists the options" halt -x
wrong "there is no option '--jsn'" "did you mean '--json'" --jsn up
wrong "there is no option '-z'" "'bothy help' lists the options" -z up
wrong "option '--color' takes one of auto\|always\|never, not 'blue'" "'bothy help'" --color=blue up
wrong "option '--provision-with' needs NAME" "'bothy up --help'" up --provision-with
wrong "option '--recreate' takes no value" "'bothy up --help'" up --recreate=1
wrong "one word too many: 'x'" 'usage: bothy list' list x
wrong "one word too many: 'x'" 'usage: bothy version' version x
wrong 'no command given' 'usage: bothy exec \[-a' exec default --
wrong 'no command given: it stands behind' 'bothy exec default -- ls /' exec default ls /
wrong 'no command given: it stands behind' 'bothy exec --all -- ls' exec --all ls
wrong 'no word to search for' 'usage: bothy box search WORD' box search
wrong 'no box named' 'usage: bothy box info' box info
wrong 'no box named' 'usage: bothy box remove' box remove
wrong 'where to write the box is missing' 'usage: bothy box pack' box pack x
wrong '--all and names of machines' 'usage: bothy exec' exec --all default -- true
wrong "there is no command 'ups'" "did you mean 'bothy up'" help ups

exits 64 'no command at all' bothy
like "$out" '^usage: bothy' 'is answered with the help'
exits 64 'as JSON' bothy --json
is "$(json 'keys[]')" commands 'with the commands'

# Every command that the words of others lead to is there.
led=$(sed -n 's/^\t{ "[a-z -]*", \("[a-z -]*"\), \(.*\) },$/\1\n\2/p' "$TOP/cli/commands.c" | sed '/^NULL/d; s/"//g' | sort -u)
ok 'words of others lead somewhere' test "$(wc -l <<<"$led")" -gt 9
while read -r words; do
	# shellcheck disable=SC2086
	exits 0 "to 'bothy $words'" bothy $words --help
done <<<"$led"

for command in init validate plan up halt reload destroy provision ssh exec ssh-config upload download console \
	status list doctor version help; do
	exits 64 "$command --bogus --json" bothy "$command" --bogus --json
	is "$(json -s 'length, .[0].error.kind' | tr '\n' ' ')" '1 usage ' '  is one document'
	is "$err" '' '  and nothing else'
done

exits 0 '-q behind the command' bothy up -q
is "$out" '' 'is understood'
exits 0 '--quiet too' bothy up --quiet
exits 0 '-v behind the command' bothy status -v
exits 0 '--no-input behind the command' bothy status --no-input
exits 0 '-- ends the options' bothy status -- default
exits 64 'what stands behind it is a word' bothy status -- --json
like "$err" "there is no machine '--json'" 'also when it looks like an option'
exits 1 'the value of an option may look like one' bothy ssh -c -v default
like "$err" 'cannot log in' 'it is no option of ours'
done_testing
