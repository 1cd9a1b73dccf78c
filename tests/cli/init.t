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
like "$(cat bothy.lua)" 'box = "./box.qcow2"' 'is a name to be filled in'
exits 0 'a name with quotes and a backslash' bothy init -f -m 'a"b\c.img'
exits 0 'is quoted for Lua' bothy validate
exits 0 'a name with a newline' bothy init -f -m $'a\nb.img'
exits 0 'as well' bothy validate

mkdir sub
exits 0 'in another directory' bothy -C sub init ../disk.img
ok 'the file is there' test -e sub/bothy.lua
exits 64 'two boxes are one too many' bothy init a b
like "$err" "one word too many: 'b'.*usage: bothy init \[OPTIONS\] \[BOX\]" 'the error tells the usage'
done_testing
