#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Help: every command, in a screen, with every option.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

new_project
exits 0 'help' bothy help
whole=$out
is "$(too_wide <<<"$out")" '' 'is not wider than 80'
ok 'and fits a screen' test "$(wc -l <<<"$out")" -le 56
exits 0 '--help' bothy --help
is "$out" "$whole" 'is the same'
exits 0 '-h' bothy -h
is "$out" "$whole" 'is the same'
exits 0 'as JSON' bothy help --json
mapfile -t names < <(json '.commands[].name')
is "$(json '[.commands[] | keys_unsorted | join(" ")] | unique[]')" 'name group usage summary' 'has four keys'

run bothy box
boxes=$out
is "$(too_wide <<<"$boxes")" '' 'the help of boxes is not wider than 80'
for name in "${names[@]}"; do
	read -ra words <<<"$name"
	case $name in
	'box '*) like "$boxes" $'\n'"  ${words[1]} +[A-Z]" "$name is in the help of boxes" ;;
	'net '*) like "$whole" $'\n'"  net .*'$name'" "$name is in the help" ;;
	*) like "$whole" $'\n'"  $name +[A-Z]" "$name is in the help" ;;
	esac
	exits 0 "$name --help" bothy "${words[@]}" --help
	page=$out
	like "$page" "^usage: bothy $name" '  begins with its usage'
	is "$(too_wide <<<"$page")" '' '  is not wider than 80'
	ok '  nor longer than a screen' test "$(wc -l <<<"$page")" -le 24
	run bothy help "${words[@]}"
	is "$out" "$page" "  is what help $name prints"
	run bothy "${words[@]}" --json --help
	missing=$(json '.options[].name' | while read -r option; do
		grep -q -- "--\(\[no-\]\)\?$option\b" <<<"$page" || echo "$option"
	done)
	is "$missing" '' '  lists every option'
done
is "$(bothy box --json | jq -rc '.commands[].name')" "$(printf '%s\n' "${names[@]}" | grep '^box ')" \
	'box as JSON names its commands'
is "$(bothy box --help)" "$boxes" 'the help of box is what box prints'
exits 0 'the help of net' bothy net --help
like "$out" $'\n  partition +[A-Z].*\n  heal +[A-Z]' 'has what is below it'
exits 64 'a command of boxes that is none' bothy box lst
like "$err" "there is no command 'box lst'.*did you mean 'bothy box list'" 'has a nearest one'
exits 64 'help of one' bothy help box lst
like "$err" "did you mean 'bothy box list'" 'too'

exits 0 '--help before a command' bothy --help up
like "$out" '^usage: bothy up' 'is the help of that command'
exits 0 '--help wins over other words' bothy up --bogus --help
like "$out" '^usage: bothy up' 'also over wrong ones'
exits 0 'the fields of the file' bothy help fields
like "$out" $'\n  box_checksum  +"sha256:HEX"' 'are listed'
like "$out" $'\n  kvm.accel ' 'with those inside'
like "$out" $'\n  shift_if_taken ' 'and those of cards, networks and ports'
exits 0 'as JSON' bothy help --json fields
is "$(json 'keys_unsorted | join(" ")')" 'machine network card folder port provisioner host' 'all kinds are there'
exits 0 'version' bothy version
is "$out" "bothy $(cat "$TOP/VERSION")" 'is that of the tree'
exits 0 '--version' bothy --version
is "$out" "bothy $(cat "$TOP/VERSION")" 'is the same'
exits 0 'as JSON' bothy version --json
is "$(json .version)" "$(cat "$TOP/VERSION")" 'as well'
done_testing
