#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The man page has every command, option and field; the Lua of all documents and examples is valid.
. "${0%/*}/../lib.sh"
. "${0%/*}/../cli/project.sh"

page=$TOP/bothy.1

# section FROM: the lines of the page between the heading that begins so and the next one.
section() {
	awk -v from="$1" '
		/^\.S[sh] / { on = index($0 " ", from " ") == 1 && substr($0, length(from) + 1) !~ /^ [a-z]/ }
		on' "$page"
}

# options_missing SECTION: rows of --json --help in $out that the section does not have.
options_missing() {
	local name letter negatable
	json '.options[] | [.name, .letter // "-", .negatable] | @tsv' |
		while IFS=$'\t' read -r name letter negatable; do
			grep -qE -- "^\.It .*Fl -$name( |\$)" <<<"$1" || echo "--$name"
			[[ $letter == - ]] || grep -qE -- "^\.It Fl $letter( |\$)" <<<"$1" || echo "-$letter"
			[[ $negatable == false ]] || grep -qE -- "^\.It .*Fl -no-$name( |\$)" <<<"$1" || echo "--no-$name"
		done
}

new_project
run bothy help --json
names=$(json '.commands[].name')
while read -r name; do
	text=$(section ".Ss bothy $name")
	like "$text" '^\.Ss bothy' "the page has bothy $name"
	# shellcheck disable=SC2086 # a command may be two words
	run bothy $name --help --json
	is "$(options_missing "$text")" '' '  with all its options'
	extra=$(grep -oE '^\.It .*Fl -[a-z0-9-]+' <<<"$text" | grep -oE 'Fl -[a-z0-9-]+' | sed 's/Fl -//' | sort -u |
		while read -r option; do
			json '.options[].name' | grep -qx -e "$option" -e "${option#no-}" || echo "$option"
		done)
	is "$extra" '' '  and no other'
done <<<"$names"
is "$(grep -cE '^\.Ss bothy ' "$page")" "$(wc -l <<<"$names")" 'it has no other commands'

text=$(section '.Ss Options before the command')
bothy help | sed -n '/^Options before/,$p' | grep -oE -- '--[a-z-]+' | grep -v -- --help | sort -u | while read -r option; do
	grep -qE -- "^\.It .*Fl -${option#--}( |\$)" <<<"$text" || echo "$option"
done >missing
is "$(cat missing)" '' 'it has every option before the command'

run bothy help fields --json
# shellcheck disable=SC2016 # a variable of jq
fields() { json ".$1[]"' | .name, (.name as $n | .fields[]? | "\($n).\(.name)")'; }
documented() { section "$1" | sed -n 's/^\.It Va //p'; }
for kind in $(json 'keys[]'); do
	is "$(documented ".Ss Fields of a $kind")" "$(fields "$kind")" "it has every field of a $kind, in the order of the help"
done
for name in BOTHY_FILE BOTHY_HOME BOTHY_CONFIG BOTHY_BOX_SERVERS BOTHY_BOX_CATALOGS BOTHY_BOX_TOKEN BOTHY_HOSTS_FILE BOTHY_KEEP BOTHY_PROVIDER BOTHY_LIBVIRT_URI BOTHY_FAKE BOTHY_FAKE_STATE; do
	ok "it has $name" grep -qx "\.It Ev $name" "$page"
done
if command -v groff >/dev/null; then
	is "$(groff -mdoc -Tascii -ww -z "$page" 2>&1)" '' 'it is laid out without warnings'
else
	skip 'it is laid out without warnings' 'needs groff'
fi

# validate_block NAME: bothy.lua here, with the files of the project that it names made up.
validate_block() {
	grep -oE '(script|upload|ansible|compose|read|include) "[^"]+"' bothy.lua | cut -d'"' -f2 | while read -r file; do
		[[ $file == */* ]] && mkdir -p "${file%/*}"
		: >"$file"
	done
	grep -oE '\["\./[^"]+"\]' bothy.lua | cut -d'"' -f2 | xargs -r mkdir -p
	exits 0 "$1" bothy validate
}

# blocks FILE BEGIN END: each part between lines that match becomes block-N.lua; prints how many.
blocks() {
	awk -v begin="$2" -v end="$3" '
		on && $0 ~ end { on = 0; next }
		on { print >("block-" n ".lua") }
		$0 ~ begin { on = 1; n++ }
		END { print n + 0 }' "$1"
}

for file in README.md HACKING.md bothy.1; do
	[[ -e $TOP/$file ]] || continue
	new_project
	if [[ $file == *.1 ]]; then
		sed '/^\.\\" lua$/{n;s/.*/.LUA/}' "$TOP/$file" >source && count=$(blocks source '^.LUA$' '^.Ed$')
	else
		count=$(blocks "$TOP/$file" '^```lua$' '^```$')
	fi
	[[ $file == HACKING.md ]] || ok "$file has Lua" test "$count" -gt 0
	for ((i = 1; i <= count; i++)); do
		cp "block-$i.lua" bothy.lua
		validate_block "  block $i of it is valid"
	done
done

for example in "$TOP"/examples/*/; do
	[[ -e ${example}bothy.lua ]] || continue
	new_project_named "$(basename "$example")"
	cp -r "$example." .
	exits 0 "examples/$(basename "$example") is valid" bothy --provider fake validate
	ok '  and explained' test -s README.md
done
done_testing
