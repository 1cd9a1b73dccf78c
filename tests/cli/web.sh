# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use what is set here, and lib.sh sets what is used
# Boxes on a web server, catalogs of them, and looks into the store. Source it after project.sh.

# serve: a web server (tests/web/server) for the files of $FILES; its address is $WEB, its log $WEB_LOG.
serve() {
	FILES=$TEST_TMP/files WEB_LOG=$TEST_TMP/web.log
	mkdir -p "$FILES" && : >"$WEB_LOG"
	coproc WEB_SERVER { exec "$TOP/tests/web/server" "$FILES" "$WEB_LOG"; }
	# shellcheck disable=SC2016 # it is expanded when the test ends
	at_exit 'exec {WEB_SERVER[1]}>&- && wait "$WEB_SERVER_PID"'
	read -r WEB_PORT <&"${WEB_SERVER[0]}"
	WEB=http://127.0.0.1:$WEB_PORT
}

# requests [REGEX]: the answered requests that match, one a line, since the last forget_requests.
requests() { grep -v '^begin ' "$WEB_LOG" | grep -E -- "${1:-.}"; }

forget_requests() { : >"$WEB_LOG"; }

# bodies PATH: how many bytes of the file were sent altogether, but for the first ones that tell what it is.
bodies() {
	requests "^GET $1[ ?]" | grep -v ' range=bytes=0-' | sed 's,.* bytes=\([0-9]*\)/.*,\1,' | awk '{ sum += $1 } END { print sum + 0 }'
}

# make_box_of FILE WORD [MIB]: a disk image that has WORD in it, and noise behind it.
make_box_of() {
	mkdir -p "$(dirname "$1")"
	make_box "$1"
	printf %s "$2" | dd of="$1" conv=notrunc status=none
	(($# < 3)) || noise "$2" "$3" >>"$1"
}

# make_qcow2 FILE: an empty disk of 1 MiB in version 2 of the format: header, tables of one entry, all in clusters.
make_qcow2() {
	truncate -s 256K "$1"
	printf 'QFI\373\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20\0\0\0\0\0\20\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\1' |
		dd of="$1" conv=notrunc status=none
	printf '\0\0\0\0\0\3\0\0' | dd of="$1" bs=1 seek=$((0x20000)) conv=notrunc status=none
	printf '\0\1\0\1\0\1\0\1' | dd of="$1" bs=1 seek=$((0x30000)) conv=notrunc status=none
}

# noise WORD MIB: bytes that cannot be compressed, the same ones for the same word.
noise() { openssl enc -aes-128-ctr -nosalt -pass "pass:$1" -pbkdf2 -in /dev/zero 2>/dev/null | head -c "$(($2 << 20))"; }

digest_of() { sha256sum "$1" | cut -d' ' -f1; }

# catalog NAME: a catalog on standard output, from lines "VERSION PROVIDER ARCHITECTURE|- URL [CHECKSUM]" on standard input.
catalog() {
	jq -Rnc --arg name "$1" '{name: $name, description: "a test", versions: [
		[inputs | split(" ") | {version: .[0], provider: ({
			name: .[1], url: .[3],
			architecture: (if .[2] == "-" then null else .[2] end),
			checksum: .[4], checksum_type: (if .[4] then "sha256" else null end)
		} | del(.[] | select(. == null)))}] | group_by(.version)[] |
		{version: .[0].version, providers: map(.provider)}]}'
}

# stored: how many names, contents, bases and unfinished downloads there are.
stored() {
	local name
	for name in names boxes fake-bases downloads; do
		printf '%s=%s ' "$name" "$(find "$BOTHY_HOME/$name" -type f ! -name '*.lock' ! -name '*.json.lock' 2>/dev/null | wc -l)"
	done | sed 's/ $//'
}

nothing='names=0 boxes=0 fake-bases=0 downloads=0'
one_box='names=1 boxes=1 fake-bases=1 downloads=0'

# holds FILE: the store has the very bytes of that disk image as a base.
holds() { cmp "$1" "$BOTHY_HOME/fake-bases/${2:-$(digest_of "$1")}.0"; }

# names: what 'box list' has: "name version provider architecture", a line each.
names() { "$BOTHY" box list --json | jq -r '.[] | "\(.name) \(.version // "-") \(.provider) \(.architecture)"'; }

# --- the file box.img of the server, whose digest is $digest ------------------------------------

# anew: an empty store, and a log that is empty, too.
anew() {
	rm -rf "$BOTHY_HOME" && forget_requests
}

# arrives WORDS DESCRIPTION: the box comes from that address, whatever happens on the way, and is the right one.
arrives() {
	anew
	exits 0 "$2" bothy box add --name it "$WEB/$1"
	ok '  the box is right' holds "$FILES/box.img"
	is "$(stored)" "$one_box" '  and nothing else is left'
}

# fails WORDS MESSAGE DESCRIPTION: it does not, says why, and leaves nothing; then it comes from elsewhere.
fails() {
	anew
	exits 1 "$3" bothy box add --name it "$WEB/$1"
	like "$err" "$2" '  says why'
	is "$(grep -c '^error: ' <<<"$err")" 1 '  once'
	is "$(bothy box list --json | jq -c .)" '[]' '  there is no box'
	is "$(find "$BOTHY_HOME/fake-bases" -type f 2>/dev/null)" '' '  and no disk'
	exits 0 '  then' bothy box add --name it "$WEB/box.img"
	ok '  it can be had' holds "$FILES/box.img"
}

# catalog_of NAME URL [CHECKSUM]: the address of a catalog with that one box.
catalog_of() {
	mkdir -p "$FILES/catalogs"
	catalog "$1" <<<"1.0 libvirt - $2 ${3:-$digest}" >"$FILES/catalogs/$1"
	echo "$WEB/catalogs/$1"
}

# sent PATH: how many bytes of that file went over the line.
sent() { requests "^GET /$1[ ?]" | sed 's,.* bytes=\([0-9]*\)/.*,\1,' | awk '{ n += $1 } END { print n + 0 }'; }

# has_come BYTES: so many of a download are there.
has_come() { find "$BOTHY_HOME/downloads" -type f ! -name '*.*' -size "+$(($1 / 512))" | grep -q .; }
