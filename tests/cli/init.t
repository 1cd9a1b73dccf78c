#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy init: the file it writes, and the one it does not overwrite.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

new_project
make_box disk.img
exits 0 'a file for a box at hand' bothy init disk.img
is "$out" "wrote 'bothy.lua'; next: bothy up" 'and what to type next'
is "$err" '' 'without a note'
ok 'it names the box' grep -qF 'box = "disk.img"' bothy.lua
ok 'it has comments that explain' grep -q '^	*--' bothy.lua
exits 0 'it is valid' bothy validate
exits 0 'and can be brought up' bothy up -q

before=$(sha256sum bothy.lua)
exits 1 'a file that exists is not overwritten' bothy init other.img
like "$err" "'bothy.lua' exists already" 'the error says so'
like "$err" 'hint: .bothy init -f. replaces it' 'and what to type'
is "$(sha256sum bothy.lua)" "$before" 'it is as it was'
exits 1 'the same as JSON' bothy init --json other.img
is "$(json .error.kind)" declined 'with its kind'

exits 0 '-f overwrites' bothy init -f --minimal disk.img
is "$(cat bothy.lua)" $'machine {\n\tbox = "disk.img",\n}' '--minimal is without comments'
exits 0 '-m is the same' bothy init -f -m disk.img
is "$(cat bothy.lua)" $'machine {\n\tbox = "disk.img",\n}' 'to the letter'

rm bothy.lua
exits 0 'to standard output' bothy init --output=- disk.img
like "$out" '^-- .*machine \{.*box = "disk.img",.*\}$' 'comes the whole file'
ok 'and nothing is written' test ! -e bothy.lua
exits 0 'the same as JSON' bothy --json init --output=- -m disk.img
is "$(json .content)" $'machine {\n\tbox = "disk.img",\n}' 'holds it as a string'
exits 0 'another name' bothy init --output other.lua disk.img
ok 'is obeyed' test -s other.lua -a ! -e bothy.lua
exits 0 'and as JSON' bothy init --json --output third.lua disk.img
is "$(json .file)" third.lua 'the document names the file'

mkdir -p root/etc root/bin && : >root/etc/passwd && tar -czf rootfs.tar.gz -C root .
exits 0 'the tarball of a root filesystem' bothy init rootfs.tar.gz
ok 'makes a container' grep -q '^	provider = "container",$' bothy.lua

exits 0 'a box that is not at hand' bothy init -f missing.img
like "$err" "note: .*'missing.img'" 'is noted'
exits 0 'no box at all' bothy init -f
like "$(cat bothy.lua)" 'box = "debian/12"' 'is Debian'
is "$err" '' 'without a note'
exits 0 'a name with quotes and a backslash' bothy init -f -m 'a"b\c.img'
exits 0 'is quoted for Lua' bothy validate
exits 0 'a name with a newline' bothy init -f -m $'a\nb.img'
exits 0 'as well' bothy validate

# --- names -----------------------------------------------------------------------------------

exits 0 'a name that the catalog of distributions knows' bothy init -f debian/bookworm
is "$err" '' 'needs no note'
exits 0 'one that nobody knows' bothy init -f debain/12
like "$err" "note: no box 'debain/12' is known; did you mean 'debian/12'\?" 'is noted, with the nearest'
exits 0 'a box that is like none' bothy init -f alpin/3
like "$err" "note: no box 'alpin/3' is known; 'bothy box list --available' shows" 'is noted, with where to look'
BOTHY_BOX_SERVERS=http://127.0.0.1:1 exits 0 'where there is a server of boxes' bothy init -f debain/12
is "$err" '' 'it is not asked, and may know it'
exits 0 'an address' bothy init -f https://example.org/debian.qcow2
is "$err" '' 'is not asked either'
unlike "$(cat bothy.lua)" $'\n\tprovider' 'and is taken for a VM'
cat >"$TEST_TMP/distros.json" <<-'END'
	{"format": 1, "distributions": [{"name": "only/1", "title": "Only", "images": [
	 {"provider": "container", "architecture": "amd64", "urls": ["https://example.org/root.tar.xz"]},
	 {"provider": "kvm", "architecture": "amd64", "urls": ["https://example.org/disk"], "lacks": "all"}]}]}
END
BOTHY_BOX_CATALOGS=$TEST_TMP/distros.json exits 0 'what is published for containers only' bothy init -f only/1
like "$(cat bothy.lua)" $'\n\tprovider = "container",\n' 'becomes one'
BOTHY_CONFIG=$TEST_TMP/config.lua
export BOTHY_CONFIG
echo 'box_catalogs = 7' >"$BOTHY_CONFIG"
exits 65 'a configuration with mistakes' bothy init -f debian/12
like "$err" 'config.lua:1: ' 'is told of'
unset BOTHY_CONFIG

mkdir sub
exits 0 'in another directory' bothy -C sub init ../disk.img
ok 'the file is there' test -e sub/bothy.lua
exits 64 'two boxes are one too many' bothy init a b
like "$err" "one word too many: 'b'.*usage: bothy init \[OPTIONS\] \[BOX\]" 'the error tells the usage'
done_testing
