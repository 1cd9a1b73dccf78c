# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use what is set here, and lib.sh sets what is used
# Projects with one box, versions 1.0 to 2.0 of it on a web server, and checks of their bothy.lock. Source it after web.sh.

serve
export BOTHY_HTTP=wait=20,retries=1
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)
for version in 1.0 1.1 2.0; do
	make_box_of "$FILES/$version.img" "version $version"
done

# offer VERSION…: the catalog of the box web/box has these.
offer() {
	local version
	for version; do
		echo "$version libvirt - $version.img $(digest_of "$FILES/$version.img")"
	done | catalog web/box >"$FILES/catalog"
}

# project [FIELDS]: a machine of that box, with a script, before its first up.
project() {
	offer 1.0 1.1
	new_project
	forget_requests
	echo 'echo hello' >app.sh
	printf 'machine {\n\tbox = "web/box", box_url = "%s", %s\n\tprovision = { script "app.sh" },\n}\n' \
		"$WEB/catalog" "${1-}" >bothy.lua
}

# lost: the store was lost, and all machines with it.
lost() { rm -rf "$BOTHY_HOME" .bothy && forget_requests; }

box_line() { grep '^{"box"' bothy.lock | jq -c "$1"; }

# up_brings VERSION DESCRIPTION: up works, and the machine is made of that version.
up_brings() {
	exits 0 "$2" bothy up -q
	is "$(engine '[.machines[].box_digest] | unique | join(" ")')" "$(digest_of "$FILES/$1.img")" "  the box is $1"
}

# project_state: all that up could change, but for its own lock.
project_state() { snapshot . | grep -v '\./\.bothy\(/lock\)\?\( \|$\)' && engine .; }

# frozen DESCRIPTION REGEX…: neither lock --check nor up --frozen passes; both tell each difference, and touch nothing.
frozen() {
	local what=$1 before command regex
	shift
	before=$(project_state)
	forget_requests
	for command in 'lock --check' 'up --frozen'; do
		# shellcheck disable=SC2086 # they are words
		exits 1 "$what: $command" bothy $command
		like "$err" "bothy.lock' would change" '  fails'
		for regex; do
			like "$err" "$regex" "  because of $regex"
		done
	done
	is "$(grep -vc '^hint: \|^error: ' <<<"$err")" $# '  and of nothing else'
	is "$(project_state)" "$before" '  nothing was touched'
	is "$(cat "$WEB_LOG")" '' '  nobody was asked'
}

thawed() {
	exits 0 "$1: lock --check" bothy lock --check
	exits 0 '  up --frozen' bothy up --frozen
}
